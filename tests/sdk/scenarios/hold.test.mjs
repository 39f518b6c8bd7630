// Lost connections: held seats, coming back by token or by itself, and what is left when nobody does.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused, SELF_RECONNECTING } from '../lib/scenario.mjs';
import { differences } from '../lib/compare.mjs';
import { EAGER, eventsOf, seen, stage } from './shared/hold.mjs';

const sdks = crew();
eachSdk('a drop holds the seat, and the token brings the client back', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.send('mark', { score: 7 });
  const token = await player.token();
  await player.drop();
  assert.equal((await player.left()).code, 1006);
  assert.equal((await seen(observer, player.sessionId, 'drop')).at(-1)[0], 'drop');
  const back = await sdk.reconnect(token);
  assert.equal(back.sessionId, player.sessionId);
  assert.equal(back.roomId, player.roomId);
  assert.deepEqual(await back.message('marked'), { score: 7 });
  assert.notEqual(await back.token(), token, 'a new token for each connection');
  assert.deepEqual((await eventsOf(observer, player.sessionId)).map(([name]) => name), ['join', 'drop', 'reconnect']);
  const error = await refused(sdk.reconnect(token), 'the old token');
  assert.equal(error.code, 524);
  assert.equal(await back.leave(), 4000);
  const all = await seen(observer, player.sessionId, 'leave');
  assert.deepEqual(all.at(-1), ['leave', player.sessionId, 4000]);
  await leaveAll(observer);
});

eachSdk('a wrong token does not burn the seat', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  const token = await player.token();
  await player.drop();
  await seen(observer, player.sessionId, 'drop');
  assert.equal((await refused(sdk.reconnect(`${player.roomId}:wrong`), 'a wrong token')).code, 524);
  const back = await sdk.reconnect(token);
  assert.equal(back.sessionId, player.sessionId);
  await leaveAll(back, observer);
});

eachSdk('a seat that is not held is gone at once', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 0 });
  const token = await player.token();
  await player.drop();
  const all = await seen(observer, player.sessionId, 'leave');
  assert.deepEqual(all.map(([name]) => name), ['join', 'drop', 'leave']);
  assert.equal((await refused(sdk.reconnect(token), 'coming back')).code, 524);
  await leaveAll(observer);
});

eachSdk('a held seat expires', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 1 });
  const token = await player.token();
  const start = performance.now();
  await player.drop();
  const all = await seen(observer, player.sessionId, 'leave');
  assert.ok(performance.now() - start > 900, 'not before its time');
  assert.deepEqual(all.map(([name]) => name), ['join', 'drop', 'leave']);
  assert.equal((await refused(sdk.reconnect(token), 'coming back')).code, 524);
  await leaveAll(observer);
});

eachSdk('a seat held until released ends when the room says so', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: -1 });
  const token = await player.token();
  await player.drop();
  await seen(observer, player.sessionId, 'drop');
  await observer.send('release', player.sessionId);
  await seen(observer, player.sessionId, 'leave');
  assert.equal((await refused(sdk.reconnect(token), 'coming back')).code, 524);
  await leaveAll(observer);
});

eachSdk('leaving with consent is no drop', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  assert.equal(await player.leave(), 4000);
  assert.deepEqual((await seen(observer, player.sessionId, 'leave')).map(([name]) => name), ['join', 'leave']);
  await leaveAll(observer);
});

eachSdk('coming back by itself, with what was sent meanwhile', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.tune({ ...EAGER, enabled: true });
  await player.send('mark', 'before');
  await player.drop();
  assert.equal((await player.dropped()).code, 1006);
  await player.send('mark', 'meanwhile');
  await player.reconnected();
  assert.equal(await player.message('marked'), 'before');
  assert.deepEqual((await eventsOf(observer, player.sessionId)).map(([name]) => name), ['join', 'drop', 'reconnect']);
  // The queued message went out behind the new connection's JOIN: the next return brings its mark.
  await player.drop();
  await player.dropped();
  await player.reconnected();
  assert.equal(await player.message('marked'), 'meanwhile');
  assert.equal(await player.leave(), 4000);
  await leaveAll(observer);
  sdk.assertQuiet();
}, { sdks: SELF_RECONNECTING });

eachSdk('an SDK whose seat is gone is told 4003', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 0 });
  await player.tune({ ...EAGER, enabled: true });
  await player.drop();
  await player.dropped();
  assert.equal((await player.left()).code, 4003);
  await leaveAll(observer);
}, { sdks: SELF_RECONNECTING });

eachSdk('the state is right after coming back, whatever changed meanwhile', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 }, 'state');
  await player.tune({ ...EAGER, enabled: true, delay: 300, minDelay: 300 });
  await observer.send('apply', [
    ['player', 'stays', { x: 1, y: 2, name: 'stays', hp: 3 }], ['player', 'goes', { x: 1, y: 2, name: 'goes', hp: 3 }],
    ['favorite', 'goes'], ['score', 'a', 1], ['score', 'b', 2], ['item', 0, { id: 1, count: 1 }], ['item', 1, { id: 2, count: 2 }],
    ['num', 0, 1], ['num', 1, 2], ['num', 2, 3], ['name', 0, 'x'], ['tag', 'old'], ['tag', 'both'], ['bag', { id: 9, count: 9 }],
    ['dog', 4, 'wuff'], ['bird', 2, 2], ['counter', 1],
  ]);
  await player.until((state) => state.counter === 1);
  await player.drop();
  await player.dropped();
  await observer.send('apply', [
    ['player-del', 'goes'], ['favorite', null], ['player', 'new', { x: 9, y: 9, name: 'new', hp: 9 }], ['score-del', 'a'],
    ['item-del', 0], ['num-del', 0], ['nums-reverse'], ['name', 0, 'y'], ['tag-del', 'old'], ['tag', 'new'], ['bag-clear'],
    ['zoo-del', 0], ['counter', 2],
  ]);
  await observer.until((state) => state.counter === 2);
  await player.reconnected();
  await player.until((state) => state.counter === 2);
  assert.deepEqual(differences(await player.ordered(), await observer.ordered()), []);
  const books = await player.audit();
  assert.deepEqual([books.leaked, books.untracked], [[], []]);
  // What is changed from here on still finds its place.
  await observer.send('apply', [['player-x', 'stays', 5], ['items-clear'], ['tag-del', 'both'], ['player-del', 'new'], ['counter', 3]]);
  for (const client of [observer, player]) await client.until((state) => state.counter === 3);
  assert.deepEqual(differences(await player.ordered(), await observer.ordered()), []);
  await leaveAll(observer, player);
  sdk.assertQuiet();
}, { sdks: SELF_RECONNECTING });
