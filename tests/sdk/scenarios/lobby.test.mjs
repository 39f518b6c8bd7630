// The built-in lobby: the list of rooms, how it changes, and filters. `limited` and `idle` are listed in realtime.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll } from '../lib/scenario.mjs';

const sdks = crew();
let modes = 0;
/** A mode of its own for each scenario, so that no room of another is meant. */
const freshMode = (sdk) => `lobby-${sdk.sdk}-${(modes += 1)}`;

const ids = (rooms) => rooms.map((room) => room.roomId);
/** The next `+` of this room that shows it so. */
const shows = async (lobby, room, test = () => true) => (
  await lobby.message('+', ([id, listing]) => id === room.roomId && test(listing))
)[1];
const goes = (lobby, room) => lobby.message('-', (id) => id === room.roomId);

eachSdk('the list has the public rooms of types that are listed in realtime', sdks, async (sdk) => {
  const mode = freshMode(sdk);
  const open = await sdk.create('limited', { mode });
  const unlimited = await sdk.create('idle');
  const hidden = await sdk.create('limited', { mode });
  const elsewhere = await sdk.create('echo');
  const early = await sdk.joinOrCreate('lobby');
  await early.message('rooms');
  await hidden.send('private', true);
  // The change has reached the lobbies when this one says so.
  await goes(early, hidden);
  const lobby = await sdk.joinOrCreate('lobby');
  const rooms = await lobby.message('rooms');
  assert.ok(ids(rooms).includes(open.roomId));
  for (const room of [hidden, elsewhere]) assert.ok(!ids(rooms).includes(room.roomId), `${room} is in the list`);

  const { createdAt, processId, ...shown } = rooms.find((room) => room.roomId === open.roomId);
  assert.deepEqual(shown, {
    clients: 1, maxClients: 3, locked: false, private: false, unlisted: false, metadata: { mode }, name: 'limited', roomId: open.roomId,
  });
  assert.ok(createdAt instanceof Date && Math.abs(Date.now() - createdAt) < 600_000, `created at ${createdAt}`);
  assert.match(processId, /^[\w-]+$/);
  assert.equal(rooms.find((room) => room.roomId === unlimited.roomId).maxClients, Infinity);
  await leaveAll(open, unlimited, hidden, elsewhere, early, lobby);
  sdk.assertQuiet();
});

eachSdk('a room comes, fills, locks, unlocks and goes', sdks, async (sdk) => {
  const lobby = await sdk.joinOrCreate('lobby');
  await lobby.message('rooms');
  const room = await sdk.create('limited', { mode: freshMode(sdk) });
  await shows(lobby, room, (listing) => listing.clients === 1);
  const others = [await sdk.joinById(room.roomId), await sdk.joinById(room.roomId)];
  await shows(lobby, room, (listing) => listing.clients === 3 && listing.locked);
  await others[0].leave();
  await shows(lobby, room, (listing) => listing.clients === 2 && !listing.locked);
  await room.send('lock', null);
  await shows(lobby, room, (listing) => listing.locked);
  await room.send('metadata', { map: 'dust' });
  await shows(lobby, room, (listing) => listing.metadata.map === 'dust');
  await leaveAll(others[1], room);
  await goes(lobby, room);
  await leaveAll(lobby);
  sdk.assertQuiet();
});

eachSdk('a room that hides goes, and comes back', sdks, async (sdk) => {
  const lobby = await sdk.joinOrCreate('lobby');
  await lobby.message('rooms');
  const room = await sdk.create('limited', { mode: freshMode(sdk) });
  await shows(lobby, room);
  for (const how of ['private', 'unlisted']) {
    await room.send(how, true);
    await goes(lobby, room);
    await room.send(how, false);
    await shows(lobby, room);
  }
  await leaveAll(room, lobby);
  sdk.assertQuiet();
});

eachSdk('a filter holds for the list and for what follows, until there is another', sdks, async (sdk) => {
  const [mine, other] = [freshMode(sdk), freshMode(sdk)];
  const room = await sdk.create('limited', { mode: mine });
  const foreign = await sdk.create('limited', { mode: other });
  const lobby = await sdk.joinOrCreate('lobby', { filter: { name: 'limited', metadata: { mode: mine } } });
  assert.deepEqual(ids(await lobby.message('rooms')), [room.roomId]);

  const second = await sdk.create('limited', { mode: other });
  await foreign.send('metadata', { map: 'dust' });
  // This comes last, and nothing of the others before it.
  await room.send('metadata', { map: 'ice' });
  await shows(lobby, room, (listing) => listing.metadata.map === 'ice');
  assert.deepEqual(lobby.heard('+').filter(([id]) => id !== room.roomId), []);

  await lobby.send('filter', { name: 'limited', metadata: { mode: other } });
  assert.deepEqual(ids(await lobby.message('rooms')).sort(), [foreign.roomId, second.roomId].sort());
  await lobby.send('filter', { name: 'echo' });
  assert.deepEqual(await lobby.message('rooms'), []);
  await lobby.send('filter', {});
  assert.ok(ids(await lobby.message('rooms')).includes(room.roomId));
  await leaveAll(room, foreign, second, lobby);
  sdk.assertQuiet();
});

eachSdk('a filter that is none is refused', sdks, async (sdk) => {
  await assert.rejects(sdk.joinOrCreate('lobby', { filter: 'all' }), /filter/);
  const lobby = await sdk.joinOrCreate('lobby');
  await lobby.send('filter', { name: 7 });
  assert.match((await lobby.error()).message, /`name` of a filter/);
  await lobby.send('hello', 1);
  assert.match((await lobby.error()).message, /no message "hello"/);
  assert.ok(await lobby.isOpen());
  await leaveAll(lobby);
});

eachSdk('many changes at once become few messages', sdks, async (sdk) => {
  const lobby = await sdk.joinOrCreate('lobby');
  await lobby.message('rooms');
  const room = await sdk.create('limited', { mode: freshMode(sdk) });
  const start = Date.now();
  const changes = 500;
  await Promise.all(Array.from({ length: changes }, (_, step) => room.send('metadata', { step })));
  await shows(lobby, room, (listing) => listing.metadata.step === changes - 1);
  const told = lobby.allMessages().filter(([type, [id]]) => type === '+' && id === room.roomId);
  const steps = told.map(([, [, listing]]) => listing.metadata.step ?? -1);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b), 'in order');
  // The host gathers what changes within 50 ms.
  assert.ok(told.length <= (Date.now() - start) / 50 + 3, `${told.length} messages`);
  await leaveAll(room, lobby);
});
