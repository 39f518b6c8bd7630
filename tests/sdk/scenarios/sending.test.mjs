// What a room says to clients that are still on their way in, and behind which patch it is heard.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll } from '../lib/scenario.mjs';

const sdks = crew();

eachSdk('what is sent and broadcast during a join comes behind the snapshot', sdks, async (sdk) => {
  const first = await sdk.create('entry');
  const second = await sdk.joinById(first.roomId);
  for (const [client, arrivals] of [[first, [first, second]], [second, [second]]]) {
    const visitor = await client.messageEvent('visitor');
    assert.ok(visitor.changes >= 1, 'the state was there before the first message');
    for (const { sessionId } of arrivals) {
      const arrived = await client.messageEvent('arrived');
      assert.equal(arrived.payload, sessionId);
      assert.ok(arrived.changes >= 1);
    }
  }
  assert.deepEqual(second.allMessages().map(([type]) => type), ['visitor', 'arrived'], 'nothing from before its time');
  assert.equal((await second.json()).arrivals, 2, 'its own join is in the snapshot');
  await leaveAll(first, second);
  sdk.assertQuiet();
});

eachSdk('many messages sent before the join completes arrive in order, none written over', sdks, async (sdk) => {
  const COUNT = 300;
  const client = await sdk.create('entry', { greetings: COUNT });
  for (let n = 0; n < COUNT; n += 1) assert.deepEqual(await client.message('greeting'), [n, 'x'.repeat(n)]);
  await leaveAll(client);
  sdk.assertQuiet();
});

eachSdk('what is held back for the next patch goes out even if nothing changed', sdks, async (sdk) => {
  const client = await sdk.create('pace');
  await client.until(() => true);
  const before = await client.changes();
  for (let n = 0; n < 3; n += 1) assert.equal(await client.ask('after', n), n);
  assert.equal(await client.changes(), before);
  await leaveAll(client);
});

eachSdk('what is held back keeps its order, and what is not held back overtakes it', sdks, async (sdk) => {
  const client = await sdk.create('pace');
  await client.until(() => true);
  // No patch until it is asked for.
  await client.send('interval', null);
  await client.send('set', 1);
  for (let n = 0; n < 3; n += 1) await client.send('after', n);
  await client.ask('done');
  assert.deepEqual(client.heard('after'), [], 'held back');
  const before = await client.changes();
  await client.send('patch');
  for (let n = 0; n < 3; n += 1) {
    const event = await client.messageEvent('after');
    assert.equal(event.payload, n);
    assert.equal(event.changes, before + 1, 'behind the patch');
  }
  assert.equal((await client.json()).n, 1);
  await leaveAll(client);
});
