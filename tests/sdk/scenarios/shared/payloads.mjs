// Payloads that are worth sending, and what of them must come back.

/** Survives any encoding, JSON too. */
export const plainPayloads = {
  nothing: null, yes: true, no: false, zero: 0, one: 1, minus: -1, fixintEdge: 127, past: 128, byte: 255, word: 65535,
  wide: 4294967295, wider: 4294967296, safest: Number.MAX_SAFE_INTEGER, lowest: Number.MIN_SAFE_INTEGER,
  half: 0.5, tenth: 0.1, tiny: 5e-324, huge: 1.7976931348623157e308,
  empty: '', text: 'text', umlaut: 'äöü €', emoji: '🎲🎲', long: 'x'.repeat(300), longer: 'y'.repeat(5000),
  list: [], numbers: [64, 65, 66, 100, 127], mixed: [1, 'two', null, [3, [4]]], record: {}, one_key: { a: 1 },
  nested: { a: { b: { c: { d: [1, { e: 2 }] } } } }, same: [{ a: 1, b: 2 }, { a: 3, b: 4 }, { b: 5, a: 6 }],
  shapes: Array.from({ length: 70 }, (_v, i) => ({ [`key${i}`]: i, [`other${i}`]: `${i}` })),
  keys: { '': 1, ' ': 2, 'a.b': 3, __proto: 4, '0': 5 },
  many: Object.fromEntries(Array.from({ length: 100 }, (_v, i) => [`k${i}`, i])),
};

/** What only MessagePack can say. */
export const exactPayloads = {
  bytes: Uint8Array.of(0, 1, 127, 128, 255), noBytes: new Uint8Array(0), inside: { bytes: Uint8Array.of(1, 2, 3) },
  date: new Date(1700000000123), epoch: new Date(0), late: new Date(8640000000000), before: new Date(-1000),
  big: 9007199254740993n, biggest: 9223372036854775807n, most: 18446744073709551615n, least: -9223372036854775808n,
  map: new Map([['x', 1], ['y', [2]]]), infinite: Infinity, negative: -Infinity,
};

const { huge, ...exactlyWritten } = plainPayloads;

/** What SDK 0.15 can write. It knows bytes as `ArrayBuffer`, no integers beyond 53 bits, and takes `huge` for one. */
export const oldPayloads = {
  ...exactlyWritten,
  bytes: Uint8Array.of(0, 1, 127, 128, 255).buffer, noBytes: new ArrayBuffer(0), inside: { bytes: Uint8Array.of(1, 2, 3).buffer },
  date: new Date(1700000000123), epoch: new Date(0), late: new Date(8640000000000), before: new Date(-1000),
  infinite: Infinity, negative: -Infinity,
};

/**
 * What a payload is after its way through MessagePack, whichever encoder was at work: a small bigint is a
 * number, a map an object, an undefined member null.
 */
export function settled(value) {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return Uint8Array.from(new Uint8Array(value));
  if (Array.isArray(value)) return value.map(settled);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, member]) => [key, settled(member)]));
}
