// What a server does not let its clients do, and what they are told then.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { configured } from '../lib/configured.mjs';
import { fetchRaw, matchmake, RawSocket } from '../lib/raw.mjs';
import { crew, eachSdk, leaveAll, plain, SDKS } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';
import { eventsOf } from './shared/hold.mjs';

const MESSAGES = 50;
const CONNECTIONS = 8;
const SETTINGS = `
[server]
max-connections-per-address = ${CONNECTIONS}
trusted-proxies = ["127.0.0.0/8"]
ping-interval = "1s"
join-timeout = "2s"
max-frame-bytes = "2KiB"
[limits]
max-messages-per-second = ${MESSAGES}
[settings]
seat-reservation-time = "3s"
`;

let host;
const sdks = crew(async () => {
  host = await configured('limits', ['echo', 'entry'], SETTINGS);
  return host.endpoint;
});
after(() => host?.stop());

eachSdk('too many messages in a second: the client leaves with 4002, and the others go on', sdks, async (sdk) => {
  const observer = await sdks[SDKS[0]].create('entry');
  const flooder = await sdk.joinById(observer.roomId);
  // The observer asks too, and may not ask too often itself.
  // A busy machine may need more than a second for so many.
  const flood = () => Promise.all(Array.from({ length: MESSAGES + 1 }, () => flooder.raw(new Uint8Array([0x12])).catch(() => {})));
  await eventually(async () => { await flood(); return flooder.heard('farewell').length > 0; }, () => 'the flood went on');
  assert.equal(await flooder.message('farewell'), 4002, 'on-leave comes before the close');
  const { code, reason } = await flooder.left();
  assert.equal(code, 4002);
  if (reason) assert.match(reason, new RegExp(`more than ${MESSAGES} messages in one second`));
  assert.deepEqual((await eventsOf(observer, flooder.sessionId)).at(-1), ['leave', flooder.sessionId, 4002]);
  await leaveAll(observer);
});

plain('the limit is per second', async () => {
  const raw = await RawSocket.join(host.endpoint, 'create', 'echo');
  // More than are allowed in one, at half the pace that is allowed.
  for (let n = 0; n < 1.5 * MESSAGES; n += 1) {
    raw.send([0x12]);
    await raw.frame(0x12);
    await new Promise((resolve) => { setTimeout(resolve, 2000 / MESSAGES); });
  }
  raw.end();
});

plain('a frame beyond the longest closes with 1009', async () => {
  const raw = await RawSocket.join(host.endpoint, 'create', 'echo');
  raw.send([0x11, 0xa1, 0x62, ...new Uint8Array(3000)]);
  const { code, reason } = await raw.close();
  assert.equal(code, 1009);
  assert.match(reason, /2048 bytes/);
});

plain('a join that is not acknowledged in time is closed with 4002', async () => {
  const raw = await RawSocket.join(host.endpoint, 'create', 'echo', {}, { acknowledge: false });
  const { code, reason } = await raw.close();
  assert.equal(code, 4002);
  assert.match(reason, /not acknowledged in time/);
});

plain('a client that answers no pings is cut, and the room hears of it', async () => {
  const observer = await sdks[SDKS[0]].create('entry');
  const raw = await RawSocket.join(host.endpoint, 'joinById', observer.roomId);
  const { sessionId } = raw.seat;
  raw.socket.pause();
  assert.equal(await observer.message('going'), sessionId);
  assert.deepEqual((await eventsOf(observer, sessionId)).at(-1), ['leave', sessionId, 1006]);
  raw.end();
  await leaveAll(observer);
});

plain('an address has so many connections, and a proxy may say whose', async () => {
  const here = [];
  const full = async () => (await matchmake(host.endpoint, 'create', 'echo')).status === 429;
  // Connections of the tests before may still be on their way out.
  while (!await full()) here.push(await RawSocket.join(host.endpoint, 'create', 'echo'));
  assert.ok(here.length <= CONNECTIONS);
  const { status, reply } = await matchmake(host.endpoint, 'create', 'echo');
  assert.deepEqual([status, reply], [429, { code: 429, error: 'too many connections from your address' }]);
  const elsewhere = { 'x-forwarded-for': '9.9.9.9' };
  assert.equal((await matchmake(host.endpoint, 'create', 'echo', {}, elsewhere)).status, 200);
  assert.equal((await fetchRaw(host.endpoint, {
    path: '/', headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
  })).status, 429);
  for (const raw of here) raw.end();
  await eventually(async () => !await full(), () => 'places were not given back');
});

eachSdk('authentication sees the address that a trusted proxy names', sdks, async (sdk) => {
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7', 'x-real-ip': '198.51.100.2' };
  const proxied = await sdk.create('entry', {}, { headers });
  assert.equal((await proxied.message('visitor')).address, '203.0.113.7');
  await leaveAll(proxied);
});

plain('a room that nobody enters ends with its seats', async () => {
  const { reply } = await matchmake(host.endpoint, 'create', 'echo');
  // To ask for a seat would be to keep it.
  const listed = async () => JSON.parse((await fetchRaw(host.endpoint, { path: '/matchmake/echo' })).body).some(({ roomId }) => roomId === reply.roomId);
  assert.ok(await listed());
  await eventually(async () => !await listed(), () => 'the room stayed');
  assert.equal((await matchmake(host.endpoint, 'joinById', reply.roomId)).status, 522);
  const late = await RawSocket.open(host.endpoint, `/${reply.processId}/${reply.roomId}?sessionId=${reply.sessionId}`);
  assert.equal((await late.close()).code, 4002);
});

plain('a seat that is not taken is free again', async () => {
  const { reply } = await matchmake(host.endpoint, 'create', 'entry', { max_clients: 2 });
  const path = `/${reply.processId}/${reply.roomId}?sessionId=${reply.sessionId}`;
  const raw = await RawSocket.open(host.endpoint, path);
  await raw.frame(0x0a);
  raw.send([0x0a]);
  assert.equal((await matchmake(host.endpoint, 'joinById', reply.roomId)).status, 200);
  assert.equal((await matchmake(host.endpoint, 'joinById', reply.roomId)).status, 522, 'the seat counts');
  await eventually(async () => (await matchmake(host.endpoint, 'joinById', reply.roomId)).status === 200, () => 'the seat did not expire');
  raw.end();
});
