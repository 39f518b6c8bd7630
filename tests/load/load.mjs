// Starts a host and the load tester, and says whether all of its clients got through.
import { fork } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Host } from '../sdk/lib/host.mjs';
import { within } from '../sdk/lib/waiting.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CLIENTS = Number(process.env.PARLOR_LOAD_CLIENTS ?? 200);
const ROOM = process.env.PARLOR_LOAD_ROOM ?? 'relay';
/** For all of it: joining, talking, leaving. Milliseconds. */
const WHOLE_RUN = Number(process.env.PARLOR_LOAD_PATIENCE ?? 90_000);
const RESULT = here('result.log');

/** The load tester's own count, from the end of its log. */
function summary() {
  const text = readFileSync(RESULT, 'utf8');
  const figure = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1] ?? NaN);
  return { connections: figure('Successful connections'), failed: figure('Failed connections'), errors: figure('Total errors') };
}

/** Runs the load tester to its end. Gives what the bots reported, or undefined if they never did. */
async function play(endpoint) {
  rmSync(RESULT, { force: true });
  const argv = ['--endpoint', endpoint, '--room', ROOM, '--numClients', String(CLIENTS), '--output', RESULT];
  // It draws a screen on its output, whether there is one or not.
  const child = fork(here('bot.mjs'), argv, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let report;
  child.on('message', (message) => { report ??= message; });
  const ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
  await within(ended, () => 'the load tester came to no end', WHOLE_RUN).catch(async (error) => {
    console.error(error.message);
    child.kill('SIGTERM');
    await within(ended, () => 'the load tester did not end', 5000).catch(() => child.kill('SIGKILL'));
  });
  return report;
}

/** Everything that is not as it should be, in words. */
function complaints(report, { connections, failed, errors }) {
  const found = [];
  const expect = (what, is, wanted) => { if (is !== wanted) found.push(`${what}: ${is} instead of ${wanted}`); };
  if (report?.failure) found.push(report.failure);
  if (!report) found.push('the clients never got through');
  expect('successful connections', connections, CLIENTS);
  expect('failed connections', failed, 0);
  expect('errors', errors, 0);
  if (report) {
    expect('clients that left with consent', report.left, CLIENTS);
    expect('rooms', report.rooms, 1);
    const deaf = report.heard.filter((count) => count !== report.sent).length;
    expect('clients that missed a message', deaf, 0);
  }
  return found;
}

if (!process.env.PARLOR) {
  console.error('set PARLOR to the host\'s binary');
  process.exit(2);
}
let found;
try {
  const host = await Host.serve(resolve(process.env.PARLOR), here('../conformance/parlor.toml'), here('host.log'));
  const start = performance.now();
  const report = await play(host.endpoint);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const ended = await host.stop();
  const counted = summary();
  found = complaints(report, counted);
  console.log(`${counted.connections} connections, ${counted.failed} failed, ${counted.errors} errors; `
    + `${report?.sent ?? 0} messages, each heard by ${report?.joined ?? 0} clients; ${seconds} s; host ended (${ended})`);
} catch (error) {
  found = [error.message];
}
for (const complaint of found) console.error(complaint);
console.log(found.length > 0 ? 'load: FAILED' : 'load: passed');
process.exit(found.length > 0 ? 1 : 0);
