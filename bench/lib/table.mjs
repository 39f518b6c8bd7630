// Figures for people: a Markdown table, drawn on the terminal and into docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { byRound, ratios, summary } from './statistics.mjs';

const BEGIN = '<!-- bench/run draws from here -->';
const END = '<!-- to here -->';
/** Of whom the others are multiples. */
export const OURS = 'parlor';

/** Three digits that count: 1.24, 38.2, 102 k, 1.30 M. */
export function short(value) {
  if (value === undefined) return '–';
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (size >= 1e5) return `${(value / 1e3).toFixed(0)} k`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

/** `7.20 (6.90–7.50)`: the median, and between what all rounds were. */
function spread(values) {
  const found = summary(values);
  if (found === undefined) return '–';
  if (values.length === 1) return short(found.median);
  return `${short(found.median)} (${short(found.least)}–${short(found.most)})`;
}

/** What a goal is about: our values, or how they compare. */
function judged({ goal, name }, ours, others, runs) {
  if (goal.server !== undefined) return ratios(ours, others.get(goal.server) ?? new Map());
  if (goal.scenario !== undefined) return ratios(ours, byRound(runs, goal.scenario, OURS, name));
  return [...ours.values()];
}

/** `met` or `missed`, or nothing where nothing is wanted or known. */
function verdict(figure, ours, others, runs) {
  const { goal } = figure;
  if (goal === undefined) return '';
  const found = summary(judged(figure, ours, others, runs));
  if (found === undefined) return goal.text;
  return `${goal.text}: ${goal.holds(found.median) ? 'met' : '**missed**'}`;
}

/** The lines of the table. */
function rows(scenarios, servers, runs) {
  const others = servers.filter((server) => server !== OURS);
  const compares = servers.includes(OURS);
  const head = ['scenario', 'figure', ...servers];
  if (compares) head.push(...others.map((server) => `${OURS} ÷ ${server}`), 'goal');
  const lines = [head, head.map(() => '---')];
  for (const { id, title, figures } of scenarios) {
    for (const [place, figure] of figures.entries()) {
      const values = new Map(servers.map((server) => [server, byRound(runs, id, server, figure.name)]));
      const cells = [place === 0 ? title : '', named(figure), ...servers.map((server) => spread([...values.get(server).values()]))];
      if (compares) {
        const ours = values.get(OURS);
        cells.push(...others.map((server) => spread(ratios(ours, values.get(server)))), verdict(figure, ours, values, runs));
      }
      lines.push(cells);
    }
  }
  return lines;
}

function named({ name, unit, better }) {
  const share = /_(p\d+)_ms$/.exec(name)?.[1];
  const what = share === undefined ? unit : `${name.replace(/_p\d+_ms$/, '').replaceAll('_', ' ')} ${share}, ms`;
  return `${what} ${better === 'higher' ? '↑' : '↓'}`;
}

/** A line for each run that failed, of which no figure is in the table. */
function failures(runs) {
  return runs.filter(({ failure }) => failure !== undefined)
    .map(({ server, scenario, round, failure }) => `\nFailed: ${server}, ${scenario}, round ${round}: ${failure}.`)
    .join('');
}

/** Table, machine and date as Markdown. */
export function markdown(scenarios, servers, { runs, machine, plan }) {
  const table = rows(scenarios, servers, runs).map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  const rounds = plan.rounds === 1 ? 'one round' : `medians of ${plan.rounds} rounds, with least and most`;
  return `${table}\n\n${machine.date}; ${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}; ${versions}.\n`
    + `Server on core ${plan.cores.server}, load on core ${plan.cores.load}; ${plan.time} s measured after ${plan.warmUp} s; ${rounds}.\n`
    + '↑ more is better, ↓ less is better; ratios are taken within each round.'
    + failures(runs);
}

/** Draws the text between the marks of a page. */
export function draw(page, text) {
  const before = readFileSync(page, 'utf8');
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no lines "${BEGIN}" and "${END}" to draw between`);
  writeFileSync(page, `${before.slice(0, begin)}${BEGIN}\n${text}\n${before.slice(end)}`);
}
