// Rooms that take their time, and rooms that say no: what the client's promise gets, and what the room keeps of
// clients that came too many, too early, or not to the end.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused } from '../lib/scenario.mjs';
import { fetchRaw, matchmake, RawSocket } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
/** Longer than a frame's way there and back, by far. Milliseconds. */
const A_WHILE = 150;
/** A code that a room may give, but that no HTTP reply can have as its status. */
const NOT_A_STATUS = 4321;

const eventsOf = async (client, session) => (await client.ask('events')).filter(([, who]) => who === session);

/** What a listing says of a room. */
async function listed(sdk, { name, roomId }) {
  const { body } = await fetchRaw(sdk.endpoint, { path: `/matchmake/${name}` });
  return JSON.parse(body).find((entry) => entry.roomId === roomId);
}

for (const [what, create, join] of [
  ['takes no time', 0, 0], ['takes its time to begin', A_WHILE, 0], ['takes its time over a join', 0, A_WHILE], ['takes its time over both', A_WHILE, A_WHILE],
]) {
  eachSdk(`a room that ${what} is created and joined`, sdks, async (sdk) => {
    const start = performance.now();
    const one = await sdk.create('entry', { create_ms: create, join_ms: join });
    const two = await sdk.joinById(one.roomId, { join_ms: join });
    assert.ok(performance.now() - start >= create + 2 * join);
    for (const client of [one, two]) await client.until((state) => state.arrivals === 2);
    assert.equal(two.roomId, one.roomId);
    await leaveAll(one, two);
    sdk.assertQuiet();
  });
}

eachSdk('two that come at once for the last two seats share the room', sdks, async (sdk) => {
  const mode = `two-${sdk.sdk}`;
  const host = await sdk.create('limited', { mode });
  const pair = await Promise.all([sdk.joinOrCreate('limited', { mode }), sdk.joinOrCreate('limited', { mode })]);
  for (const client of pair) assert.equal(client.roomId, host.roomId);
  assert.equal((await refused(sdk.join('limited', { mode }), 'a third')).code, 521);
  await leaveAll(host, pair);
});

eachSdk('a refusal to be joined reaches the promise, code and text, and frees the seat', sdks, async (sdk) => {
  const host = await sdk.create('entry', { max_clients: 2 });
  for (const code of [4000, NOT_A_STATUS, 401]) {
    const error = await refused(sdk.joinById(host.roomId, { refuse: { at: 'join', code, message: `not you: ${code}` } }), 'joining');
    assert.equal(error.code, code);
    assert.equal(error.message, `not you: ${code}`);
  }
  const second = await sdk.joinById(host.roomId);
  const joined = (await host.ask('events')).map(([event, session]) => [event, session]);
  assert.deepEqual(joined, [['join', host.sessionId], ['join', second.sessionId]], 'the room knows of nobody else');
  await leaveAll(host, second);
});

eachSdk('a refusal to be created reaches the promise, and there is no room', sdks, async (sdk) => {
  const rooms = async () => JSON.parse((await fetchRaw(sdk.endpoint, { path: '/matchmake/entry' })).body).length;
  const before = await rooms();
  const error = await refused(sdk.create('entry', { refuse: { at: 'create', code: 418, message: 'no such map' } }), 'creating');
  assert.equal(error.code, 418);
  assert.equal(error.message, 'no such map');
  assert.equal(await rooms(), before);
});

eachSdk('authentication refuses with a status of its own', sdks, async (sdk) => {
  const refuse = (code) => ({ refuse: { at: 'auth', code, message: `auth says ${code}` } });
  for (const code of [400, 401, 403, 499, 525, 599]) {
    const error = await refused(sdk.joinOrCreate('entry', refuse(code)), 'entering');
    assert.equal(error.code, code);
    assert.equal(error.message, `auth says ${code}`);
  }
  const { status, reply } = await matchmake(sdk.endpoint, 'create', 'entry', refuse(NOT_A_STATUS));
  assert.deepEqual([status, reply.code, reply.error], [523, NOT_A_STATUS, `auth says ${NOT_A_STATUS}`], 'what is no HTTP status is in the body');
});

eachSdk('authentication sees the client\'s address, token and headers', sdks, async (sdk) => {
  const plain = await sdk.create('entry', {}, { authToken: 'a.b-c' });
  const { address, token } = await plain.message('visitor');
  assert.equal(address, '127.0.0.1');
  assert.equal(token, 'a.b-c');
  const claims = { 'x-forwarded-for': '203.0.113.7, 10.0.0.1', 'x-real-ip': '203.0.113.7', 'x-client-ip': '203.0.113.7' };
  const proxied = await sdk.create('entry', {}, { headers: { ...claims, 'user-agent': 'tests' } });
  const seen = await proxied.message('visitor');
  assert.equal(seen.address, '127.0.0.1', 'what a client says of itself is not believed');
  assert.equal(seen.agent, 'tests');
  await leaveAll(plain, proxied);
});

eachSdk('slow authentication lets no more in than there are seats', sdks, async (sdk) => {
  const host = await sdk.create('entry', { max_clients: 3 });
  const attempts = Array.from({ length: 8 }, (_v, i) => sdk.joinById(host.roomId, { auth_ms: 10 * i, join_ms: 5 }));
  const outcomes = await Promise.allSettled(attempts);
  const entered = outcomes.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  assert.equal(entered.length, 2);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) assert.equal(reason.code, 522, reason.message);
  const listing = await listed(sdk, host);
  assert.ok(!listing || (listing.clients === 3 && listing.locked), JSON.stringify(listing));
  await leaveAll(host, entered);
});

eachSdk('a client that is gone before it is in is discarded', sdks, async (sdk) => {
  const host = await sdk.create('entry', { max_clients: 2 });
  const { reply } = await matchmake(sdk.endpoint, 'joinById', host.roomId, { join_ms: A_WHILE });
  const raw = await RawSocket.open(sdk.endpoint, `/${reply.processId}/${reply.roomId}?sessionId=${reply.sessionId}`);
  raw.end();
  const seen = await eventually(async () => {
    const events = await eventsOf(host, reply.sessionId);
    return events.some(([event]) => event === 'leave') && events;
  }, () => 'the room never saw it leave');
  assert.deepEqual(seen.map(([event]) => event), ['join', 'leave'], 'what joined has left, in this order');
  const second = await eventually(() => sdk.joinById(host.roomId).catch(() => false), () => 'its seat was not freed');
  await leaveAll(host, second);
});

eachSdk('a seat that nobody takes is free again after its time', sdks, async (sdk) => {
  const host = await sdk.create('entry', { max_clients: 2, seat_ms: 3000 });
  const { status, reply } = await matchmake(sdk.endpoint, 'joinById', host.roomId);
  assert.equal(status, 200);
  assert.equal((await refused(sdk.joinById(host.roomId), 'a third')).code, 522, 'the seat counts');
  const second = await eventually(() => sdk.joinById(host.roomId).catch(() => false), () => 'the seat was never free again');
  const late = await RawSocket.open(sdk.endpoint, `/${reply.processId}/${reply.roomId}?sessionId=${reply.sessionId}`);
  assert.equal((await late.frame())[0], 0x0b, 'an error frame');
  assert.equal((await late.close()).code, 4002);
  await leaveAll(host, second);
});

eachSdk('a room whose first seat nobody takes ends', sdks, async (sdk) => {
  const { status, reply } = await matchmake(sdk.endpoint, 'create', 'entry', { seat_ms: 3000 });
  assert.equal(status, 200);
  const room = { name: 'entry', roomId: reply.roomId };
  assert.ok(await listed(sdk, room), 'it is there while the seat waits');
  await eventually(async () => !(await listed(sdk, room)), () => 'the room stayed');
  assert.equal((await refused(sdk.joinById(reply.roomId), 'joining')).code, 522);
});
