// Messages to the room and back, in Rust.
import assert from 'node:assert/strict';
import { RawSocket } from '../lib/raw.mjs';
import { crew, eachSdk, endpoints, leaveAll, plain } from '../lib/scenario.mjs';
import { echoScenarios } from './shared/echo.mjs';
import { exactPayloads, plainPayloads } from './shared/payloads.mjs';

const sdks = crew();
echoScenarios(sdks, 'echo', { ...plainPayloads, ...exactPayloads });

eachSdk('undefined members, typed arrays and sets are understood', sdks, async (sdk) => {
  const client = await sdk.create('echo');
  const { gone, list } = await client.ask('value', { gone: undefined, list: [undefined, 1] });
  assert.ok(gone === undefined || gone === null);
  assert.equal(list.length, 2);
  assert.equal(list[1], 1);
  assert.deepEqual(await client.ask('value', new Set([1, 2])), [1, 2]);
  const typed = await client.ask('value', Float32Array.of(1.5, 2.5));
  assert.ok(typed !== undefined && typed !== null, 'a typed array is not lost');
  await leaveAll(client);
});

eachSdk('a large message comes back whole', sdks, async (sdk) => {
  const client = await sdk.create('echo');
  const text = 'ab'.repeat(30_000);
  assert.equal(await client.ask('large', text), text);
  await leaveAll(client);
});

eachSdk('a frame beyond the limit closes with 1009', sdks, async (sdk) => {
  const client = await sdk.create('echo');
  if (sdk.sdk !== '0.16') await client.tune({ enabled: false });
  await client.bytes('huge', new Uint8Array(4 << 20));
  assert.equal((await client.left()).code, 1009);
});

plain('what is sent before the acknowledgement waits for it', async () => {
  const raw = await RawSocket.join(endpoints.conformance, 'create', 'echo', {}, { acknowledge: false });
  raw.send([0x0d, 0xa1, 0x61, 0x05]);
  await assert.rejects(raw.frame(0x0d, 150), /never came/);
  raw.send([0x0a]);
  assert.deepEqual([...await raw.frame(0x0d)].slice(0, 3), [0x0d, 0xa1, 0x61]);
  raw.end();
});
