// Starts a host, waits for the line by which it says that it is ready, and ends it by its own pid.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fetchRaw } from './raw.mjs';
import { within } from './waiting.mjs';

const STARTING = 120_000;
const ENDING = 15_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resident memory of a process in KiB, or undefined where the system does not say. */
export function residentKiB(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch {
    return undefined;
  }
}

/** True while the process lives. */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export class Host {
  /** `binary serve --config config --listen 127.0.0.1:<free>`; what it prints goes to `log`. */
  static async start(binary, config, log) {
    const host = new Host();
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const child = spawn(binary, ['serve', '--config', config, '--listen', address], { stdio: ['ignore', 'pipe', 'pipe'] });
    host.child = child;
    host.pid = child.pid;
    host.endpoint = `ws://${address}`;
    host.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const file = createWriteStream(log);
    const tail = [];
    const ready = new Promise((resolve, reject) => {
      child.once('error', reject);
      host.ended.then((why) => reject(new Error(`the host ended (${why}) before it was ready:\n${tail.join('\n')}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          file.write(`${line}\n`);
          tail.push(line);
          if (tail.length > 30) tail.shift();
          if (line.includes(address)) resolve();
        });
      }
    });
    ready.catch(() => {});
    try {
      await within(ready, () => `${binary} with ${config} printed no line with ${address}:\n${tail.join('\n')}`, STARTING);
      const { status } = await fetchRaw(host.endpoint, { path: '/__healthcheck' });
      if (status !== 200) throw new Error(`the host said it was ready, but /__healthcheck gave ${status}`);
    } catch (error) {
      await host.stop();
      throw error;
    }
    return host;
  }

  /** Asks it to end, and insists after a while. Gives how it ended. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.ended;
    this.child.kill('SIGTERM');
    return within(this.ended, () => 'the host did not end', ENDING).catch(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
      return `killed after ${ENDING} ms`;
    });
  }
}
