// Coming back, as the SDKs live it: by themselves, with what they had queued, and what they are told when it is over.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused, SELF_RECONNECTING } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';
import { EAGER, eventsOf, seen, stage } from './shared/hold.mjs';

const sdks = crew();
const BY_THEMSELVES = { sdks: SELF_RECONNECTING };
/** Comes back, but not before the test has done something else. */
const LATER = { ...EAGER, enabled: true, delay: 3000, minDelay: 3000, maxDelay: 3000 };
const ABNORMAL = 1006;
const FAILED_TO_RECONNECT = 4003;

const names = (events) => events.map(([name]) => name);

eachSdk('what was sent meanwhile arrives, all of it, in its order', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.tune({ ...EAGER, enabled: true });
  await player.drop();
  await player.dropped();
  // As many as the SDK keeps.
  for (let n = 0; n < 10; n += 1) await player.send('say', n);
  await player.reconnected();
  for (let n = 0; n < 10; n += 1) assert.deepEqual(await observer.message('said'), [player.sessionId, n]);
  await leaveAll(observer, player);
  sdk.assertQuiet();
}, BY_THEMSELVES);

eachSdk('what the room says in its hook comes after the client has heard that it is back', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.tune({ ...EAGER, enabled: true });
  await player.send('mark', 'x');
  await eventsOf(player, '');
  await player.drop();
  await player.message('marked');
  const order = player.inbox.all.map(({ event, type }) => type ?? event).filter((what) => ['drop', 'reconnect', 'marked'].includes(what));
  assert.deepEqual(order, ['drop', 'reconnect', 'marked']);
  await leaveAll(observer, player);
}, BY_THEMSELVES);

eachSdk('callbacks tell of what came and went meanwhile, and of nothing twice', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 }, 'state');
  await player.tune(LATER);
  const someone = (name) => ({ x: 1, y: 2, name, hp: 3 });
  await observer.send('apply', [
    ['player', 'stays', someone('stays')], ['player', 'goes', someone('goes')], ['item', 0, { id: 1, count: 1 }], ['item', 1, { id: 2, count: 1 }],
    ['score', 'stays', 1], ['score', 'goes', 1], ['counter', 1],
  ]);
  await player.until((state) => state.counter === 1);
  for (const field of ['players', 'items', 'scores']) await player.follow(field);
  await player.drop();
  await player.dropped();
  await observer.send('apply', [
    ['player-del', 'goes'], ['player', 'comes', someone('comes')], ['score-del', 'goes'], ['score', 'comes', 2], ['counter', 2],
  ]);
  await player.reconnected();
  await player.until((state) => state.counter === 2);
  // One more, so that the callbacks before it have been called.
  await observer.send('apply', [['player', 'last', someone('last')], ['counter', 3]]);
  await player.until((state) => state.counter === 3);
  const count = (field, event, key) => player.comings(field).filter((each) => each[0] === event && each[1] === key).length;
  for (const field of ['players', 'scores']) {
    assert.deepEqual([count(field, 'added', 'stays'), count(field, 'removed', 'stays')], [1, 0], `${field}: what stayed`);
    assert.deepEqual([count(field, 'added', 'goes'), count(field, 'removed', 'goes')], [1, 1], `${field}: what went`);
    assert.deepEqual([count(field, 'added', 'comes'), count(field, 'removed', 'comes')], [1, 0], `${field}: what came`);
  }
  assert.deepEqual(player.comings('items').map(([event]) => event), ['added', 'added'], 'items: nothing came or went');
  await leaveAll(observer, player);
  sdk.assertQuiet();
}, BY_THEMSELVES);

eachSdk('a hook that fails gives the seat up', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5, faulty: true });
  const token = await player.token();
  await player.drop();
  assert.deepEqual(names(await seen(observer, player.sessionId, 'leave')), ['join', 'drop', 'leave']);
  assert.equal((await refused(sdk.reconnect(token), 'coming back')).code, 524);
  await leaveAll(observer);
});

eachSdk('a client that comes back while its old connection looks alive takes the seat over', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.send('mark', 'mine');
  await eventsOf(player, '');
  const back = await sdk.reconnect(await player.token());
  assert.equal(back.sessionId, player.sessionId);
  assert.equal(await back.message('marked'), 'mine');
  assert.equal((await player.left()).code, 4002, 'the old connection is closed');
  assert.deepEqual(names(await eventsOf(observer, player.sessionId)), ['join', 'drop', 'reconnect']);
  await leaveAll(observer, back);
});

// Alone in its process: the SDKs skip every other connection when several hear that the network is gone.
eachSdk('a network that goes away brings the client back at once', sdks, async (sdk) => {
  const player = await sdk.create('hold', { seconds: 5 });
  await player.tune({ ...EAGER, enabled: true });
  await player.send('mark', 'x');
  await eventsOf(player, '');
  await sdk.call('offline');
  assert.equal((await player.dropped()).code, 4010);
  await player.reconnected();
  assert.equal(await player.message('marked'), 'x');
  assert.deepEqual(names(await eventsOf(player, player.sessionId)), ['join', 'drop', 'reconnect']);
  assert.equal(await player.leave(), 4000);
  const said = sdk.takeWarnings();
  assert.ok(said.every((text) => text.includes('Network offline')), said.join('\n'));
}, BY_THEMSELVES);

eachSdk('leaving without consent from a seat that is not held ends with 4003', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 0 });
  await player.tune({ ...EAGER, enabled: true });
  assert.equal(await player.leave(false), FAILED_TO_RECONNECT);
  assert.deepEqual(names(await eventsOf(observer, player.sessionId)), ['join', 'drop', 'leave']);
  await leaveAll(observer);
}, BY_THEMSELVES);

eachSdk('leaving without consent soon after joining ends with 1006', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 0 });
  await player.tune({ enabled: true });
  assert.equal(await player.leave(false), ABNORMAL);
  assert.deepEqual(names(await seen(observer, player.sessionId, 'leave')), ['join', 'drop', 'leave']);
  await leaveAll(observer);
}, BY_THEMSELVES);

eachSdk('leaving without consent from a held seat is a drop, and the client comes back', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 5 });
  await player.tune({ ...EAGER, enabled: true });
  const over = player.leave(false);
  await player.reconnected();
  assert.deepEqual(names(await eventsOf(observer, player.sessionId)), ['join', 'drop', 'reconnect']);
  await player.leave();
  assert.equal(await over, 4000);
  await leaveAll(observer);
}, BY_THEMSELVES);

eachSdk('a room whose last client does not come back is disposed after the grace', sdks, async (sdk) => {
  const player = await sdk.create('hold', { seconds: 1 });
  if (sdk.sdk !== '0.16') await player.tune({ enabled: false });
  const token = await player.token();
  const start = performance.now();
  await player.drop();
  await player.left();
  const code = () => sdk.joinById(player.roomId).then(async (visitor) => { await leaveAll(visitor); return undefined; }, (error) => error.code);
  assert.equal(await code(), undefined, 'during the grace the room is there');
  await eventually(async () => (await code()) === 522, () => 'the room stayed');
  assert.ok(performance.now() - start > 900, 'not before the grace was over');
  assert.ok([522, 524].includes((await refused(sdk.reconnect(token), 'coming back')).code));
});

eachSdk('a room that disconnects during the grace lets nobody back', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 60 });
  const token = await player.token();
  await player.drop();
  await seen(observer, player.sessionId, 'drop');
  await observer.send('disconnect', 4321);
  assert.equal((await observer.left()).code, 4321);
  await eventually(async () => [522, 524].includes((await refused(sdk.reconnect(token), 'coming back')).code), () => 'the room stayed');
});

eachSdk('a client on its way back to a room that has disconnected is told 4003', sdks, async (sdk) => {
  const { observer, player } = await stage(sdks, sdk, { seconds: 60 });
  await player.tune(LATER);
  await player.drop();
  await player.dropped();
  await observer.send('disconnect', 4000);
  assert.equal((await observer.left()).code, 4000);
  assert.equal((await player.left()).code, FAILED_TO_RECONNECT);
}, BY_THEMSELVES);
