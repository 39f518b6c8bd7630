// Makes bad input out of good: seeded, so that a failure can be seen again.

const hex = (text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Frames as SDKs send them: acknowledgement, leave, messages of each kind, requests, ping, inputs. */
export const GOOD_FRAMES = [
  '0a', '0c', '12',
  '0d a4 6d6f7665 d4 72 40 92 a1 78 a1 79 01 cb 3ff8000000000000', // "move" {x: 1, y: 1.5} as a record
  '0d 07 a3 6e756d', // 7 "num"
  '0d a5 6170706c79 92 92 a7 636f756e746572 05 92 a5 6c6162656c a2 6869', // "apply" [[counter, 5], [label, hi]]
  '0d a5 6170706c79 91 94 a6 706c61796572 a1 61 d4 72 40 94 a1 78 a1 79 a4 6e616d65 a2 6870 01 02 a1 6e 03 c0',
  '0d a5 6166746572 d4 72 40 92 a3 746167 a2 6d73 a1 74 cc c8', // "after" {tag, ms}
  '0d a4 64756d70', '0d a6 6f7468657273 c3', '0d ad 746f2d67726f7570 81 a5 67726f7570 a1 72',
  '0d a3 62696e c4 04 01 02 03 04', '0d a4 64617465 d6 ff 65 53 f1 00', '0d a1 75 d4 00 00',
  '11 a4 626c6f62 00 01 02 03 ff', '11 03',
  '15 00 a4 64756d70', '15 01 a4 6563686f 91 a1 71', '15 cd ffff a4 6563686f d4 72 40 91 a1 71 01',
  '13 80 01', '14 00 01 80',
].map(hex);

const nested = (byte, depth) => Uint8Array.from([0x0d, 0xa1, 0x61, ...new Array(depth).fill(byte), 0xc0]);

/** Frames that promise more than they hold, or hold more than anyone should. */
export const CRUEL_FRAMES = [
  '', '00', 'ff', '0d', '0d a0', '0d db ffffffff', '0d a1', '0d c1', '0d a1 61 dd ffffffff', '0d a1 61 df ffffffff', '0d a1 61 c6 ffffffff 00',
  '0d a1 61 db ffffffff', '0d a1 61 c1', '0d a1 61 c9 ffffffff 72', '0d a1 61 d4 72 40 dd ffffffff', '0d a1 61 d4 72 40 91 a1 61',
  '0d a1 61 40', '0d a1 61 d4 72 ff 90', '0d a1 61 a4 ff fe fd fc', '0d a2 c3 28 01', '0d ca 7fc00000', '0d cb 7ff0000000000000', '0d e0', '0d d3 ffffffffffffffff',
  '11', '11 db 00000010', '15', '15 00', '15 ff', '15 00 a1 61 dd ffffffff', '0e', '0f', '0b cd 1027', '16 00 00', '8d a1 61 01', '4d 01', 'ee',
].map(hex).concat([nested(0x91, 33), nested(0x91, 2000), nested(0x81, 1000), nested(0xdc, 900)]);

const TROUBLE = [0x00, 0x0a, 0x0d, 0x40, 0x72, 0x7f, 0x80, 0x90, 0xa0, 0xc1, 0xc6, 0xd4, 0xdb, 0xdd, 0xdf, 0xe0, 0xff];

const CHANGES = [
  (r, b) => { const at = r.int(0, b.length); return [...b.slice(0, at), r.int(0, 255), ...b.slice(at)]; },
  (r, b) => b.filter((_v, i) => i !== r.int(0, Math.max(0, b.length - 1))),
  (r, b) => b.map((v) => (r.chance(0.1) ? v ^ (1 << r.int(0, 7)) : v)),
  (r, b) => b.map((v) => (r.chance(0.1) ? r.pick(TROUBLE) : v)),
  (r, b) => b.slice(0, r.int(0, b.length)),
  (r, b) => { const at = r.int(0, b.length); const cut = b.slice(at, at + r.int(1, 8)); return [...b, ...cut, ...cut]; },
  (r, b) => [...b, ...r.bytes(r.int(1, 40))],
  (r, b) => [...b.slice(0, r.int(0, b.length)), ...r.pick(GOOD_FRAMES).slice(r.int(0, 3))],
];

/** A frame that no SDK would send, or that one might. */
export function hostileFrame(random) {
  if (random.chance(0.12)) return random.pick(CRUEL_FRAMES);
  if (random.chance(0.15)) return random.bytes(random.int(0, 200));
  let bytes = [...random.pick(GOOD_FRAMES)];
  for (let i = random.int(1, 4); i > 0; i -= 1) bytes = [...random.pick(CHANGES)(random, bytes)];
  return Uint8Array.from(bytes);
}

const SEGMENTS = ['matchmake', 'create', 'join', 'joinOrCreate', 'joinById', 'reconnect', 'idle', 'echo', 'state', 'limited', 'nonsense',
  '__healthcheck', '..', '.', '%00', '%2e%2e', '%ff', 'ü', 'a'.repeat(300), '', '*', '{name}', '-', "'", '"', '<script>', 'constructor', '__proto__'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];
const BODIES = ['', '{', '}', '[]', 'null', 'true', '1', '"text"', '{}', '{"a":', '{"token":"bad"}', '{"mode":{"$gt":""}}', '{"__proto__":{"x":1}}',
  '{"entities":-1}', '{"seconds":1e999}', '{"reconnectionToken":1}', '{"reconnectionToken":"x"}', '\u0000', '{"a":1,"a":2}', `{"deep":${'['.repeat(3000)}`,
  `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, `{"long":"${'x'.repeat(70_000)}"}`, '{"n":123456789012345678901234567890}', '{"\\ud800":1}'];
const TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', '', 'nonsense'];

/** A request in whole, for `fetchRaw`. */
export function hostileRequest(random) {
  const good = random.chance(0.5);
  const path = good
    ? `/matchmake/${random.pick(['create', 'join', 'joinOrCreate', 'joinById', 'reconnect', 'nonsense'])}/${random.pick(['idle', 'echo', 'state', 'limited', 'auth', 'nonsense'])}`
    : `/${Array.from({ length: random.int(0, 5) }, () => random.pick(SEGMENTS)).join('/')}${random.chance(0.2) ? `?${random.pick(SEGMENTS)}=${random.pick(SEGMENTS)}` : ''}`;
  let body = random.pick(BODIES);
  if (random.chance(0.3)) body = Buffer.from(random.bytes(random.int(0, 300)));
  const headers = { 'content-type': random.pick(TYPES) };
  if (random.chance(0.1)) headers.authorization = random.pick(['Bearer', 'Bearer ', 'Basic eDp5', `Bearer ${'t'.repeat(4000)}`]);
  if (random.chance(0.05)) headers['x-forwarded-for'] = random.pick(['nonsense', '1.2.3.4, 5.6.7.8', ',', '::1']);
  if (random.chance(0.05)) headers.origin = random.pick(['null', 'nonsense', 'https://x']);
  const method = good && random.chance(0.8) ? 'POST' : random.pick(METHODS);
  return { method, path: escaped(path), headers, body: method === 'GET' || method === 'HEAD' ? undefined : body };
}

/** Keeps what Node lets through in a path: everything above ASCII goes percent-encoded. */
const escaped = (path) => path.replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c));

/** Bytes for a bare TCP connection: no HTTP, half HTTP, or a WebSocket that breaks its own rules. */
export function hostileStream(random) {
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const frames = ['8200', '82017f', 'c28000000000', '8380000000 00', '80ff7fffffffffffffff00000000', '82ff00000000ffffffff00000000', '89fe01000000000000', '0280000000 00', 'ff', '8881000000 0003', '88820000000003e7'];
  return random.pick([
    () => Buffer.from(random.bytes(random.int(1, 400))),
    () => Buffer.from('GET / HTTP/1.1\r\n'),
    () => Buffer.from('POST /matchmake/create/idle HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n{'),
    () => Buffer.from('POST /matchmake/create/idle HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    () => Buffer.from(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
    () => Buffer.from(`GET / HTTP/1.1\r\n${Array.from({ length: 200 }, (_v, i) => `X-${i}: ${'v'.repeat(100)}`).join('\r\n')}\r\n\r\n`),
    () => Buffer.from('GET / HTTP/9.9\r\n\r\n'),
    () => Buffer.from(upgrade.replace('13', '7')),
    () => Buffer.from(upgrade.replace('Upgrade: websocket\r\n', '')),
    () => Buffer.concat([Buffer.from(upgrade), Buffer.from(random.pick(frames).replaceAll(' ', ''), 'hex')]),
    () => Buffer.concat([Buffer.from(upgrade), Buffer.from(random.bytes(random.int(1, 200)))]),
  ])();
}
