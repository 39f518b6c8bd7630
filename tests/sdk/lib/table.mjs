// A reporter for `node --test`: one row per scenario, one column per SDK. The file that PARLOR_OUTCOMES names gets the
// same as JSON, for the runner.
import { writeFileSync } from 'node:fs';
import { outcomes } from './outcomes.mjs';

const MARK = { pass: 'ok', fail: 'FAIL', skip: 'skip', none: '·' };
const isSdk = (column) => /^\d/.test(column);

export default async function* table(source) {
  const rows = await outcomes(source);
  if (process.env.PARLOR_OUTCOMES) writeFileSync(process.env.PARLOR_OUTCOMES, JSON.stringify(Object.fromEntries(rows)));
  if (rows.size === 0) return;
  const columns = new Set([...rows.values()].flatMap((results) => Object.keys(results)));
  const order = [...columns].sort((a, b) => isSdk(b) - isSdk(a) || b.localeCompare(a));
  const width = Math.max(...[...rows.keys()].map((key) => key.length));
  yield `\n${'scenario'.padEnd(width)}  ${order.map((c) => c.padStart(6)).join('')}\n`;
  for (const [key, results] of rows) {
    yield `${key.padEnd(width)}  ${order.map((c) => MARK[results[c] ?? 'none'].padStart(6)).join('')}\n`;
  }
  yield '\n';
}
