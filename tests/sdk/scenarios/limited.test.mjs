// Rooms with a limit: locking, filters, order, what a listing shows, and what a room can set about itself.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused } from '../lib/scenario.mjs';
import { fetchRaw } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
let modes = 0;
/** A mode of its own for each scenario, so that no room of another is found. */
const freshMode = (sdk) => `mode-${sdk.sdk}-${(modes += 1)}`;

async function listed(sdk, room) {
  const { body } = await fetchRaw(sdk.endpoint, { path: '/matchmake/limited' });
  return JSON.parse(body).find((entry) => entry.roomId === room.roomId);
}

/** A setting shows when the listing does (or does not) say so. */
const shows = (sdk, room, test, what) => eventually(
  async () => test(await listed(sdk, room)), () => `the listing never showed: ${what}`,
);

const is = (code, text) => (error) => error.code === code && (!text || text.test(error.message));

eachSdk('a full room locks by itself and unlocks when a seat is free', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const clients = [];
  for (let i = 0; i < 3; i += 1) clients.push(await sdk.joinOrCreate('limited', { mode }));
  assert.equal(new Set(clients.map((c) => c.roomId)).size, 1);
  const fourth = await sdk.joinOrCreate('limited', { mode });
  assert.notEqual(fourth.roomId, clients[0].roomId);
  await assert.rejects(sdk.joinById(clients[0].roomId), is(522, /locked/));
  await clients[0].leave();
  const again = await eventually(() => sdk.joinById(clients[1].roomId).catch(() => false), () => 'the room did not unlock');
  assert.equal(again.roomId, clients[1].roomId);
  await leaveAll(clients, fourth, again);
});

eachSdk('rooms are found by mode only', sdks, async (sdk) => {
  const [one, two] = [freshMode(sdk), freshMode(sdk)];
  const a = await sdk.joinOrCreate('limited', { mode: one });
  const b = await sdk.joinOrCreate('limited', { mode: two });
  assert.notEqual(a.roomId, b.roomId);
  assert.equal((await sdk.join('limited', { mode: two })).roomId, b.roomId);
  await assert.rejects(sdk.join('limited', { mode: freshMode(sdk) }), is(521));
  await leaveAll(a, b);
});

eachSdk('the fullest room comes first', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const lonely = await sdk.create('limited', { mode });
  const busy = await sdk.create('limited', { mode });
  const second = await sdk.joinById(busy.roomId, { mode });
  const found = await sdk.join('limited', { mode });
  assert.equal(found.roomId, busy.roomId);
  await leaveAll(lonely, busy, second, found);
});

eachSdk('lock and unlock', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const room = await sdk.create('limited', { mode });
  await room.send('lock', null);
  // A locked room may be left out of the listing, or be shown as locked.
  await shows(sdk, room, (entry) => !entry || entry.locked, 'locked');
  await assert.rejects(sdk.join('limited', { mode }), is(521));
  await assert.rejects(sdk.joinById(room.roomId), is(522, /locked/));
  await room.send('unlock', null);
  await shows(sdk, room, (entry) => entry && !entry.locked, 'unlocked');
  const other = await sdk.join('limited', { mode });
  assert.equal(other.roomId, room.roomId);
  await leaveAll(room, other);
});

eachSdk('an explicit lock outlives the automatic one', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const room = await sdk.create('limited', { mode });
  const others = await Promise.all([sdk.joinById(room.roomId), sdk.joinById(room.roomId)]);
  await room.send('lock', null);
  await others[0].leave();
  await shows(sdk, room, (entry) => !entry || (entry.clients === 2 && entry.locked), 'two clients, and locked still');
  await assert.rejects(sdk.joinById(room.roomId), is(522, /locked/));
  await room.send('unlock', null);
  const again = await eventually(() => sdk.joinById(room.roomId).catch(() => false), () => 'it did not unlock');
  // Full again: what was unlocked locks by itself.
  await assert.rejects(sdk.joinById(room.roomId), is(522, /locked/));
  await leaveAll(room, others, again);
});

eachSdk('a private room is found by its id only', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const room = await sdk.create('limited', { mode });
  await room.send('private', true);
  await shows(sdk, room, (entry) => !entry, 'private');
  await assert.rejects(sdk.join('limited', { mode }), is(521));
  const other = await sdk.joinById(room.roomId);
  await room.send('private', false);
  await shows(sdk, room, (entry) => entry, 'public again');
  await leaveAll(room, other);
});

eachSdk('an unlisted room is still found by matchmaking', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const room = await sdk.create('limited', { mode });
  await room.send('unlisted', true);
  await shows(sdk, room, (entry) => !entry || entry.unlisted, 'unlisted');
  const other = await sdk.join('limited', { mode });
  assert.equal(other.roomId, room.roomId);
  await leaveAll(room, other);
});

eachSdk('metadata is shown in the listing', sdks, async (sdk) => {
  const room = await sdk.create('limited', { mode: freshMode(sdk) });
  await room.send('metadata', { map: 'dust', players: [1, 2] });
  await shows(sdk, room, (entry) => entry?.metadata?.map === 'dust', 'metadata');
  assert.deepEqual((await listed(sdk, room)).metadata.players, [1, 2]);
  await leaveAll(room);
});

eachSdk('another limit locks and unlocks', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const room = await sdk.create('limited', { mode });
  await room.send('max-clients', 1);
  await shows(sdk, room, (entry) => !entry || entry.locked, 'a lower limit that locks');
  assert.equal((await refused(sdk.join('limited', { mode }), 'joining')).code, 521);
  await room.send('max-clients', 2);
  const other = await eventually(() => sdk.join('limited', { mode }).catch(() => false), () => 'a higher limit did not unlock');
  assert.equal(other.roomId, room.roomId);
  await leaveAll(room, other);
});

eachSdk('disconnect closes everyone with the code, and the room is gone', sdks, async (sdk) => {
  const room = await sdk.create('limited', { mode: freshMode(sdk) });
  const other = await sdk.joinById(room.roomId);
  await room.send('disconnect', 4123);
  for (const client of [room, other]) assert.equal((await client.left()).code, 4123);
  await eventually(async () => (await refused(sdk.joinById(room.roomId), 'joining')).code === 522, () => 'the room stayed');
});

eachSdk('fifty rooms at once', sdks, async (sdk) => {
  const clients = await Promise.all(Array.from({ length: 50 }, () => sdk.create('limited', { mode: 'fifty' })));
  assert.equal(new Set(clients.map((c) => c.roomId)).size, 50);
  await leaveAll(clients);
});

eachSdk('thirty that come at once fill ten rooms', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const clients = await Promise.all(Array.from({ length: 30 }, () => sdk.joinOrCreate('limited', { mode })));
  const sizes = new Map();
  for (const { roomId } of clients) sizes.set(roomId, (sizes.get(roomId) ?? 0) + 1);
  assert.ok([...sizes.values()].every((size) => size <= 3), 'no room has more than three');
  assert.equal(sizes.size, 10, `rooms: ${[...sizes.values()].join(' ')}`);
  await leaveAll(clients);
});
