// One run of the load generator.
import { spawn } from 'node:child_process';
import { within } from '../../tests/sdk/lib/waiting.mjs';

/** For one run beside its measuring: joining thousands of clients, and all of them leaving. Milliseconds. */
const AROUND = 240_000;

/** Collects what a stream says. */
function text(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/**
 * Plays a scenario against `url` from a core, and gives its figures by name. `pid` is the server's process, if it
 * is known.
 */
export async function play({ scenario, url, pid, core, time, warmUp }) {
  const measured = ['--endpoint', url, '--time', String(time), '--warm-up', String(warmUp)];
  if (pid !== undefined) measured.push('--pid', String(pid));
  const options = Object.entries(scenario.options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = ['-c', String(core), process.env.PARLOR_BENCH_LOAD, ...measured, scenario.play, ...options];
  const child = spawn('taskset', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, complained] = [text(child.stdout), text(child.stderr)];
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const patience = AROUND + (time + 3 * warmUp) * 1000;
  const code = await within(ended, () => 'the load generator came to no end', patience).catch(async (error) => {
    child.kill('SIGKILL');
    await ended;
    throw error;
  });
  if (code !== 0) throw new Error(`the load generator ended with ${code}: ${complained().trim()}`);
  return JSON.parse(printed());
}
