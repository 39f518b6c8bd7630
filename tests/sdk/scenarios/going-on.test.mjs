// The code of running rooms is replaced, by SIGHUP and after traps, and the match goes on.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Deployed, disturbances } from '../lib/deployed.mjs';
import { residentKiB } from '../lib/host.mjs';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';

/** How often the code is replaced under clients that send. */
const SWAPS = Number(process.env.PARLOR_SWAPS ?? 60);
/** Per SDK. */
const SENDERS = 7;
/** Swaps after which the host's memory should have reached its size; it is looked at if there are thrice as many. */
const WARM = 100;
/** Of 1: what memory may grow by over all swaps that follow. */
const GROWTH = 0.05;

let deployed;
const sdks = crew(async () => {
  deployed = await Deployed.start('going-on', {
    reload: { folder: 'reload/a' },
    trap: { folder: 'trap', settings: 'recovery = { checkpoint-interval = "20ms", pause = "10ms" }' },
  });
  return deployed.host.endpoint;
});
after(() => deployed?.host.stop());

/** Sends as fast as the room answers, until told to stop; gives how much. */
function sender(client) {
  let sending = true;
  const sent = (async () => {
    let count = 0;
    while (sending) {
      await client.send('add');
      count += 1;
      await client.ask('both');
    }
    return count;
  })();
  sent.catch(() => {});
  return () => {
    sending = false;
    return sent;
  };
}

/** One of each SDK in turn comes, sees the state and goes. */
async function visit(room, swap, build) {
  const late = await sdks[SDKS[swap % SDKS.length]].joinById(room);
  await late.until((state, wanted) => state.count > 0 && state.version === wanted, build);
  assert.deepEqual(disturbances(late), []);
  await late.leave();
}

together('two builds take turns under clients that send: nobody is disconnected, nothing lost or doubled', async (t) => {
  const first = await sdks[SDKS[0]].create('reload');
  const clients = [first];
  for (const sdk of SDKS) {
    for (let i = 0; i < SENDERS; i += 1) clients.push(await sdks[sdk].joinById(first.roomId));
  }
  await Promise.all(clients.map((client) => client.until((state) => state.version === 'a')));
  const senders = clients.map(sender);
  const begun = performance.now();
  let build = 'a';
  let warm;
  for (let swap = 1; swap <= SWAPS; swap += 1) {
    build = build === 'a' ? 'b' : 'a';
    assert.equal(await deployed.deploy('reload', `reload/${build}`), 1, `swap ${swap}`);
    if (swap % 20 === 10) await visit(first.roomId, swap, build);
    if (swap === WARM) warm = residentKiB(deployed.host.pid);
  }
  const took = performance.now() - begun;
  const memory = residentKiB(deployed.host.pid);
  const sent = (await Promise.all(senders.map((stop) => stop()))).reduce((sum, count) => sum + count, 0);
  assert.deepEqual(await first.ask('both'), [sent, sent]);
  for (const client of clients) {
    await client.until((state, wanted) => state.count === wanted.sent && state.version === wanted.build, { sent, build });
    assert.deepEqual(disturbances(client), [], `SDK ${client.sdk}`);
    assert.deepEqual(client.heard('both'), [], `SDK ${client.sdk}: no answer came twice`);
  }
  const [beats, stalled, due] = await first.ask('beats');
  t.diagnostic(`${SWAPS} swaps in ${Math.round(took)} ms, ${sent} messages; ${beats} beats of ${due}, ${stalled} in times at which nothing ran`);
  assert.ok(Math.abs(beats + stalled - due) <= 1, `${beats} beats and ${stalled} for which the machine had no time, of ${due}`);
  if (warm && SWAPS >= 3 * WARM) {
    t.diagnostic(`after ${WARM} swaps ${warm} KiB, after ${SWAPS} ${memory} KiB`);
    assert.ok(memory <= warm * (1 + GROWTH), `${memory} KiB, after ${WARM} swaps ${warm} KiB`);
  }
  const shown = await deployed.versions('reload');
  assert.deepEqual(shown.rooms, [{ build: shown.current.build, rooms: 1 }]);
  await leaveAll(clients);
  for (const sdk of SDKS) sdks[sdk].assertQuiet();
}, { timeout: 60_000 + 1000 * SWAPS });

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
