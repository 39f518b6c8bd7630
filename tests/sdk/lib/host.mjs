// Starts a host, waits for the line by which it says that it is ready, and ends it by its own pid.
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fetchRaw } from './raw.mjs';
import { Inbox, within } from './waiting.mjs';

/** Compiling and loading all rooms, from components that are there. Milliseconds. */
const STARTING = 300_000;
/** Building rooms first, on a machine that has built none before. Milliseconds. */
const BUILDING = 900_000;
const ENDING = 15_000;
/** What both commands print when clients may come. */
const READY = /\bready at http:\/\/(\S+)/;
/** A free port of the loopback; the ready line tells which. */
const ANY_PORT = '127.0.0.1:0';

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
  #lines = new Inbox();

  /** `binary serve` with this configuration; what it prints goes to the file `log`. */
  static serve(binary, config, log) {
    return Host.#start(binary, ['serve', '--config', config, '--listen', ANY_PORT], log, STARTING);
  }

  /** `binary dev folder`. Builds, so it may take minutes. */
  static dev(binary, folder, log) {
    return Host.#start(binary, ['dev', folder, '--listen', ANY_PORT], log, BUILDING);
  }

  static async #start(binary, argv, log, milliseconds) {
    const host = new Host();
    const child = spawn(binary, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    host.child = child;
    host.pid = child.pid;
    host.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const broken = new Promise((_resolve, reject) => child.once('error', reject));
    broken.catch(() => {});
    // Once its pipes are closed, so that its last lines have been read.
    child.once('close', (code, signal) => host.#lines.end(`the host ended with ${code ?? signal}; ${log} has all that it said`));
    const file = createWriteStream(log);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        file.write(`${line}\n`);
        host.#lines.push(line);
      });
    }
    try {
      const line = await Promise.race([broken, host.says(READY, milliseconds)]);
      host.endpoint = `ws://${READY.exec(line)[1]}`;
      const { status } = await fetchRaw(host.endpoint, { path: '/__healthcheck' });
      if (status !== 200) throw new Error(`the host said it was ready, but /__healthcheck gave ${status}`);
    } catch (error) {
      await host.stop();
      throw error;
    }
    return host;
  }

  /** The next line that it prints and that fits, or one that was printed and not awaited before. */
  says(pattern, milliseconds) {
    return this.#lines.next((line) => pattern.test(line), () => `the host never said ${pattern}`, milliseconds);
  }

  /** Asks it to end, and insists after a while. Gives how it ended. */
  async stop() {
    if (this.child.pid === undefined) return undefined;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.ended;
    this.child.kill('SIGTERM');
    return within(this.ended, () => 'the host did not end', ENDING).catch(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
      return `killed after ${ENDING} ms`;
    });
  }
}
