// When the state's changes go out.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll } from '../lib/scenario.mjs';

const sdks = crew();

/** The most milliseconds that a patch may come before its beat, and one for what clocks round off. */
const HEAD_START = 3;

/** What the room's own clock says. Everything that was sent to the room before has been done by then. */
const elapsed = (client) => client.ask('done');

/** Sends changes one by one, each when the last has come, so that each has a patch of its own. */
async function oneByOne(client, changes) {
  const before = await client.changes();
  for (let n = 1; n <= changes; n += 1) {
    await client.send('set', n);
    await client.until((state, wanted) => state.n === wanted, n);
  }
  assert.equal((await client.changes()) - before, changes, 'a patch for each change');
}

for (const interval of [20, 50, 200]) {
  eachSdk(`patches keep an interval of ${interval} ms`, sdks, async (sdk) => {
    const client = await sdk.create('pace');
    await client.until(() => true);
    await client.send('interval', interval);
    const begin = await elapsed(client);
    await oneByOne(client, 6);
    const took = (await elapsed(client)) - begin;
    // Six beats are five intervals. The first patch may be late, by less than an interval, and the last one early.
    assert.ok(took >= 4 * interval - HEAD_START, `six patches within ${took} ms`);
    await leaveAll(client);
  });
}

eachSdk('changes within one interval are one patch', sdks, async (sdk) => {
  const INTERVAL = 300;
  const client = await sdk.create('pace');
  await client.until(() => true);
  await client.send('interval', INTERVAL);
  const before = await client.changes();
  const begin = await elapsed(client);
  for (let n = 1; n <= 100; n += 1) await client.send('set', n);
  await client.until((state) => state.n === 100);
  const intervals = Math.ceil(((await elapsed(client)) - begin) / INTERVAL);
  const patches = (await client.changes()) - before;
  assert.ok(patches <= 1 + intervals, `${patches} patches in ${intervals} intervals`);
  await leaveAll(client);
});

eachSdk('without an interval nothing is sent, until the room asks for it', sdks, async (sdk) => {
  const client = await sdk.create('pace');
  await client.until(() => true);
  await client.send('interval', null);
  await client.ask('done');
  const before = await client.changes();
  for (let n = 1; n <= 5; n += 1) {
    await client.send('set', n);
    await client.ask('done');
  }
  // A room beside it, with an interval, has sent several patches meanwhile.
  const other = await sdk.create('pace');
  await other.until(() => true);
  await oneByOne(other, 4);
  assert.equal(await client.changes(), before, 'no patch');
  await client.send('patch');
  await client.until((state) => state.n === 5);
  assert.equal(await client.changes(), before + 1, 'one patch with all of it');
  const late = await sdk.joinById(client.roomId);
  await late.until((state) => state.n === 5);
  await client.send('set', 6);
  await client.send('interval', 20);
  for (const each of [client, late]) await each.until((state) => state.n === 6);
  await leaveAll(client, late, other);
});
