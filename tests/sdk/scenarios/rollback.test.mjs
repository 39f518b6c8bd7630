// A new build that does not work: rooms go back to what they had, and so does the whole type if it is too many.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { component, Deployed, disturbances } from '../lib/deployed.mjs';
import { crew, leaveAll, SDKS, together } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';

const ROOMS = 40;
/** Percent of the rooms. */
const CANARY = 30;
/** Rooms that may fall back. */
const FALLBACKS = 2;
/** Longer than any test. */
const NEVER = '1h';
/** For a canary that is waited for. */
const SOON = '5s';

const reload = (rules) => ({ folder: 'reload/a', settings: `reload = { ${rules} }\nrecovery = { checkpoint-interval = "20ms" }` });
/** Each test has a type of its own. */
const TYPES = {
  refusing: reload(''),
  early: reload(`trial-calls = 1000000, trial-time = "1ms"`),
  late: reload(`trial-calls = 1, trial-time = "${NEVER}"`),
  proved: reload('trial-calls = 1, trial-time = "1ms"'),
  many: reload(`trial-time = "${NEVER}", max-fallbacks = ${FALLBACKS}`),
  unrestorable: reload(`max-fallbacks = ${FALLBACKS}`),
  shared: reload(`canary = ${CANARY}, canary-time = "${NEVER}"`),
  failing: reload(`canary = ${CANARY}, canary-time = "${SOON}", trial-time = "${NEVER}", max-fallbacks = 0`),
  followed: reload(`canary = ${CANARY}, canary-time = "${SOON}"`),
  unfit: reload(''),
};

let deployed;
const sdks = crew(async () => {
  deployed = await Deployed.start('rollback', TYPES);
  return deployed.host.endpoint;
});
after(() => deployed?.host.stop());

/** One client per SDK in one new room, each of which notes the versions that it sees. */
async function gather(type) {
  const first = await sdks[SDKS[0]].create(type);
  const others = await Promise.all(SDKS.slice(1).map((sdk) => sdks[sdk].joinById(first.roomId)));
  const clients = [first, ...others];
  await Promise.all(clients.map(watch));
  return clients;
}

async function watch(client) {
  await client.until((state) => state.version !== undefined);
  await client.evaluate((room) => {
    room.versionsSeen = [room.state.version];
    room.onStateChange((state) => {
      if (room.versionsSeen.at(-1) !== state.version) room.versionsSeen.push(state.version);
    });
  });
}
const seen = (client) => client.evaluate((room) => room.versionsSeen);

/** Rooms of one client each, the SDKs in turn. */
const open = (type, rooms) => Promise.all(Array.from({ length: rooms }, async (_none, n) => {
  const client = await sdks[SDKS[n % SDKS.length]].create(type);
  await watch(client);
  return client;
}));

async function add(client, times) {
  for (let n = 0; n < times; n += 1) await client.send('add');
}

/** What clients see once all that was sent has come to the room, and what the room itself has then. */
async function assertAt(clients, version, count) {
  await Promise.all(clients.map((client) => client.until((state, at) => state.version === at.version && state.count === at.count, { version, count })));
  assert.deepEqual(await clients[0].ask('both'), [count, count]);
}

/** All stayed, and heard of no fault but those that their own messages ran into. */
async function assertConnected(clients, faulted = []) {
  for (const client of clients) {
    assert.ok(await client.isOpen(), `SDK ${client.sdk} is connected`);
    const expected = faulted.includes(client) ? 1 : 0;
    assert.equal(disturbances(client).length, expected, `SDK ${client.sdk}: ${JSON.stringify(disturbances(client))}`);
  }
}

const builds = async (type) => Object.fromEntries((await deployed.versions(type)).rooms.map(({ build, rooms }) => [build, rooms]));
const buildOf = async (type) => (await deployed.versions(type)).current.build;

together('`restore` of the new build fails: the old code goes on, clients see nothing, and the host says why', async () => {
  const clients = await gather('refusing');
  const before = await buildOf('refusing');
  await add(clients[0], 3);
  await clients[0].send('order', 'restore');
  await assertAt(clients, 'a', 3);
  assert.equal(await deployed.deploy('refusing', 'reload/c'), 0);
  await deployed.host.says(/^refusing: 1 room keeps the old code: `restore` of the new version failed: trap in `restore`/);
  await deployed.host.says(/told to break.*room_type=refusing/);
  for (const client of clients) await add(client, 1);
  await assertAt(clients, 'a', 3 + clients.length);
  for (const client of clients) assert.deepEqual(await seen(client), ['a'], `SDK ${client.sdk}`);
  await assertConnected(clients);
  assert.deepEqual(await builds('refusing'), { [before]: 1 });
  await leaveAll(clients);
});

together('the new build traps within its first calls: the room is back on the old code with what was saved', async () => {
  const clients = await gather('early');
  const old = await buildOf('early');
  await add(clients[0], 3);
  await clients[0].send('order', { add: 3 });
  await assertAt(clients, 'a', 3);
  assert.equal(await deployed.deploy('early', 'reload/c'), 1);
  await assertAt(clients, 'c', 3);
  await add(clients[1], 3);
  await clients[1].error();
  await assertAt(clients, 'a', 3);
  await add(clients[2], 4);
  await assertAt(clients, 'a', 7);
  for (const client of clients) assert.deepEqual(await seen(client), ['a', 'c', 'a'], `SDK ${client.sdk}`);
  await assertConnected(clients, [clients[1]]);
  assert.deepEqual(await builds('early'), { [old]: 1 });
  assert.deepEqual((await deployed.versions('early')).bad, []);
  await leaveAll(clients);
});

together('the new build traps after enough calls, but too soon: the room is back on the old code', async () => {
  const clients = await gather('late');
  const old = await buildOf('late');
  await add(clients[0], 2);
  await clients[0].send('order', { add: 30 });
  await assertAt(clients, 'a', 2);
  assert.equal(await deployed.deploy('late', 'reload/c'), 1);
  await add(clients[1], 29);
  await assertAt(clients, 'c', 31);
  await add(clients[1], 1);
  await clients[1].error();
  await assertAt(clients, 'a', 2);
  await assertConnected(clients, [clients[1]]);
  assert.deepEqual(await builds('late'), { [old]: 1 });
  await leaveAll(clients);
});

together('the new build traps after its trial: the room goes on from its checkpoint with the new code', async () => {
  const clients = await gather('proved');
  const old = await buildOf('proved');
  await add(clients[0], 2);
  await clients[0].send('order', { add: 5 });
  await assertAt(clients, 'a', 2);
  assert.equal(await deployed.deploy('proved', 'reload/c'), 1);
  const current = await buildOf('proved');
  assert.notEqual(current, old);
  await add(clients[1], 4);
  await assertAt(clients, 'c', 6);
  // Two beats of its timer: the trial is over, and a checkpoint has been made since.
  const { beats } = await clients[0].json();
  await clients[0].until((state, wanted) => state.beats >= wanted, beats + 2);
  await add(clients[1], 1);
  await clients[1].error();
  await assertAt(clients, 'c', 6);
  // The order is in the checkpoint; so many more are counted anew.
  await add(clients[2], 2);
  await assertAt(clients, 'c', 8);
  for (const client of clients) assert.deepEqual(await seen(client), ['a', 'c'], `SDK ${client.sdk}`);
  await assertConnected(clients, [clients[1]]);
  assert.deepEqual(await builds('proved'), { [current]: 1 });
  await leaveAll(clients);
});

together('more rooms fell back than may: all go back, the build is marked as bad, and is refused', async () => {
  const clients = await open('many', 2 * (FALLBACKS + 1));
  const [failing, sound] = [clients.slice(0, FALLBACKS + 1), clients.slice(FALLBACKS + 1)];
  const old = await buildOf('many');
  await Promise.all(failing.map((client) => client.send('order', { add: 1 })));
  await Promise.all(clients.map((client) => client.ask('both')));
  assert.equal(await deployed.deploy('many', 'reload/c'), clients.length);
  const bad = await buildOf('many');
  await Promise.all(sound.map((client) => add(client, 2)));
  await Promise.all(sound.map((client) => assertAt([client], 'c', 2)));
  for (const client of failing.slice(0, FALLBACKS)) {
    await add(client, 1);
    await client.error();
    await assertAt([client], 'a', 0);
  }
  assert.equal(await buildOf('many'), bad, 'so many are tolerated');
  await add(failing.at(-1), 1);
  await failing.at(-1).error();
  await deployed.host.says(/marked as bad: all rooms go back.*room_type=many/);
  // What happened under the bad build in rooms where it worked is kept.
  await Promise.all(sound.map((client) => assertAt([client], 'a', 2)));
  await Promise.all(failing.map((client) => assertAt([client], 'a', 0)));
  await eventually(async () => (await builds('many'))[old] === clients.length, () => 'rooms stayed on the bad build');
  const shown = await deployed.versions('many');
  assert.deepEqual([shown.current.build, shown.candidate, shown.bad], [old, null, [bad]]);
  const fresh = await open('many', 2);
  for (const client of fresh) assert.deepEqual(await seen(client), ['a']);
  deployed.bring('many', component('reload/c'));
  await deployed.host.says(new RegExp(`many.*build ${bad} failed in too many rooms and is marked as bad`));
  await deployed.host.says(/^many: what ran before goes on/);
  for (const client of clients) await add(client, 1);
  await Promise.all([...failing.map((client) => assertAt([client], 'a', 1)), ...sound.map((client) => assertAt([client], 'a', 3))]);
  await assertConnected([...clients, ...fresh], failing);
  await leaveAll(clients, fresh);
});

together('`restore` fails in more rooms than may: the build is bad for new rooms too', async () => {
  const clients = await open('unrestorable', 2 * (FALLBACKS + 1));
  const [failing, sound] = [clients.slice(0, FALLBACKS + 1), clients.slice(FALLBACKS + 1)];
  const old = await buildOf('unrestorable');
  await Promise.all(failing.map((client) => client.send('order', 'restore')));
  await Promise.all(clients.map((client) => client.ask('both')));
  deployed.bring('unrestorable', component('reload/c'));
  await deployed.host.says(/the room keeps the old version: `restore` of the new version failed.*room_type=unrestorable/);
  await deployed.host.says(/marked as bad: all rooms go back.*room_type=unrestorable/);
  await eventually(async () => (await builds('unrestorable'))[old] === clients.length, () => 'rooms stayed on the bad build');
  const { bad, current } = await deployed.versions('unrestorable');
  assert.deepEqual([bad.length, current.build], [1, old]);
  await Promise.all(sound.map((client) => client.until((state) => state.version === 'a')));
  for (const client of failing) assert.deepEqual(await seen(client), ['a']);
  await assertConnected(clients);
  await leaveAll(clients);
});

together('a canary: always the same rooms try a new build, and the others stay on theirs', async () => {
  const clients = await open('shared', ROOMS);
  const trying = async (version) => (await Promise.all(clients.map(async (client) => ((await seen(client)).at(-1) === version ? client.roomId : undefined)))).filter(Boolean);
  const old = await buildOf('shared');
  const tried = await deployed.deploy('shared', 'reload/b');
  assert.ok(tried > 0 && tried < ROOMS, `${tried} of ${ROOMS}`);
  const share = await eventually(async () => {
    const rooms = await trying('b');
    return rooms.length === tried && rooms;
  }, () => 'clients did not see as many rooms change as the host said');
  const { candidate, current } = await deployed.versions('shared');
  assert.equal(current.build, old);
  assert.deepEqual(await builds('shared'), { [candidate.build]: tried, [old]: ROOMS - tried });
  assert.equal(await deployed.deploy('shared', 'reload/c'), tried);
  await Promise.all(clients.filter(({ roomId }) => share.includes(roomId)).map((client) => client.until((state) => state.version === 'c')));
  assert.deepEqual(await trying('c'), share, 'the same rooms');
  // New rooms are drawn by the same lot.
  const fresh = await open('shared', ROOMS);
  const versions = (await Promise.all(fresh.map(seen))).map(([version]) => version);
  assert.deepEqual([...new Set(versions)].sort(), ['a', 'c']);
  const inShare = versions.filter((version) => version === 'c').length;
  const next = (await deployed.versions('shared')).candidate.build;
  assert.deepEqual(await builds('shared'), { [next]: tried + inShare, [old]: 2 * ROOMS - tried - inShare });
  await assertConnected([...clients, ...fresh]);
  await leaveAll(clients, fresh);
});

together('a candidate that fails never reaches the rest; one that does not is followed by all', async () => {
  const clients = await open('failing', ROOMS);
  await Promise.all(clients.map((client) => client.send('order', { add: 1 })));
  await Promise.all(clients.map((client) => client.ask('both')));
  const old = await buildOf('failing');
  const tried = await deployed.deploy('failing', 'reload/c');
  assert.ok(tried > 0 && tried < ROOMS, `${tried} of ${ROOMS}`);
  const trying = [];
  for (const client of clients) {
    if (await client.evaluate((room) => room.state.version === 'c')) trying.push(client);
  }
  // They are told in a patch, which may be on its way.
  const [first] = trying.length > 0 ? trying : [await Promise.any(clients.map(async (client) => client.until((state) => state.version === 'c').then(() => client)))];
  await add(first, 1);
  await first.error();
  await deployed.host.says(/marked as bad: all rooms go back.*room_type=failing/);
  await eventually(async () => (await builds('failing'))[old] === ROOMS, () => 'rooms stayed on the candidate');
  assert.equal((await deployed.versions('failing')).candidate, null);

  // Brought in later, with as long a canary: when all have it, that of the other is over as well.
  const others = await open('followed', ROOMS);
  const some = await deployed.deploy('followed', 'reload/b');
  assert.ok(some > 0 && some < ROOMS, `${some} of ${ROOMS}`);
  await deployed.host.says(/the version has proved itself.*room_type=followed/, 30_000);
  await Promise.all(others.map((client) => client.until((state) => state.version === 'b')));
  const followed = await deployed.versions('followed');
  assert.deepEqual([followed.candidate, followed.rooms], [null, [{ build: followed.current.build, rooms: ROOMS }]]);
  await assertConnected(others);

  assert.deepEqual(await builds('failing'), { [old]: ROOMS });
  await Promise.all(clients.map((client) => client.until((state) => state.version === 'a')));
  const sawIt = (await Promise.all(clients.map(seen))).filter((versions) => versions.includes('c'));
  assert.ok(sawIt.length <= tried, `${sawIt.length} rooms of ${tried} saw the candidate`);
  await assertConnected(clients, [first]);
  await leaveAll(clients, others);
}, { timeout: 90_000 });

together('a component that is no room is refused, and what ran before goes on', async () => {
  const clients = await gather('unfit');
  const old = await buildOf('unfit');
  const file = join(tmpdir(), `parlor-unfit-${process.pid}.wasm`);
  const header = [0x00, 0x61, 0x73, 0x6d];
  for (const [bytes, complaint] of [
    // A component with nothing in it; a core module; no WebAssembly at all.
    [[...header, 0x0d, 0, 1, 0], /^room type `unfit`: .*parlor:room/],
    [[...header, 1, 0, 0, 0], /^room type `unfit`: .*component/],
    [[...Buffer.from('not yet')], /^room type `unfit`: /],
  ]) {
    writeFileSync(file, Uint8Array.from(bytes));
    deployed.bring('unfit', file);
    await deployed.host.says(complaint);
    await deployed.host.says(/^unfit: what ran before goes on/);
    for (const client of clients) await add(client, 1);
  }
  await assertAt(clients, 'a', 3 * clients.length);
  for (const client of clients) assert.deepEqual(await seen(client), ['a'], `SDK ${client.sdk}`);
  await assertConnected(clients);
  assert.deepEqual(await builds('unfit'), { [old]: 1 });
  assert.equal(await deployed.deploy('unfit', 'reload/b'), 1, 'one that fits is taken after that');
  await assertAt(clients, 'b', 3 * clients.length);
  await leaveAll(clients);
});
