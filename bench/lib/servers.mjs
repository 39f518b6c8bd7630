// The servers that are compared, and one process of one of them.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from '../../tests/sdk/lib/waiting.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Until a server is ready; Parlor compiles its components when it has never seen them. Milliseconds. */
const STARTING = 300_000;
const ENDING = 15_000;
/** What all of them print when clients may come. */
const READY = /\bready at (http:\/\/[^\s]+)/;

/** How each is started for a scenario. All listen on a free port of the loopback. */
export const SERVERS = new Map([
  ['parlor', {
    argv: ({ config = 'parlor.toml' }) => [process.env.PARLOR, 'serve', '--config', here(`../${config}`), '--listen', '127.0.0.1:0'],
    env: {},
  }],
  ['colyseus', {
    argv: () => [process.execPath, here('../colyseus/server.mjs')],
    env: { NODE_ENV: 'production', PORT: '0' },
  }],
  ['raw', {
    argv: () => [process.env.PARLOR_BENCH_RAW],
    env: {},
  }],
]);

/** A server that runs on one core until it is stopped. */
export class Server {
  /** Starts the server of this name on a core, for a scenario; what it prints goes to the file `log`. */
  static async start(name, scenario, core, log) {
    const { argv, env } = SERVERS.get(name);
    const server = new Server();
    const pinned = ['taskset', '-c', String(core), ...argv(scenario)];
    // taskset becomes the server: the process id is the server's own.
    server.child = spawn(pinned[0], pinned.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    server.pid = server.child.pid;
    server.ended = new Promise((resolve) => { server.child.once('exit', (code, signal) => resolve(code ?? signal)); });
    const file = createWriteStream(log);
    const ready = new Promise((resolve, reject) => {
      server.child.once('error', reject);
      for (const stream of [server.child.stdout, server.child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          file.write(`${line}\n`);
          const url = READY.exec(line)?.[1];
          if (url !== undefined) resolve(url);
        });
      }
      server.ended.then((why) => reject(new Error(`${name} ended with ${why}; ${log} has all that it said`)));
    });
    try {
      server.url = await within(ready, () => `${name} was never ready; ${log} has all that it said`, STARTING);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Asks it to end, and insists after a while. */
  async stop() {
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await within(this.ended, () => 'it did not end', ENDING).catch(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }
}
