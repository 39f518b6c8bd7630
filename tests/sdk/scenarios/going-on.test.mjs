// The code of running rooms is replaced, by SIGHUP and after traps, and the match goes on.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Host } from '../lib/host.mjs';
import { fetchRaw } from '../lib/raw.mjs';
import { crew, eachSdk, leaveAll, needed, SDKS, together } from '../lib/scenario.mjs';

const CONFORMANCE = fileURLToPath(new URL('../../conformance/', import.meta.url));
const component = (folder, name) => join(CONFORMANCE, folder, 'target/parlor', `${name}.wasm`);
const BUILDS = { a: component('reload/a', 'reload_a'), b: component('reload/b', 'reload_b') };
/** How often the code is replaced under clients that send. */
const SWAPS = Number(process.env.PARLOR_SWAPS ?? 60);
/** Per SDK. */
const SENDERS = 7;

const folder = mkdtempSync(join(tmpdir(), 'parlor-going-on-'));
const served = join(folder, 'served.wasm');
let host;
const sdks = crew(async () => {
  copyFileSync(BUILDS.a, served);
  mkdirSync(join(folder, 'cache'));
  writeFileSync(join(folder, 'parlor.toml'), `
[cache]
folder = "cache"

[rooms.reload]
component = "served.wasm"

[rooms.trap]
component = ${JSON.stringify(component('trap', 'trap'))}
recovery = { checkpoint-interval = "20ms", pause = "10ms" }
`);
  const log = fileURLToPath(new URL('../host-going-on.log', import.meta.url));
  host = await Host.serve(needed('PARLOR'), join(folder, 'parlor.toml'), log);
  return host.endpoint;
});
after(() => host?.stop());

/** Puts a build in place, as a deployment would, and waits until the rooms have it. */
async function deploy(build) {
  copyFileSync(BUILDS[build], `${served}.new`);
  renameSync(`${served}.new`, served);
  host.child.kill('SIGHUP');
  await host.says(/^reload: new rooms get the new code/);
}

const versions = async () => {
  const { status, body } = await fetchRaw(host.endpoint, { path: '/__parlor/versions' });
  assert.equal(status, 200);
  return JSON.parse(body);
};

together('two builds take turns under clients that send: nobody is disconnected, nothing lost or doubled', async () => {
  const first = await sdks[SDKS[0]].create('reload');
  const clients = [first];
  for (const sdk of SDKS) {
    for (let i = 0; i < SENDERS; i += 1) clients.push(await sdks[sdk].joinById(first.roomId));
  }
  await Promise.all(clients.map((client) => client.until((state) => state.version === 'a')));
  let sending = true;
  const senders = clients.map(async (client) => {
    let sent = 0;
    while (sending) {
      await client.send('add');
      sent += 1;
      // Its own count comes back with the state: no faster than the room.
      await client.send('both');
      await client.message('both');
    }
    return sent;
  });
  let build = 'a';
  for (let swap = 0; swap < SWAPS; swap += 1) {
    build = build === 'a' ? 'b' : 'a';
    await deploy(build);
    if (swap % 20 === 10) {
      const late = await sdks[SDKS[swap % SDKS.length]].joinById(first.roomId);
      await late.until((state) => state.count > 0);
      await late.leave();
    }
  }
  sending = false;
  const sent = (await Promise.all(senders)).reduce((sum, count) => sum + count, 0);
  assert.deepEqual(await first.ask('both', null), [sent, sent]);
  for (const client of clients) {
    await client.until((state, wanted) => state.count === wanted.sent && state.version === wanted.build, { sent, build });
    const disturbed = client.inbox.all.filter(({ event }) => ['leave', 'drop', 'reconnect', 'error'].includes(event));
    assert.deepEqual(disturbed, [], `SDK ${client.sdk}`);
  }
  const [shown] = (await versions()).filter(({ name }) => name === 'reload');
  assert.equal(shown.rooms.length, 1);
  assert.equal(shown.rooms[0].build, shown.current.build);
  await leaveAll(clients);
}, { timeout: 240_000 });

eachSdk('after a trap the room goes on from its checkpoint, its clients connected', sdks, async (sdk) => {
  const client = await sdk.create('trap');
  const neighbour = await sdks[SDKS[0]].joinById(client.roomId);
  for (let i = 0; i < 3; i += 1) await client.ask('alive', null);
  const before = await client.ask('alive', null);
  assert.ok(before >= 3);
  await client.send('where', 'panic');
  await client.error();
  const after = await client.ask('alive', null);
  assert.ok(after <= before + 1, `${after} after ${before}`);
  for (const one of [client, neighbour]) assert.ok(await one.isOpen(), `SDK ${one.sdk} is connected`);
  await leaveAll(client, neighbour);
});

eachSdk('a room that traps too often ends', sdks, async (sdk) => {
  const client = await sdk.create('trap');
  for (let i = 0; i < 5; i += 1) {
    await client.send('where', 'panic');
    await client.error();
  }
  await client.send('where', 'panic');
  assert.equal((await client.left()).code, 1011);
});
