// Holds the list of upstream's scenarios against what was played, and writes the table of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UPSTREAM } from '../upstream.mjs';
import { TOGETHER, WITHOUT_SDK } from './outcomes.mjs';

const TABLE = fileURLToPath(new URL('../SCENARIOS.md', import.meta.url));
/** Every line must be shown with each of these, or say why not. */
const OWED = ['0.18', '0.17', '0.16'];
/** These need not play all lines; what they play is in the table. */
const WELCOME = ['0.15'];
const COLUMNS = [...OWED, ...WELCOME];

/** The scenario files that the list speaks of. */
export const subjects = new Set(UPSTREAM.flatMap(({ by }) => by.map((name) => name.split(' · ')[0])));

const lines = () => UPSTREAM.map((line) => ({ ...line, title: `${line.area}: ${line.shows}` }));

/** The columns in which a test counts. */
function columnsOf(results) {
  const passed = Object.keys(results).filter((column) => results[column] === 'pass');
  return passed.flatMap((column) => (column === TOGETHER ? OWED : [column]));
}

/** How a line stands: what it is shown with, and everything that is wrong with it. */
function stand({ title, by, without = {} }, played) {
  if (by.length === 0) return { shown: new Set(), wrong: [`${title}: no test shows it`] };
  const wrong = [];
  const shown = new Set();
  for (const name of by) {
    const results = played[name];
    if (!results) wrong.push(`${title}: the test "${name}" was not played; is that its name?`);
    else if (Object.values(results).some((outcome) => outcome !== 'pass')) wrong.push(`${title}: "${name}" did not pass`);
    else columnsOf(results).forEach((column) => shown.add(column));
  }
  for (const sdk of OWED) {
    const raw = shown.has(WITHOUT_SDK);
    if (!shown.has(sdk) && !raw && !(sdk in without)) wrong.push(`${title}: not shown with SDK ${sdk}, and no reason given`);
    if (shown.has(sdk) && sdk in without) wrong.push(`${title}: shown with SDK ${sdk} although it says "${without[sdk]}"`);
  }
  return { shown, wrong };
}

function cell(sdk, shown, without) {
  if (shown.has(sdk)) return 'pass';
  if (without?.[sdk]) return 'n/a';
  return shown.has(WITHOUT_SDK) && OWED.includes(sdk) ? 'raw' : '';
}

function written(played) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const rows = lines().map((line) => {
    const { shown } = stand(line, played);
    const notes = [line.note, ...Object.entries(line.without ?? {}).map(([sdk, why]) => `${sdk} ${why}`)].filter(Boolean);
    const by = line.by.map((name) => `\`${name}\``).join('<br>');
    const cells = COLUMNS.map((sdk) => cell(sdk, shown, line.without));
    return row([line.area, line.shows, ...cells, by, notes.join('; ')]);
  });
  return `# Upstream's scenarios

What Colyseus' own test suites play, and which tests show it here with which SDK. Written by \`tests/sdk/run
--write-table\` from [\`upstream.mjs\`](upstream.mjs) and the outcome of the tests; a run of all of them fails if this page is no
longer true.

\`pass\`: played with this SDK. \`raw\`: played on the wire, without any SDK. \`n/a\`: the SDK has no such thing; the last
column says what. SDK 0.15 plays what its bridge promises, so its column may be empty.

${row(['', 'scenario', ...COLUMNS, 'shown by', 'notes'])}
${row(['---', '---', ...COLUMNS.map(() => '---'), '---', '---'])}
${rows.join('\n')}
`;
}

/**
 * Everything in which the list, the table and what was played disagree; nothing if all is well. With `rewrite` the
 * table is made true first.
 */
export function complaints(played, rewrite) {
  const wrong = lines().flatMap((line) => stand(line, played).wrong);
  if (wrong.length > 0) return wrong;
  const table = written(played);
  if (rewrite) writeFileSync(TABLE, table);
  if (readFileSync(TABLE, 'utf8') === table) return [];
  return ['tests/sdk/SCENARIOS.md is not what was played; write it with tests/sdk/run --write-table'];
}
