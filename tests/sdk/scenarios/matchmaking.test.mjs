// Which room a client gets: filters, ranges, order, races, and every way in which there is none.
import assert from 'node:assert/strict';
import { crew, eachSdk, endpoints, leaveAll, plain, together, SDKS } from '../lib/scenario.mjs';
import { fetchRaw, matchmake } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
let modes = 0;
/** A mode of its own for each scenario, so that no room of another is found. */
const fresh = (sdk) => `${sdk?.sdk ?? 'all'}-${process.pid}-${(modes += 1)}`;

const is = (code, text) => (error) => {
  assert.equal(error.code, code, error.message);
  if (text) assert.match(error.message, text);
  return true;
};

/** Rooms that this scenario's filters are tried on; who looks for one gets its name, or nothing. */
async function stage(sdk, rooms) {
  const mode = fresh(sdk);
  const created = {};
  for (const [name, options] of Object.entries(rooms)) created[name] = await sdk.create('neighbours', { mode, ...options });
  const find = async (options) => {
    const { status, reply } = await matchmake(sdk.endpoint, 'join', 'neighbours', { mode, ...options });
    assert.ok(status === 200 || status === 521, `${status} ${JSON.stringify(reply)}`);
    return Object.keys(created).find((name) => created[name].roomId === reply.roomId);
  };
  return { mode, created, find, end: () => leaveAll(Object.values(created)) };
}

eachSdk('filters by one field, and by many', sdks, async (sdk) => {
  const { find, end } = await stage(sdk, { red: { side: 'red' }, blue: { side: 'blue' }, none: {} });
  assert.equal(await find({ side: 'red' }), 'red');
  assert.equal(await find({ side: 'blue' }), 'blue');
  assert.equal(await find({ side: 'green' }), undefined);
  assert.equal(await find({ side: 'red', mode: 'another' }), undefined);
  assert.ok(await find({}));
  const client = await sdk.join('neighbours', { side: 'blue', mode: (await stage(sdk, { blue: { side: 'blue' } })).mode });
  assert.equal(client.name, 'neighbours');
  await end();
  await leaveAll(client);
});

eachSdk('filters by what rooms say in their metadata', sdks, async (sdk) => {
  const { find, created, end } = await stage(sdk, { one: { side: 'red' }, two: { metadata: { side: 'blue', level: 9 } } });
  assert.equal(await find({ side: 'blue' }), 'two');
  assert.equal(await find({ level: 8 }), 'two');
  await created.one.send('merge', { side: 'blue', level: 1 });
  await eventually(async () => (await find({ level: 1 })) === 'one', () => 'the new metadata was not found');
  assert.equal(await find({ side: 'red' }), undefined);
  await end();
});

eachSdk('ranges: near, from, to, between, one of, not', sdks, async (sdk) => {
  const { find, end } = await stage(sdk, {
    low: { level: 10, rating: 100, map: 'dust', size: 2, host: 'ada' },
    high: { level: 20, rating: 200, map: 'ice', size: 8, host: 'bob' },
  });
  assert.equal(await find({ level: 6 }), 'low');
  assert.equal(await find({ level: 15.5 }), 'high');
  assert.equal(await find({ level: 4.9 }), undefined);
  assert.equal(await find({ minRating: 150 }), 'high');
  assert.equal(await find({ maxRating: 150 }), 'low');
  assert.equal(await find({ minRating: 120, maxRating: 180 }), undefined);
  assert.equal(await find({ minRating: 200, maxRating: 200 }), 'high');
  assert.equal(await find({ sizes: [3, 8] }), 'high');
  assert.equal(await find({ sizes: [3, 7] }), undefined);
  assert.equal(await find({ maps: ['ice', 'lava'] }), 'high');
  assert.equal(await find({ maps: ['lava'] }), undefined);
  assert.equal(await find({ notHost: 'ada' }), 'high');
  assert.equal(await find({ moreThan: 1000 }), undefined);
  assert.ok(await find({ moreThan: 0 }));
  await end();
});

eachSdk('an option that a filter can do nothing with is refused with 400', sdks, async (sdk) => {
  for (const [options, text] of [
    [{ level: 'high' }, /option "level" must be a number/],
    [{ minRating: [1] }, /option "minRating" must be a number or a text/],
    [{ maps: 'ice' }, /option "maps" must be a list/],
    [{ sizes: [1] }, /option "sizes" must be a list of two/],
    [{ maps: Array(65).fill('ice') }, /at most 64/],
  ]) {
    for (const method of ['join', 'joinOrCreate', 'create']) await assert.rejects(sdk[method]('neighbours', options), is(400, text));
  }
});

eachSdk('the best room comes first, in both directions', sdks, async (sdk) => {
  const { mode, created, find, end } = await stage(sdk, { b: { rank: 2 }, a: { rank: 1 }, c: { rank: 3 }, none: {} });
  assert.equal(await find({}), 'a');
  // The same rooms under a type that sorts the other way round.
  const ids = {};
  for (const rank of [2, 3, 1]) ids[rank] = (await created.a.ask('create', { name: 'nested', options: { metadata: { mode, rank } } })).ok;
  assert.equal((await matchmake(sdk.endpoint, 'join', 'nested', { mode })).reply.roomId, ids[3]);
  // Of two that are equal in the first, the fuller one; of two that are equal in all, the older.
  const twins = await stage(sdk, { old: { rank: 1 }, full: { rank: 1 }, young: { rank: 1 } });
  assert.equal(await twins.find({}), 'old');
  await leaveAll(twins.created.old);
  const second = await sdk.joinById(twins.created.full.roomId);
  assert.equal(await twins.find({}), 'full');
  await Promise.all([end(), twins.end(), leaveAll(second)]);
});

eachSdk('private and locked rooms are found by nobody, by id only if not locked', sdks, async (sdk) => {
  const { find, created, end } = await stage(sdk, { hidden: { private: true, side: 'a' } });
  assert.equal(await find({ side: 'a' }), undefined);
  const byId = await sdk.joinById(created.hidden.roomId);
  await created.hidden.send('matchmaking', { private: false, locked: true });
  await assert.rejects(eventually(() => sdk.joinById(created.hidden.roomId).then((c) => leaveAll(c).then(() => false)), () => 'never locked'), is(522, /locked/));
  assert.equal(await find({ side: 'a' }), undefined);
  await created.hidden.send('matchmaking', { locked: false });
  await eventually(async () => (await find({ side: 'a' })) === 'hidden', () => 'the room did not open');
  await end();
  await leaveAll(byId);
});

eachSdk('each error has its code', sdks, async (sdk) => {
  await assert.rejects(sdk.create('nonsense'), is(520, /"nonsense" not defined/));
  await assert.rejects(sdk.join('neighbours', { mode: fresh(sdk) }), is(521, /no rooms found/));
  await assert.rejects(sdk.joinById('nowhere'), is(522, /"nowhere" not found/));
  await assert.rejects(sdk.create('trap', { in: 'on-create', where: 'panic' }), is(523));
  const client = await sdk.create('hold', { seconds: 5 });
  await assert.rejects(sdk.reconnect(`${client.roomId}:wrong`), is(524));
  await assert.rejects(sdk.create('auth', { token: 'who' }), is(525));
  await assert.rejects(sdk.create('trap', { in: 'on-join', where: 'panic' }), is(526));
  await assert.rejects(sdk.create('neighbours', { max_clients: 0 }), is(523, /already full/));
  // A room's own refusal: as the status where it is one, else beside 523.
  await assert.rejects(sdk.create('neighbours', { refuse: 418 }), is(418, /not today/));
  const { status, reply } = await matchmake(sdk.endpoint, 'create', 'neighbours', { refuse: 4242 });
  assert.deepEqual([status, reply], [523, { code: 4242, error: 'not today' }]);
  await leaveAll(client);
});

eachSdk('a refused room was never there', sdks, async (sdk) => {
  const mode = fresh(sdk);
  await assert.rejects(sdk.joinOrCreate('neighbours', { mode, refuse: 418 }), is(418));
  await assert.rejects(sdk.join('neighbours', { mode }), is(521));
  const after = await sdk.joinOrCreate('neighbours', { mode });
  await leaveAll(after);
});

plain('only as many rooms of a type as the operator allows', async () => {
  const sdk = sdks[SDKS[0]];
  const asked = await Promise.all(Array.from({ length: 8 }, () => sdk.create('few').catch((error) => error)));
  const rooms = asked.filter((one) => one.roomId);
  assert.equal(rooms.length, 2);
  for (const error of asked.filter((one) => !one.roomId)) is(527, /as many rooms of the type "few" as this server allows \(2\)/)(error);
  // Those that are there can still be joined.
  const guest = await sdk.joinOrCreate('few');
  assert.ok(rooms.some((room) => room.roomId === guest.roomId));
  const maker = await sdk.create('neighbours');
  const answer = await maker.ask('create', { name: 'few' });
  assert.deepEqual([answer.error, /as many rooms/.test(answer.text)], ['failed', true]);
  await leaveAll(rooms, guest);
  const again = await eventually(() => sdk.create('few').catch(() => false), () => 'no place became free');
  await leaveAll(again, maker);
});

eachSdk('rooms that only rooms may make', sdks, async (sdk) => {
  const mode = fresh(sdk);
  for (const method of ['create', 'joinOrCreate']) {
    await assert.rejects(sdk[method]('nested', { mode }), is(403, /"nested" are not created by clients/));
  }
  await assert.rejects(sdk.join('nested', { mode }), is(521));
  const maker = await sdk.create('neighbours');
  const { ok: id } = await maker.ask('create', { name: 'nested', options: { metadata: { mode } } });
  const client = await sdk.joinOrCreate('nested', { mode });
  assert.equal(client.roomId, id);
  await leaveAll(maker, client);
});

together('fifty rooms at once are fifty rooms', async () => {
  const sdk = sdks[SDKS[0]];
  const asked = await Promise.all(Array.from({ length: 50 }, () => matchmake(sdk.endpoint, 'create', 'idle')));
  assert.deepEqual([...new Set(asked.map(({ status }) => status))], [200]);
  assert.equal(new Set(asked.map(({ reply }) => reply.roomId)).size, 50);
});

together('all who ask for the same at once share one room, however long it takes to be made', async () => {
  for (const options of [{}, { slow_ms: 200 }]) {
    const mode = fresh();
    const clients = await Promise.all(Array.from({ length: 30 }, (_, i) => sdks[SDKS[i % SDKS.length]].joinOrCreate('neighbours', { mode, ...options })));
    assert.equal(new Set(clients.map((client) => client.roomId)).size, 1);
    assert.equal(new Set(clients.map((client) => client.sessionId)).size, 30);
    await leaveAll(clients);
  }
});

together('a room of three takes three, and as few rooms are made as are needed', async () => {
  const mode = fresh();
  const asked = await Promise.all(Array.from({ length: 30 }, () => matchmake(endpoints.conformance, 'joinOrCreate', 'limited', { mode })));
  const seats = new Map();
  for (const { status, reply } of asked) {
    assert.equal(status, 200, JSON.stringify(reply));
    seats.set(reply.roomId, (seats.get(reply.roomId) ?? 0) + 1);
  }
  assert.deepEqual([...seats.values()], Array(10).fill(3));
});

together('who asks for the last seat at once gets it or is told that there is none', async () => {
  const sdk = sdks[SDKS[0]];
  const mode = fresh();
  const client = await sdk.create('limited', { mode });
  const asked = await Promise.all(Array.from({ length: 20 }, () => matchmake(endpoints.conformance, 'join', 'limited', { mode })));
  const statuses = asked.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 2);
  for (const status of statuses) assert.ok([200, 521, 523].includes(status), String(status));
  const listed = JSON.parse((await fetchRaw(endpoints.conformance, { path: '/matchmake/limited' })).body);
  assert.equal(listed.some((room) => room.roomId === client.roomId), false);
  await leaveAll(client);
});
