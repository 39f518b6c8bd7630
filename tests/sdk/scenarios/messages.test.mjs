// Messages that a room does not expect, and frames that are none.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused, REQUESTING } from '../lib/scenario.mjs';

const sdks = crew();
/** The protocol's "invalid payload". */
const INVALID = 4217;
const WITH_ERROR = 4002;
const TOO_BIG = 1009;
/** The host's bound on a frame, unless configured. Bytes. */
const LONGEST_FRAME = 64 * 1024;

/** No return by itself: these tests look at the close code. */
async function enter(sdk, type) {
  const client = await sdk.create(type);
  if (sdk.sdk !== '0.16') await client.tune({ enabled: false });
  return client;
}

eachSdk('large bytes arrive whole, up to the longest frame', sdks, async (sdk) => {
  const client = await enter(sdk, 'echo');
  // Opcode and type come before the bytes.
  for (const size of [5_000, 20_000, LONGEST_FRAME - '\u0011\u00a4blob'.length]) {
    const bytes = Uint8Array.from({ length: size }, (_v, i) => (i * 31) % 251);
    await client.bytes('blob', bytes);
    assert.deepEqual(new Uint8Array(await client.message('blob')), bytes, `${size} bytes`);
  }
  await leaveAll(client);
});

eachSdk('a frame beyond the longest closes with 1009, and the room goes on', sdks, async (sdk) => {
  const client = await enter(sdk, 'relay');
  const other = await sdk.joinById(client.roomId);
  await client.bytes('blob', new Uint8Array(LONGEST_FRAME));
  const { code, reason } = await client.left();
  assert.equal(code, TOO_BIG);
  assert.match(reason, /65536 bytes/);
  await other.send('still', 'here');
  assert.equal(await other.message('still'), 'here');
  await leaveAll(other);
});

for (const [what, frame] of [
  ['a payload that is no MessagePack', [0x0d, 0xa1, 0x61, 0xc1]],
  ['a payload that ends early', [0x0d, 0xa1, 0x61, 0x92, 0x01]],
  ['something behind the payload', [0x0d, 0xa1, 0x61, 0x01, 0x01]],
  ['a type that ends early', [0x0d, 0xa9, 0x61]],
  ['no type', [0x0d]],
  ['a type that is not UTF-8', [0x0d, 0xa2, 0xff, 0xfe, 0x01]],
]) {
  eachSdk(`${what} closes with 4002, and the room goes on`, sdks, async (sdk) => {
    const client = await enter(sdk, 'relay');
    const other = await sdk.joinById(client.roomId);
    await client.raw(Uint8Array.from(frame));
    const { code, reason } = await client.left();
    assert.equal(code, WITH_ERROR);
    assert.ok(reason.length > 0, 'the client is told why');
    await other.send('still', 'here');
    assert.equal(await other.message('still'), 'here');
    await leaveAll(other);
  });
}

eachSdk('frames of unknown kinds are ignored', sdks, async (sdk) => {
  const client = await enter(sdk, 'echo');
  for (const first of [0x00, 0x01, 0x10, 0x17, 0x1f]) await client.raw(Uint8Array.of(first, 1, 2, 3));
  assert.equal(await client.ask('still', 'here'), 'here');
  await leaveAll(client);
});

eachSdk('a type that the room does not know is an error, and the client stays', sdks, async (sdk) => {
  const client = await enter(sdk, 'hold');
  for (const send of [() => client.send('nonsense', 1), () => client.send(77), () => client.bytes('nonsense', Uint8Array.of(1))]) {
    await send();
    const { code, message } = await client.error();
    assert.equal(code, INVALID);
    assert.match(message, /knows no message ("nonsense"|77)/);
  }
  assert.ok(Array.isArray(await client.ask('events')));
  await leaveAll(client);
});

eachSdk('a payload that is not the room\'s is an error that names the field, and the client stays', sdks, async (sdk) => {
  const client = await enter(sdk, 'clock');
  for (const [payload, complaint] of [
    [{ tag: 'a', ms: 'soon' }, /"after": .*ms/],
    [{ tag: 'a' }, /"after": .*ms/],
    [17, /"after": /],
    [undefined, /"after": /],
  ]) {
    await client.send('after', payload);
    const { code, message } = await client.error();
    assert.equal(code, INVALID);
    assert.match(message, complaint);
  }
  await client.send('after', { tag: 'good', ms: 1 });
  assert.equal(await client.message('fired'), 'good');
  await leaveAll(client);
});

eachSdk('a request that the room does not know, or whose payload does not fit, is rejected', sdks, async (sdk) => {
  const client = await enter(sdk, 'clock');
  for (const [type, payload] of [['nonsense', 1], ['after', { ms: 'soon' }]]) {
    const error = await refused(client.request(type, payload), 'the request');
    assert.equal(error.name, 'rejected');
    assert.equal(error.reason.code, INVALID);
  }
  await leaveAll(client);
}, { sdks: REQUESTING });
