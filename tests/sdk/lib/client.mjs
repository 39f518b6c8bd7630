// A joined room as a test sees it: the SDK's own object lives in the driver's process.
import { PATIENCE } from './waiting.mjs';

const always = () => true;

export class RoomClient {
  #driver;
  #number;

  constructor(driver, { number, ...joined }) {
    this.#driver = driver;
    this.#number = number;
    this.sdk = driver.sdk;
    this.inbox = driver.inboxOf(number);
    /** What the SDK's room object said right after joining: `roomId`, `sessionId`, `name`, … */
    Object.assign(this, joined);
  }

  toString() {
    return `SDK ${this.sdk}, client ${this.sessionId} of room ${this.name}/${this.roomId}`;
  }

  #call(command, fields, milliseconds) {
    return this.#driver.call(command, { room: this.#number, ...fields }, milliseconds);
  }

  #next(event, wants, what, milliseconds) {
    return this.inbox.next((e) => e.event === event && wants(e), () => `${this}: ${what} never came`, milliseconds);
  }

  /** `send(type)` sends no payload at all, `send(type, undefined)` lets the SDK decide. */
  send(type, ...payload) { return this.#call('send', { type, payload: payload[0], empty: payload.length === 0 }); }
  bytes(type, bytes) { return this.#call('bytes', { type, bytes }); }
  /** 0.18 only. Rejects with the SDK's own error. */
  request(type, payload, milliseconds = PATIENCE) { return this.#call('request', { type, payload, milliseconds }, milliseconds + 1000); }
  /** Sends, and waits for a message of the same type: how clients without `request` ask. */
  async ask(type, ...payload) {
    await this.send(type, ...payload);
    return this.message(type);
  }
  /** A frame of the test's own making, through the SDK's socket. */
  raw(bytes) { return this.#call('raw', { bytes }); }

  /** Leaves with consent; gives the close code. */
  leave(consented = true) { return this.#call('leave', { consented }); }
  /** Cuts the connection without a close frame. */
  drop() { return this.#call('drop'); }
  /** Closes the socket with a code of the client's choice. */
  close(code, reason) { return this.#call('close', { code, reason }); }
  /** Stops reading from the socket, until `resume`. */
  pause() { return this.#call('pause'); }
  resume() { return this.#call('resume'); }
  /** Sets the SDK's own knobs for coming back by itself (0.17, 0.18), e.g. `{ minUptime: 0 }`. */
  tune(settings) { return this.#call('tune', { settings }); }
  ping() { return this.#call('ping'); }

  /** The payload of the next message of this type that was not awaited before. */
  async message(type, wants = always, milliseconds = PATIENCE) {
    const what = `a message of type ${JSON.stringify(type)}`;
    return (await this.#next('message', (e) => e.type === type && wants(e.payload), what, milliseconds)).payload;
  }
  /** As `message`, but gives the whole event: `changes` says how many state changes came before it. */
  messageEvent(type, milliseconds = PATIENCE) {
    return this.#next('message', (e) => e.type === type, `a message of type ${JSON.stringify(type)}`, milliseconds);
  }
  /** Payloads of this type that have come and were not awaited. */
  heard(type) { return this.inbox.pending((e) => e.event === 'message' && e.type === type).map((e) => e.payload); }
  /** All messages so far, in order, as `[type, payload]`. */
  allMessages() { return this.inbox.all.filter((e) => e.event === 'message').map((e) => [e.type, e.payload]); }
  error(wants = always, milliseconds) { return this.#next('error', wants, 'an error frame', milliseconds); }
  /** `{ code, reason }` of the SDK's onLeave. */
  left(milliseconds) { return this.#next('leave', always, 'onLeave', milliseconds); }
  dropped(milliseconds) { return this.#next('drop', always, 'onDrop', milliseconds); }
  reconnected(milliseconds) { return this.#next('reconnect', always, 'onReconnect', milliseconds); }

  /** `room.state.toJSON()`. */
  json() { return this.#call('state', { what: 'json' }); }
  /** The state in order; maps as `{ $map: [[key, value], …] }`. */
  ordered() { return this.#call('state', { what: 'ordered' }); }
  /**
   * Waits until `test(state, argument)` holds, looking at each state change. The function's text is run
   * in the driver, so it sees nothing but its arguments.
   */
  until(test, argument, milliseconds = PATIENCE) {
    return this.#call('until', { test: String(test), argument, milliseconds }, milliseconds + 1000);
  }
  /** Collects what the SDK's callbacks say of a collection of the root: see `comings`. */
  follow(field) { return this.#call('follow', { field }); }
  /** What the callbacks of a followed collection have said so far, in order: `[['added' | 'removed', key], …]`. */
  comings(field) {
    return this.inbox.all.filter((e) => ['added', 'removed'].includes(e.event) && e.field === field).map((e) => [e.event, e.key]);
  }
  /** How many snapshots and patches the SDK has applied. */
  changes() { return this.#call('changes'); }
  /** When the last snapshots and patches came, in the driver's own milliseconds. */
  times() { return this.#call('times'); }
  /** Frames that the present socket got, by first byte. */
  frames() { return this.#call('frames'); }
  /** The decoder's books: see `clients/shared/decoder.mjs`. */
  audit() { return this.#call('audit'); }
  token() { return this.#call('token'); }
  isOpen() { return this.#call('open'); }
  evaluate(test, argument) { return this.#call('evaluate', { test: String(test), argument }); }
}
