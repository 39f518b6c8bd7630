// A host that is told to stop: who hears of it, who may stay for how long, and that nothing is cut short.
import assert from 'node:assert/strict';
import { configured } from '../lib/configured.mjs';
import { Driver } from '../lib/driver.mjs';
import { fetchRaw, matchmake, RawSocket } from '../lib/raw.mjs';
import { plain, SDKS, SELF_RECONNECTING, together } from '../lib/scenario.mjs';
import { within } from '../lib/waiting.mjs';
import { EAGER } from './shared/hold.mjs';

const SHUTDOWN = 4001;
const FAILED_TO_RECONNECT = 4003;
/** Longer than any of these scenarios takes. */
const LONG = 600_000;

const endOf = (host) => within(host.ended, () => 'the host did not end', 20_000);

/** A host with this grace time, and one client of each SDK in one room of it. */
async function stage(t, grace, options = {}, { sdks = SDKS, type = 'entry' } = {}) {
  const host = await configured('shutdown', ['entry', 'hold'], `[server]\nshutdown-grace = "${grace}ms"\n`);
  const drivers = await Promise.all(sdks.map((sdk) => Driver.start(sdk, host.endpoint)));
  t.after(async () => {
    RawSocket.endAll();
    host.child.kill('SIGKILL');
    await Promise.all([host.ended, ...drivers.map((driver) => driver.stop())]);
  });
  const first = await drivers[0].create(type, options);
  const others = await Promise.all(drivers.slice(1).map((driver) => driver.joinById(first.roomId)));
  return { host, clients: [first, ...others] };
}

/** Tells the host to stop, and waits until the rooms know. */
async function stop(host, clients, grace) {
  host.child.kill('SIGTERM');
  for (const client of clients) assert.equal(await client.message('shutdown'), grace, `SDK ${client.sdk}`);
}

together('rooms hear of it, play on for the grace time, and leave in order', async (t) => {
  const { host, clients } = await stage(t, 6000, { leave_ms: 100 });
  await stop(host, clients, 6000);
  for (const client of clients) assert.ok((await client.ask('events')).length >= 3, `SDK ${client.sdk} plays on`);
  for (const client of clients) {
    assert.equal(await client.message('farewell'), SHUTDOWN, `SDK ${client.sdk} is told in its on-leave`);
    assert.equal((await client.left()).code, SHUTDOWN, `SDK ${client.sdk}`);
  }
  await host.says(/disposed with 0 clients after \d+ events/);
  assert.equal(await endOf(host), 0);
}, { timeout: 60_000 });

together('nobody gets in any more', async (t) => {
  const { host, clients } = await stage(t, LONG);
  const early = await matchmake(host.endpoint, 'joinById', clients[0].roomId);
  assert.equal(early.status, 200);
  await stop(host, clients, LONG);
  const refusal = { code: 503, error: 'the server is shutting down' };
  for (const [method, target] of [['joinOrCreate', 'entry'], ['create', 'entry'], ['join', 'entry'], ['joinById', clients[0].roomId], ['reconnect', clients[0].roomId]]) {
    const { status, reply } = await matchmake(host.endpoint, method, target, { reconnectionToken: 'x' });
    assert.deepEqual([status, reply], [503, refusal], method);
  }
  assert.equal((await fetchRaw(host.endpoint, { path: '/__healthcheck' })).status, 503);
  // A seat that was reserved before is no good any more.
  const seat = `/${early.reply.processId}/${early.reply.roomId}?sessionId=${early.reply.sessionId}`;
  const raw = await RawSocket.open(host.endpoint, seat);
  assert.match(Buffer.from(await raw.frame(0x0b)).toString(), /shutting down/);
  assert.equal((await raw.close()).code, SHUTDOWN);
  const back = await RawSocket.open(host.endpoint, `${seat}&reconnectionToken=${(await clients[0].token()).split(':')[1]}`);
  assert.equal((await back.close()).code, FAILED_TO_RECONNECT);
  for (const client of clients) await client.leave();
  assert.equal(await endOf(host), 0, 'ends as soon as the last client has left');
}, { timeout: 60_000 });

plain('a client that is lost meanwhile does not come back', async (t) => {
  const { host, clients } = await stage(t, LONG, { seconds: 60 }, { sdks: SELF_RECONNECTING, type: 'hold' });
  for (const client of clients) await client.tune({ ...EAGER, enabled: true });
  host.child.kill('SIGTERM');
  const closed = async () => (await fetchRaw(host.endpoint, { path: '/__healthcheck' })).status === 503;
  while (!await closed());
  for (const client of clients) {
    await client.drop();
    await client.dropped();
    assert.equal((await client.left()).code, FAILED_TO_RECONNECT, `SDK ${client.sdk}`);
  }
}, { timeout: 60_000 });

together('a room that disconnects by itself is not waited for', async (t) => {
  const { host, clients } = await stage(t, LONG, { hasty: true, leave_ms: 100 });
  await stop(host, clients, LONG);
  for (const client of clients) assert.equal((await client.left()).code, SHUTDOWN, `SDK ${client.sdk}`);
  assert.equal(await endOf(host), 0);
}, { timeout: 60_000 });

together('without rooms the host ends at once', async (t) => {
  const { host, clients } = await stage(t, LONG);
  for (const client of clients) await client.leave();
  host.child.kill('SIGINT');
  assert.equal(await endOf(host), 0);
}, { timeout: 60_000 });

for (const [first, second, status] of [['SIGTERM', 'SIGTERM', 143], ['SIGTERM', 'SIGINT', 130]]) {
  together(`told twice (${first}, ${second}), the host ends at once with ${status}`, async (t) => {
    const { host, clients } = await stage(t, LONG);
    host.child.kill(first);
    for (const client of clients) await client.message('shutdown');
    host.child.kill(second);
    assert.equal(await endOf(host), status);
    await host.says(/told twice/);
  }, { timeout: 60_000 });
}
