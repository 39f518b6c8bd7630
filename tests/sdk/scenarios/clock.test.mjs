// Timers and ticks. Every order asked for here is decided by the room's clock, not by the network.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
const any = () => true;
const fired = (client, tag, milliseconds) => client.message('fired', (payload) => payload === tag, milliseconds);
const tags = (client) => client.allMessages().filter(([type]) => type === 'fired').map(([, tag]) => tag);

eachSdk('timers fire in the order in which they are due', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  for (const [tag, ms] of [['c', 900], ['a', 200], ['b', 500], ['a2', 201]]) await client.send('after', { tag, ms });
  await fired(client, 'c');
  assert.deepEqual(tags(client), ['a', 'a2', 'b', 'c']);
  await leaveAll(client);
});

eachSdk('an interval repeats until cleared', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  await client.send('every', { tag: 'beat', ms: 20 });
  for (let i = 0; i < 4; i += 1) await fired(client, 'beat');
  await client.send('clear', 'beat');
  await client.send('after', { tag: 'one', ms: 1 });
  await fired(client, 'one');
  const count = tags(client).filter((tag) => tag === 'beat').length;
  await client.send('after', { tag: 'two', ms: 100 });
  await fired(client, 'two');
  assert.equal(tags(client).filter((tag) => tag === 'beat').length, count);
  await leaveAll(client);
});

eachSdk('a timeout that is cleared does not fire', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  await client.send('after', { tag: 'never', ms: 600 });
  await client.send('clear', 'never');
  await client.send('after', { tag: 'end', ms: 700 });
  await fired(client, 'end');
  assert.deepEqual(tags(client), ['end']);
  await leaveAll(client);
});

eachSdk('a held timer waits, and goes on with the time it had left', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  await client.send('after', { tag: 'held', ms: 400 });
  await client.send('pause', 'held');
  await client.send('after', { tag: 'first', ms: 500 });
  await fired(client, 'first');
  assert.deepEqual(tags(client), ['first']);
  await client.send('resume', 'held');
  await client.send('after', { tag: 'last', ms: 800 });
  await fired(client, 'last');
  assert.deepEqual(tags(client), ['first', 'held', 'last']);
  await leaveAll(client);
});

eachSdk('a timer that is reset starts anew', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  await client.send('after', { tag: 'reset', ms: 1500 });
  await client.send('after', { tag: 'half', ms: 800 });
  await fired(client, 'half');
  await client.send('reset', 'reset');
  await client.send('after', { tag: 'between', ms: 1000 });
  await fired(client, 'reset');
  assert.deepEqual(tags(client), ['half', 'between', 'reset']);
  await leaveAll(client);
});

eachSdk('elapsed grows, ticks come', sdks, async (sdk) => {
  const client = await sdk.create('clock');
  const before = await client.ask('elapsed', null);
  await client.send('after', { tag: 'wait', ms: 50 });
  await fired(client, 'wait');
  const elapsed = (await client.ask('elapsed', null)) - before;
  assert.ok(elapsed >= 50, `elapsed ${elapsed}`);
  assert.equal(await client.ask('ticks', null), 0);
  const start = await client.ask('elapsed', null);
  await client.send('tick', 10);
  const ticks = await eventually(async () => {
    const soFar = await client.ask('ticks', null);
    return soFar >= 20 && soFar;
  }, () => 'ticks did not come');
  const took = (await client.ask('elapsed', null)) - start;
  assert.ok(ticks <= took / 10 + 1, `${ticks} ticks of 10 ms in ${took} ms`);
  await leaveAll(client);
});

together('a timer is heard by everyone', async () => {
  const first = await sdks[SDKS[0]].create('clock');
  const others = await Promise.all(SDKS.slice(1).map((name) => sdks[name].joinById(first.roomId)));
  await first.send('after', { tag: 'all', ms: 10 });
  for (const client of [first, ...others]) assert.equal(await client.message('fired', any), 'all');
  await leaveAll(first, others);
});
