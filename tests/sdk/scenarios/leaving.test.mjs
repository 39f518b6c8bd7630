// Close codes, and the ways to measure the way to the host.
import assert from 'node:assert/strict';
import { crew, eachSdk, endpoints, leaveAll, plain, SELF_RECONNECTING } from '../lib/scenario.mjs';
import { RawSocket } from '../lib/raw.mjs';
import { PATIENCE } from '../lib/waiting.mjs';

const sdks = crew();

eachSdk('leaving with consent ends with 4000', sdks, async (sdk) => {
  for (const type of ['idle', 'idle_state', 'echo']) {
    const client = await sdk.create(type);
    assert.equal(await client.leave(), 4000);
    assert.equal((await client.left()).code, 4000);
  }
  sdk.assertQuiet();
});

eachSdk('a close frame without consent ends the room\'s hold on the client', sdks, async (sdk) => {
  const first = await sdk.create('idle_state');
  const other = await sdk.joinById(first.roomId);
  await first.until((state) => state.players.size === 2);
  if (sdk.sdk !== '0.16') await other.tune({ enabled: false });
  await other.close(4321, 'mine');
  assert.equal((await other.left()).code, 4321);
  await first.until((state) => state.players.size === 1);
  await leaveAll(first);
});

eachSdk('a connection that breaks is noticed', sdks, async (sdk) => {
  const first = await sdk.create('idle_state');
  const other = await sdk.joinById(first.roomId);
  if (sdk.sdk !== '0.16') await other.tune({ enabled: false });
  await first.until((state) => state.players.size === 2);
  await other.drop();
  await first.until((state) => state.players.size === 1);
  await leaveAll(first);
});

eachSdk('ping is answered', sdks, async (sdk) => {
  const client = await sdk.create('idle');
  for (let i = 0; i < 3; i += 1) {
    const milliseconds = await client.ping();
    assert.ok(milliseconds >= 0 && milliseconds < PATIENCE, `${milliseconds} ms`);
  }
  await leaveAll(client);
}, { sdks: SELF_RECONNECTING });

eachSdk('latency is measured without a room', sdks, async (sdk) => {
  const one = await sdk.call('latency', { endpoint: sdk.endpoint });
  const five = await sdk.call('latency', { endpoint: sdk.endpoint, options: { pingCount: 5 } });
  for (const milliseconds of [one, five]) assert.ok(milliseconds >= 0 && milliseconds < PATIENCE, `${milliseconds} ms`);
  const { port } = await sdk.call('fastest', { endpoints: [sdk.endpoint, 'ws://127.0.0.1:9'] });
  assert.equal(String(port), new URL(sdk.endpoint).port);
}, { sdks: SELF_RECONNECTING });

plain('the probe at the root echoes its byte', async () => {
  const raw = await RawSocket.open(endpoints.conformance, '/');
  // All at once: it is closed after a second of silence.
  for (let i = 0; i < 3; i += 1) raw.send([0x12]);
  for (let i = 0; i < 3; i += 1) assert.deepEqual([...await raw.frame()], [0x12]);
  assert.equal((await raw.close()).code, 1000, 'closed after silence');
});
