// How clients part from a room, and a room from its clients: on-leave runs to its end before any connection closes.
import assert from 'node:assert/strict';
import { crew, eachSdk, refused, SDKS } from '../lib/scenario.mjs';

const sdks = crew();
const A_WHILE = 300;

/** Two clients of a room whose on-leave takes a while; the second is of this SDK. */
async function stage(sdk, options = {}) {
  const observer = await sdks[SDKS[0]].create('entry', { leave_ms: A_WHILE, ...options });
  return { observer, player: await sdk.joinById(observer.roomId) };
}

eachSdk('leaving takes as long as on-leave', sdks, async (sdk) => {
  const { observer, player } = await stage(sdk);
  const start = performance.now();
  assert.equal(await player.leave(), 4000);
  assert.ok(performance.now() - start > 0.9 * A_WHILE);
  assert.equal(await player.message('farewell'), 4000);
  assert.equal(await observer.message('going'), player.sessionId);
  await observer.leave();
});

for (const [given, told] of [[4321, 4321], [1000, 1000], [1005, 4000], [2000, 4000]]) {
  eachSdk(`sent away with ${given}, a client is told so before it is closed with ${told}`, sdks, async (sdk) => {
    const { observer, player } = await stage(sdk);
    await observer.send('kick', { code: given, session: player.sessionId });
    assert.equal(await observer.message('going'), player.sessionId);
    assert.equal(await player.message('farewell'), told);
    const { code, reason } = await player.left();
    assert.equal(code, told);
    if (reason) assert.equal(reason, 'sent away');
    const events = (await observer.ask('events')).filter(([, who]) => who === player.sessionId);
    assert.deepEqual(events.map(([event]) => event), ['join', 'leave'], 'no drop');
    await observer.leave();
  });
}

eachSdk('a room that disconnects is out of matchmaking at once, and tells all the first code', sdks, async (sdk) => {
  const { observer, player } = await stage(sdk);
  await observer.send('disconnect', 4500);
  // The first on-leave has begun and goes on for a while.
  await player.message('going');
  assert.equal((await refused(sdk.joinById(observer.roomId), 'joining a room that ends')).code, 522);
  for (const client of [observer, player]) {
    assert.equal(await client.message('farewell'), 4500);
    assert.equal((await client.left()).code, 4500);
  }
});

eachSdk('a room that disconnects while it is created was never there', sdks, async (sdk) => {
  const { code, message } = await refused(sdk.create('entry', { disconnect: true }), 'creating it');
  assert.equal(code, 523);
  assert.match(message, /on-create/);
});
