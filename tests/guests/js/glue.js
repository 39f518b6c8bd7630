// What the three rooms share: hooks that a room leaves out, refusals, and JSON payloads.

/** Refusal code of a payload or option that is not what the type wants. */
export const UNEXPECTED = 4001;
/** The same of a message from another room, where the room takes none. */
const NO_ROOM_MESSAGES = 4004;
/** Of the rooms' code. */
const VERSION = '0.1.0';

/** Thrown by a hook to say no: the `refused` of the WIT's `rejection`. */
export class Refusal {
  constructor(code, message) {
    this.tag = 'refused';
    this.val = { code, message };
  }
}

export const EMPTY = { tag: 'empty' };
export const text = (val) => ({ tag: 'text', val });
export const value = (any) => ({ tag: 'value', val: { tag: 'json', val: JSON.stringify(any) } });

/** What a document holds. The host gives this room JSON, as `define` asked. */
export function parse(document) {
  if (document.tag !== 'json') throw new Refusal(UNEXPECTED, 'expected JSON');
  return JSON.parse(document.val);
}

/** The one value of a payload. */
export function valueOf(payload) {
  if (payload.tag !== 'value') throw new Refusal(UNEXPECTED, `expected one value, got ${payload.tag}`);
  return parse(payload.val);
}

/** The one value of a payload, which must be a map. */
export function mapOf(payload) {
  const map = valueOf(payload);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new Refusal(UNEXPECTED, 'expected a map');
  }
  return map;
}

/** A whole number within bounds, else a refusal that names it. */
export function whole(name, number, min, max, code = UNEXPECTED) {
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new Refusal(code, `${name} must be a whole number from ${min} to ${max}`);
  }
  return number;
}

const nothing = () => {};
const noRoomMessages = () => {
  throw new Refusal(NO_ROOM_MESSAGES, 'this room takes no messages from other rooms');
};
// An error of an import comes as an `Error` with the WIT's value as its `payload`.
const describe = (error) =>
  error instanceof Error ? `${JSON.stringify(error.payload ?? error.message)}\n${error.stack}` : JSON.stringify(error);

// An exception that is not of the WIT's error type would end the instance.
const rejecting = (hook) => (...given) => {
  try {
    return hook(...given);
  } catch (error) {
    throw error instanceof Refusal ? error : { tag: 'fault', val: describe(error) };
  }
};
const faulting = (hook) => (...given) => {
  try {
    return hook(...given);
  } catch (error) {
    throw describe(error);
  }
};

/** All exports of `hooks`, those that `own` leaves out with their plainest answer. */
export function room(own) {
  return {
    define: () => ({ version: VERSION, encoding: 'json', state: own.state, optionalHooks: {} }),
    authenticate: rejecting(own.authenticate ?? nothing),
    onCreate: rejecting(own.onCreate ?? nothing),
    onJoin: rejecting(own.onJoin ?? nothing),
    onMessage: rejecting(own.onMessage ?? (() => EMPTY)),
    onRoomMessage: rejecting(own.onRoomMessage ?? noRoomMessages),
    onPublished: faulting(own.onPublished ?? nothing),
    onDrop: faulting(own.onDrop ?? (() => ({ tag: 'release' }))),
    onReconnect: faulting(own.onReconnect ?? nothing),
    onLeave: faulting(own.onLeave ?? nothing),
    onTick: faulting(own.onTick ?? nothing),
    onTimer: faulting(own.onTimer ?? nothing),
    onBeforePatch: faulting(own.onBeforePatch ?? nothing),
    onShutdown: faulting(own.onShutdown ?? nothing),
    onDispose: faulting(own.onDispose ?? nothing),
    save: faulting(() => ({ tag: 'text', val: JSON.stringify(own.save?.() ?? null) })),
    restore: faulting((saved, state) => {
      if (saved.tag !== 'text') throw new Error('expected what save wrote: text');
      own.restore?.(JSON.parse(saved.val), state);
    }),
  };
}
