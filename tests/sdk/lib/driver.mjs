// One SDK in a process of its own, seen from here.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RoomClient } from './client.mjs';
import { Excuses } from './warnings.mjs';
import { Inbox, PATIENCE, within } from './waiting.mjs';

/** An SDK's call failed: `name`, `message`, `code` and `reason` are those of the SDK's own error. */
export class SdkError extends Error {
  constructor(sdk, command, failure) {
    super(failure.message);
    Object.assign(this, failure, { sdk, command });
  }
}

export class Driver {
  #next = 0;
  #calls = new Map();
  #rooms = new Map();
  #process;
  #ready = new Inbox();
  #excuses;
  /** Everything that the SDK wrote to its console: `{ level, text }`. */
  console = [];
  /** Exceptions that nobody caught in the SDK's process. */
  crashes = [];

  /** `sdk` is the name of a folder under `clients/`; `endpoint` a `ws://` or `http://` address. */
  static async start(sdk, endpoint) {
    const driver = new Driver();
    driver.sdk = sdk;
    driver.#excuses = new Excuses(sdk);
    driver.endpoint = endpoint;
    const script = fileURLToPath(new URL(`../clients/${sdk}/driver.mjs`, import.meta.url));
    const child = fork(script, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    driver.#process = child;
    child.on('message', (message) => driver.#take(message));
    child.on('exit', (code, signal) => driver.#ended(code ?? signal));
    await driver.#ready.next(() => true, () => `the ${sdk} driver did not start`, 20_000);
    return driver;
  }

  #take(message) {
    if (message.id !== undefined) {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.failure) call?.reject(new SdkError(this.sdk, call.command, message.failure));
      else call?.resolve(message.value);
    } else if (message.event === 'ready') this.#ready.push(message);
    else if (message.event === 'console') this.console.push({ level: message.level, text: message.text });
    else if (message.event === 'crash') this.crashes.push(message.text);
    else this.#deliver(message);
  }

  // An event may overtake the answer to the join it belongs to: keep it for the room to come. `at` is when it came here.
  #deliver(message) {
    const inbox = this.inboxOf(message.room);
    inbox.push({ ...message, at: performance.now() });
    if (message.event === 'leave') inbox.end(`the client was gone with code ${message.code}`);
  }

  inboxOf(number) {
    if (!this.#rooms.has(number)) this.#rooms.set(number, new Inbox());
    return this.#rooms.get(number);
  }

  #ended(why) {
    this.ended = why;
    for (const call of this.#calls.values()) {
      call.reject(new Error(`the ${this.sdk} driver ended (${why}) while doing ${call.command}`));
    }
    this.#calls.clear();
  }

  /** Runs a command in the driver's process. */
  call(command, fields = {}, milliseconds = PATIENCE + 1000) {
    if (this.ended !== undefined) return Promise.reject(new Error(`the ${this.sdk} driver has ended (${this.ended})`));
    this.#next += 1;
    const id = this.#next;
    const done = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, command }));
    this.#process.send({ id, command, ...fields });
    const what = () => `SDK ${this.sdk}: ${command}${fields.name ? ` "${fields.name}"` : ''} came to no end`;
    return within(done, what, milliseconds);
  }

  async #enter(fields, milliseconds) {
    const joined = await this.call('join', { endpoint: this.endpoint, ...fields }, milliseconds);
    return new RoomClient(this, joined);
  }

  joinOrCreate(name, options = {}, more = {}) { return this.#enter({ method: 'joinOrCreate', name, options, ...more }); }
  create(name, options = {}, more = {}) { return this.#enter({ method: 'create', name, options, ...more }); }
  join(name, options = {}, more = {}) { return this.#enter({ method: 'join', name, options, ...more }); }
  joinById(name, options = {}, more = {}) { return this.#enter({ method: 'joinById', name, options, ...more }); }
  /** Takes a seat by what a room, or the matchmaker's reply, said of it. */
  async consume(reservation) {
    return new RoomClient(this, await this.call('consume', { endpoint: this.endpoint, reservation }));
  }
  /** Comes back by the token that the SDK gave (`roomId:token`). */
  reconnect(token, more = {}) { return this.#enter({ method: 'reconnect', name: token, ...more }); }

  /** Warnings and errors on the SDK's console since the last call, without the polyglot JOIN's own. */
  takeWarnings() {
    const loud = this.console.splice(0).filter(({ level }) => level === 'warn' || level === 'error');
    return this.#excuses.unexpected(loud.map(({ text }) => text));
  }

  /** Fails if the SDK complained or crashed since the last look. */
  assertQuiet() {
    const crashes = this.crashes.splice(0);
    const warnings = this.takeWarnings();
    if (crashes.length + warnings.length > 0) {
      throw new Error(`SDK ${this.sdk} complained:\n${[...crashes, ...warnings].slice(0, 10).join('\n')}`);
    }
  }

  async stop() {
    if (this.ended !== undefined) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.disconnect();
    await within(gone, () => `the ${this.sdk} driver did not end`).catch(() => this.#process.kill('SIGKILL'));
  }
}
