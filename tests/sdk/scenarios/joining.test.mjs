// Getting into a room: the five ways, and what each SDK is told when there is none.
import assert from 'node:assert/strict';
import { crew, eachSdk, endpoints, leaveAll, plain, refused, SDKS, together } from '../lib/scenario.mjs';
import { fetchRaw, matchmake, RawSocket } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
const ID = /^[A-Za-z0-9_-]+$/;

/** 0.17 and 0.18 have a class for refusals of the matchmaker; 0.16 takes a bad HTTP status for a server's error. */
function assertRefusal(error, code, text) {
  assert.equal(error.code, code, `code of ${error.name}: ${error.message}`);
  if (text !== undefined) assert.match(error.message, text);
  assert.equal(error.kind.replace(/^_+|\d+$/g, ''), error.sdk === '0.16' ? 'ServerError' : 'MatchMakeError');
}

eachSdk('create gives a new room each time', sdks, async (sdk) => {
  const [one, two] = await Promise.all([sdk.create('idle'), sdk.create('idle')]);
  assert.notEqual(one.roomId, two.roomId);
  assert.notEqual(one.sessionId, two.sessionId);
  for (const client of [one, two]) {
    assert.match(client.roomId, ID);
    assert.match(client.sessionId, ID);
    assert.equal(client.name, 'idle');
    assert.ok(client.reconnectionToken.startsWith(`${client.roomId}:`));
  }
  await leaveAll(one, two);
  sdk.assertQuiet();
});

eachSdk('joinOrCreate creates, then joins', sdks, async (sdk) => {
  const mode = `joining-${sdk.sdk}`;
  const one = await sdk.joinOrCreate('limited', { mode });
  const two = await sdk.joinOrCreate('limited', { mode });
  assert.equal(two.roomId, one.roomId);
  await leaveAll(one, two);
});

eachSdk('join finds a room that is there', sdks, async (sdk) => {
  const mode = `join-${sdk.sdk}`;
  const one = await sdk.create('limited', { mode });
  const two = await sdk.join('limited', { mode });
  assert.equal(two.roomId, one.roomId);
  await leaveAll(one, two);
});

eachSdk('join without any room is refused with 521', sdks, async (sdk) => {
  const error = await refused(sdk.join('limited', { mode: `nobody-${sdk.sdk}` }), 'joining nothing');
  assertRefusal(error, 521, /no rooms found/);
});

eachSdk('joinById finds the room', sdks, async (sdk) => {
  const one = await sdk.create('echo');
  const two = await sdk.joinById(one.roomId);
  assert.equal(two.roomId, one.roomId);
  assert.equal(two.name, 'echo');
  await leaveAll(one, two);
});

eachSdk('joinById of an unknown id is refused with 522', sdks, async (sdk) => {
  assertRefusal(await refused(sdk.joinById('nowhere'), 'joining an unknown room'), 522, /room "nowhere" not found/);
});

eachSdk('a room that has ended is not found', sdks, async (sdk) => {
  const one = await sdk.create('idle');
  await one.leave();
  await eventually(async () => {
    const { status, reply } = await matchmake(sdk.endpoint, 'joinById', one.roomId);
    return status === 522 && /not found|disposed|locked/.test(reply.error);
  }, () => 'the empty room did not end');
});

eachSdk('an unknown room type is refused with 520', sdks, async (sdk) => {
  for (const method of ['joinOrCreate', 'create', 'join']) {
    const error = await refused(sdk[method]('nonsense'), `${method} of an unknown type`);
    assertRefusal(error, 520, /"nonsense" not defined/);
  }
});

eachSdk('reconnect with a wrong token is refused with 524', sdks, async (sdk) => {
  const one = await sdk.create('hold', { seconds: 5 });
  const error = await refused(sdk.reconnect(`${one.roomId}:wrong`), 'a wrong token');
  assertRefusal(error, 524, /token/);
  await leaveAll(one);
});

eachSdk('options, session and name reach the room', sdks, async (sdk) => {
  const options = { text: 'ü', number: 1.5, flag: true, nothing: null, list: [1, 'two'], map: { deep: { er: 1 } } };
  const one = await sdk.create('echo', options);
  const who = await one.ask('whoami', null);
  assert.equal(who.session, one.sessionId);
  assert.equal(who.room, one.roomId);
  assert.equal(who.name, 'echo');
  assert.deepEqual(who.options, options);
  await leaveAll(one);
  sdk.assertQuiet();
});

together('all SDKs that come at once share one room', async () => {
  const mode = 'at-once';
  const clients = await Promise.all(SDKS.map((name) => sdks[name].joinOrCreate('limited', { mode })));
  assert.equal(new Set(clients.map((c) => c.roomId)).size, 1);
  assert.equal(new Set(clients.map((c) => c.sessionId)).size, clients.length);
  await leaveAll(clients);
});

plain('the reply to matchmaking serves both families of SDKs', async () => {
  const { status, headers, reply } = await matchmake(endpoints.conformance, 'create', 'idle');
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^application\/json/);
  assert.ok(headers['content-length'] > 0, 'Content-Length is given');
  for (const id of [reply.roomId, reply.processId, reply.sessionId, reply.room.processId]) assert.match(id, ID);
  assert.equal(reply.name, 'idle');
  assert.equal(reply.room.name, 'idle');
  assert.equal(reply.room.roomId, reply.roomId);
  assert.equal(reply.protocol, undefined);
});

plain('a body may be missing, empty or text; broken JSON is refused with 400', async () => {
  const post = (body, type) => fetchRaw(endpoints.conformance, {
    method: 'POST', path: '/matchmake/create/idle', body, headers: type ? { 'content-type': type } : {},
  });
  for (const reply of [await post(undefined), await post(''), await post('{"a":1}', 'text/plain')]) assert.equal(reply.status, 200);
  for (const bad of ['{', 'nonsense', '{"a":']) {
    const reply = await post(bad, 'application/json');
    assert.equal(reply.status, 400, bad);
    assert.ok(JSON.parse(reply.body).error.length > 0);
  }
});

plain('unknown methods and paths are refused', async () => {
  const { status, reply } = await matchmake(endpoints.conformance, 'nonsense', 'idle');
  assert.equal(status, 520);
  assert.match(reply.error, /invalid method "nonsense"/);
  assert.equal((await fetchRaw(endpoints.conformance, { method: 'POST', path: '/matchmake/create/idle/more' })).status, 404);
  assert.equal((await fetchRaw(endpoints.conformance, { path: '/nowhere' })).status, 404);
});

plain('GET /matchmake/{name} lists public rooms', async () => {
  const list = async (name) => JSON.parse((await fetchRaw(endpoints.conformance, { path: `/matchmake/${name}` })).body);
  const room = await sdks[SDKS[0]].create('limited', { mode: 'listed' });
  const [entry] = (await list('limited')).filter((r) => r.roomId === room.roomId);
  assert.ok(entry, 'the room is listed');
  assert.equal(entry.clients, 1);
  assert.equal(entry.maxClients, 3);
  assert.equal(entry.locked, false);
  assert.equal(entry.private, false);
  assert.equal(entry.name, 'limited');
  assert.ok(Array.isArray(await list('')), 'GET /matchmake/ lists all types');
  await leaveAll(room);
});

plain('CORS: every reply echoes the origin, OPTIONS is answered with 204', async () => {
  const headers = { origin: 'https://game.example', 'access-control-request-method': 'POST' };
  const replies = [
    await fetchRaw(endpoints.conformance, { method: 'OPTIONS', path: '/matchmake/joinOrCreate/idle', headers }),
    await fetchRaw(endpoints.conformance, { method: 'POST', path: '/matchmake/create/idle', headers }),
    await fetchRaw(endpoints.conformance, { method: 'POST', path: '/matchmake/create/nonsense', headers }),
    await fetchRaw(endpoints.conformance, { path: '/nowhere', headers }),
    await fetchRaw(endpoints.conformance, { path: '/__healthcheck', headers }),
  ];
  assert.deepEqual(replies.map((r) => r.status), [204, 200, 520, 404, 200]);
  for (const { headers: got } of replies) {
    assert.equal(got['access-control-allow-origin'], 'https://game.example');
    assert.equal(got['access-control-allow-credentials'], 'true');
    assert.match(got['access-control-allow-methods'], /POST/);
    assert.match(got['access-control-allow-headers'], /Authorization/i);
    assert.equal(got['access-control-max-age'], '2592000');
  }
  const plain = await fetchRaw(endpoints.conformance, { path: '/__healthcheck' });
  assert.equal(plain.headers['access-control-allow-origin'], '*');
});

/** The ERROR frame's code; the text follows as a schema string. */
function errorFrame(bytes) {
  assert.equal(bytes[0], 0x0b);
  assert.equal(bytes[1], 0xcd, 'the code is a uint16');
  return { code: bytes[2] | (bytes[3] << 8), text: Buffer.from(bytes.subarray(4)).toString() };
}

for (const [what, query, code] of [
  ['an unknown seat', '?sessionId=nobody', 4002],
  ['no seat at all', '', 4002],
  ['a wrong reconnection token', '?sessionId=nobody&reconnectionToken=wrong', 4003],
]) {
  plain(`a socket with ${what} is told 524 and closed with ${code}`, async () => {
    const raw = await RawSocket.open(endpoints.conformance, `/process/nowhere${query}`);
    const { code: told, text } = errorFrame(await raw.frame(0x0b));
    assert.equal(told, 524);
    assert.ok(text.length > 4);
    assert.equal((await raw.close()).code, code);
  });
}

plain('a seat is good for one connection', async () => {
  const first = await RawSocket.join(endpoints.conformance, 'create', 'idle');
  const { processId, roomId, sessionId } = first.seat;
  const second = await RawSocket.open(endpoints.conformance, `/${processId}/${roomId}?sessionId=${sessionId}`);
  assert.equal(errorFrame(await second.frame(0x0b)).code, 524);
  assert.equal((await second.close()).code, 4002);
  first.end();
});

plain('an acknowledgement that comes twice changes nothing', async () => {
  const raw = await RawSocket.join(endpoints.conformance, 'create', 'idle_state');
  await raw.frame(0x0e);
  raw.send([0x0a]);
  raw.send([0x12]);
  await raw.frame(0x12);
  await assert.rejects(raw.frame(0x0e, 200), /never came/);
  raw.end();
});
