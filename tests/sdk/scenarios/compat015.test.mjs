// SDK 0.15 behind its own path, alone and in one room with the others.
//
// PARLOR_COMPAT_HISTORIES says how many random histories (60); PARLOR_SEED replays one.
import assert from 'node:assert/strict';
import { COMPAT, crew, eachSdk, endpoints, leaveAll, plain, refused, SDKS, together } from '../lib/scenario.mjs';
import { differences } from '../lib/compare.mjs';
import { chosenSeed } from '../lib/random.mjs';
import { fetchRaw } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';
import { echoScenarios } from './shared/echo.mjs';
import { oldPayloads } from './shared/payloads.mjs';
import { assertInStep, surveyed } from './shared/ticker.mjs';
import { playHistory } from './state/history.mjs';

const ALL = [...SDKS, ...COMPAT];
const sdks = crew(() => endpoints.conformance, ALL);
const old = (name, play, timeout) => eachSdk(name, sdks, play, { sdks: COMPAT, timeout });
/** About 100 KiB a patch and 20 patches a second: more in these ticks than a socket and the queue hold. */
const ENTITIES = 5000;
const TICKS = 100;
/** A sign of life, so that the host does not take a client that only sleeps for one that is gone. */
const PING = Uint8Array.of(0x12);

/** A refusal of the matchmaker, with the number that this SDK's servers give. */
function assertRefusal(error, code, text) {
  assert.equal(error.code, code, `code of ${error.name}: ${error.message}`);
  assert.match(error.message, text);
  assert.equal(error.kind.replace(/^_+|\d+$/g, ''), 'MatchMakeError');
}

old('the five ways into a room', async (sdk) => {
  const mode = 'compat015';
  const created = await sdk.create('limited', { mode });
  const joined = await sdk.join('limited', { mode });
  const found = await sdk.joinOrCreate('limited', { mode });
  assert.deepEqual([joined.roomId, found.roomId], [created.roomId, created.roomId]);
  const other = await sdk.joinOrCreate('limited', { mode });
  assert.notEqual(other.roomId, created.roomId, 'the first room is full');
  const byId = await sdk.joinById(other.roomId);
  assert.equal(byId.roomId, other.roomId);
  assert.equal(byId.name, 'limited');
  assert.ok(byId.reconnectionToken.startsWith(`${byId.roomId}:`));
  await leaveAll(created, joined, found, other, byId);
  sdk.assertQuiet();
});

old('options, session and name reach the room', async (sdk) => {
  const options = { text: 'ü', number: 1.5, flag: true, nothing: null, list: [1, 'two'], map: { deep: { er: 1 } } };
  const one = await sdk.create('echo', options);
  const { session, room, name, options: got } = await one.ask('whoami', null);
  assert.deepEqual([session, room, name], [one.sessionId, one.roomId, 'echo']);
  assert.deepEqual(got, options);
  await leaveAll(one);
  sdk.assertQuiet();
});

old('refusals come with the codes of 0.15', async (sdk) => {
  for (const method of ['joinOrCreate', 'create', 'join']) {
    assertRefusal(await refused(sdk[method]('nonsense'), `${method} of an unknown type`), 4210, /"nonsense" not defined/);
  }
  assertRefusal(await refused(sdk.join('limited', { mode: 'compat015-nobody' }), 'joining nothing'), 4211, /no rooms found/);
  assertRefusal(await refused(sdk.joinById('nowhere'), 'joining an unknown room'), 4212, /room "nowhere" not found/);
  const held = await sdk.create('hold', { seconds: 5 });
  assertRefusal(await refused(sdk.reconnect(`${held.roomId}:wrong`), 'a wrong token'), 4214, /token/);
  await leaveAll(held);
});

old('a bearer token is checked, and refusals keep the room\'s own code', async (sdk) => {
  const client = await sdk.create('auth', {}, { authToken: 'good' });
  assert.deepEqual(await client.message('auth'), { user: 'good' });
  assertRefusal(await refused(sdk.joinById(client.roomId, {}, { authToken: 'bad' }), 'a bad token'), 401, /bad token/);
  assertRefusal(await refused(sdk.joinById(client.roomId), 'no token'), 4215, /./);
  await leaveAll(client);
});

echoScenarios(sdks, 'echo', oldPayloads, COMPAT);

old('available rooms are listed', async (sdk) => {
  const room = await sdk.create('limited', { mode: 'compat015-listed' });
  await room.send('metadata', { map: 'dust' });
  const listed = async (name) => (await sdk.call('rooms', { endpoint: sdk.endpoint, name })).find((r) => r.roomId === room.roomId);
  const entry = await eventually(async () => {
    const found = await listed('limited');
    return found?.metadata?.map === 'dust' && found;
  }, () => 'the room was not listed with its metadata');
  const { clients, maxClients, locked, name } = entry;
  assert.deepEqual([clients, maxClients, locked, name], [1, 3, false, 'limited']);
  assert.ok(await listed(undefined), 'rooms of all types are listed');
  assert.equal(await listed('echo'), undefined);
  await room.send('private', true);
  await eventually(async () => (await listed('limited')) === undefined, () => 'a private room stayed in the list');
  await leaveAll(room);
  sdk.assertQuiet();
});

old('leaving ends with 4000, other ends with their own codes', async (sdk) => {
  for (const type of ['idle', 'idle_state', 'echo']) assert.equal(await (await sdk.create(type)).leave(), 4000);
  const first = await sdk.create('idle_state');
  for (const go of [(client) => client.close(4321, 'mine'), (client) => client.drop(), (client) => client.leave(false)]) {
    const other = await sdk.joinById(first.roomId);
    await first.until((state) => state.players.size === 2);
    await go(other);
    await first.until((state) => state.players.size === 1);
  }
  await leaveAll(first);
  const room = await sdk.create('limited', { mode: 'compat015-end' });
  const other = await sdk.joinById(room.roomId);
  await room.send('disconnect', 4123);
  for (const client of [room, other]) assert.equal((await client.left()).code, 4123);
});

old('a drop holds the seat, and the token brings the client back', async (sdk) => {
  const observer = await sdk.create('hold', { seconds: 5 });
  const player = await sdk.joinById(observer.roomId);
  await player.send('mark', { score: 7 });
  const token = await player.token();
  await player.drop();
  assert.equal((await player.left()).code, 1006);
  await eventually(async () => (await observer.ask('events', null)).some(([name]) => name === 'drop'), () => 'the room saw no drop');
  const back = await sdk.reconnect(token);
  assert.equal(back.sessionId, player.sessionId);
  assert.deepEqual(await back.message('marked'), { score: 7 });
  assert.equal((await refused(sdk.reconnect(token), 'the old token')).code, 4214);
  await leaveAll(observer, back);
});

old('a client that comes back has the whole state', async (sdk) => {
  const observer = await sdk.create('state');
  const player = await sdk.joinById(observer.roomId);
  const first = [['player', 'goes', { x: 1, y: 2, name: 'goes', hp: 3 }], ['favorite', 'goes'], ['item', 0, { id: 1, count: 1 }],
    ['item', 1, { id: 2, count: 2 }], ['tag', 'old'], ['bag', { id: 9, count: 9 }], ['dog', 4, 'wuff'], ['counter', 1]];
  await observer.send('apply', first);
  for (const client of [observer, player]) await client.until((state) => state.counter === 1);
  const token = await player.token();
  await player.drop();
  await observer.send('apply', [['player-del', 'goes'], ['favorite', null], ['item-del', 0], ['tag-del', 'old'], ['bag-clear'],
    ['player', 'new', { x: 9, y: 9, name: 'new', hp: 9 }], ['bird', 2, 2], ['counter', 2]]);
  await observer.until((state) => state.counter === 2);
  const back = await sdk.reconnect(token);
  await back.until((state) => state.counter === 2);
  assert.deepEqual(differences(await back.ordered(), await observer.ordered()), []);
  await observer.send('apply', [['player-x', 'new', 5], ['items-clear'], ['zoo-del', 0], ['counter', 3]]);
  for (const client of [observer, back]) await client.until((state) => state.counter === 3);
  assert.deepEqual(differences(await back.ordered(), await observer.ordered()), []);
  await leaveAll(observer, back);
});

old('a client that reads too slowly is taken in again, with its fellows', async (sdk) => {
  const fellow = await sdk.create('ticker', { entities: ENTITIES });
  const slow = await sdk.joinById(fellow.roomId);
  for (const client of [fellow, slow]) await client.until((state, n) => state.entities?.size === n, ENTITIES, 20_000);
  await slow.pause();
  // It answers no ping, so it has to speak by itself.
  const awake = setInterval(() => slow.raw(PING).catch(() => {}), 1000);
  const { tick } = await surveyed(fellow);
  await fellow.until((state, x) => state.entities.get('e0').x >= x, (tick + TICKS) * 0.25, 60_000).finally(() => clearInterval(awake));
  const missed = (await surveyed(fellow)).tick;
  await slow.resume();
  await slow.until((state, x) => state.entities.get('e0').x > x, missed * 0.25, 30_000);
  for (const client of [fellow, slow]) {
    assert.ok((await client.frames())[0x0e] >= 2, 'both got the whole state again');
    assertInStep(await surveyed(client), ENTITIES, `${client}`);
    const { leaked, untracked, miscounted } = await client.audit();
    assert.deepEqual([leaked, untracked, miscounted], [[], [], []]);
  }
  await leaveAll(slow, fellow);
  sdk.assertQuiet();
}, 120_000);

old('refusals are replies like others, and let browsers in', async () => {
  const { status, body, headers } = await fetchRaw(endpoints.conformance, {
    method: 'POST', path: '/compat015/matchmake/joinById/nowhere', headers: { origin: 'https://game.example' }, body: '{}',
  });
  assert.deepEqual([status, JSON.parse(body).code], [200, 4212]);
  assert.equal(headers['access-control-allow-origin'], 'https://game.example');
});

const replay = process.env.PARLOR_SEED !== undefined;
const count = replay ? 1 : Number(process.env.PARLOR_COMPAT_HISTORIES ?? 60);

if (COMPAT.length > 0 && SDKS.length > 0) {
  together(`${count} random histories of all SDKs`, async (t) => {
    const first = chosenSeed();
    t.diagnostic(`seeds ${first} to ${first + count - 1}; replay one with PARLOR_SEED=<seed>`);
    for (let seed = first; seed < first + count; seed += 1) {
      await playHistory(seed, sdks, ALL);
      for (const name of ALL) sdks[name].assertQuiet();
    }
  }, { timeout: 600_000 });
} else {
  plain('random histories of all SDKs', () => {}, { skip: 'needs 0.15 and another SDK' });
}
