// What became of each test: rows by what is shown, columns by SDK.

/** The column of tests that use several SDKs at once. */
export const TOGETHER = 'all';
/** The column of tests that use none: raw sockets and requests. */
export const WITHOUT_SDK = 'none';

/** Splits `subject · name [sdk]`. */
function place(name) {
  const match = /^(.*) \[([^\]]+)\]$/.exec(name);
  return match ? { row: match[1], column: match[2] } : { row: name, column: WITHOUT_SDK };
}

/** From the events of a `node --test` reporter: row → column → `pass`, `fail` or `skip`. */
export async function outcomes(source) {
  const rows = new Map();
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, todo, details } = event.data;
    if (details?.type === 'suite' || name.endsWith('.mjs')) continue;
    const { row, column } = place(name);
    if (!rows.has(row)) rows.set(row, {});
    rows.get(row)[column] = event.type === 'test:fail' ? 'fail' : (skip ?? todo) !== undefined ? 'skip' : 'pass';
  }
  return rows;
}
