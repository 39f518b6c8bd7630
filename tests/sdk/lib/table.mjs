// A reporter for `node --test`: one row per scenario, one column per SDK.
const MARK = { pass: 'ok', fail: 'FAIL', skip: 'skip', none: '·' };

/** Splits `subject · name [sdk]`; a test that belongs to no SDK goes under `all`. */
function place(name) {
  const match = /^(.*) \[([^\]]+)\]$/.exec(name);
  return match ? { row: match[1], column: match[2] } : { row: name, column: 'all' };
}

export default async function* table(source) {
  const rows = new Map();
  const columns = new Set();
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, todo, details } = event.data;
    if (details?.type === 'suite' || name.endsWith('.mjs')) continue;
    const { row, column } = place(name);
    if (!rows.has(row)) rows.set(row, {});
    columns.add(column);
    rows.get(row)[column] = event.type === 'test:fail' ? 'fail' : (skip ?? todo) !== undefined ? 'skip' : 'pass';
  }
  if (rows.size === 0) return;
  const order = [...columns].sort((a, b) => (a === 'all') - (b === 'all') || b.localeCompare(a));
  const width = Math.max(...[...rows.keys()].map((key) => key.length));
  yield `\n${'scenario'.padEnd(width)}  ${order.map((c) => c.padStart(6)).join('')}\n`;
  for (const [key, results] of rows) {
    yield `${key.padEnd(width)}  ${order.map((c) => MARK[results[c] ?? 'none'].padStart(6)).join('')}\n`;
  }
  yield '\n';
}
