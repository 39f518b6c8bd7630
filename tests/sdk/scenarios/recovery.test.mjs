// The code of a room traps in each of its hooks while clients play: they stay, the room goes on from its last checkpoint
// with what came after it, and rooms beside it notice nothing.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Deployed, disturbances } from '../lib/deployed.mjs';
import { alive } from '../lib/host.mjs';
import { fetchRaw } from '../lib/raw.mjs';
import { crew, leaveAll, plain, refused, SDKS, together } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';
import { assertUnharmed, breaksBy, checkpointed, gather, pauses, recovered, whilePlaying } from './shared/players.mjs';

const FAULTS = ['panic', 'loop', 'memory'];
/** Traps from which a room with a budget comes back. */
const BUDGET = 2;
/** Checkpoints are frequent. Each trap is the first for a while, so that no pause comes before the new instance. */
const OFTEN = 'checkpoint-interval = "30ms", window = "1ms"';
const TYPES = {
  recovery: { folder: 'recovery', settings: `recovery = { ${OFTEN} }` },
  fresh: { folder: 'recovery', settings: `recovery = { on-trap = "fresh", ${OFTEN} }` },
  closing: { folder: 'recovery', settings: 'recovery = { on-trap = "close", checkpoint-interval = "30ms" }' },
  budgeted: { folder: 'recovery', settings: `recovery = { checkpoint-interval = "30ms", max-recoveries = ${BUDGET}, pause = "1ms" }` },
  reload: { folder: 'reload/a' },
};

let deployed;
const sdks = crew(async () => {
  deployed = await Deployed.start('recovery', TYPES);
  return deployed.host.endpoint;
});
after(() => deployed?.host.stop());

/** A room of the same type and one of another, under load. Gives what ends them and looks at their counts. */
async function neighbours() {
  const twins = await gather(sdks, 'recovery');
  const other = await sdks[SDKS[0]].create('reload');
  let playing = true;
  const sent = (async () => {
    let count = 0;
    for (; playing; count += 1) {
      await other.send('add');
      assert.equal((await other.ask('both'))[0], count + 1);
    }
    return count;
  })();
  sent.catch(() => {});
  return async () => {
    playing = false;
    const count = await sent;
    assert.deepEqual(await other.ask('both'), [count, count]);
    assert.deepEqual(disturbances(other), []);
    await assertUnharmed(twins, 0);
    await leaveAll(other, twins.map(({ client }) => client));
  };
}

/** Another client of the room, of the SDKs in turn, which does not come back by itself. */
async function guest(players, turn) {
  const client = await sdks[SDKS[turn % SDKS.length]].joinById(players[0].client.roomId);
  if (client.sdk !== '0.16') await client.tune({ enabled: false });
  await checkpointed(players, [client.sessionId]);
  return client;
}

/** How each hook comes to be called, by somebody who is in the room beside the players. */
const HOOKS = {
  'on-message': { provoke: async ({ breaker }) => { await breaker.error(); } },
  'on-tick': {},
  'on-timer': {},
  'on-before-patch': {},
  save: {},
  'on-join': {
    provoke: async ({ breaker, turn }) => {
      const error = await refused(sdks[SDKS[turn % SDKS.length]].joinById(breaker.roomId), 'joining a room that broke');
      assert.match(error.message, /could not take the client in/);
    },
  },
  'on-leave': { guest, provoke: async ({ visitor }) => assert.equal(await visitor.leave(), 4000) },
  'on-drop': { guest, provoke: ({ visitor }) => visitor.drop(), gone: true },
  'on-reconnect': {
    guest,
    provoke: async ({ visitor, turn }) => {
      const token = await visitor.token();
      await visitor.drop();
      const back = await sdks[SDKS[turn % SDKS.length]].reconnect(token);
      assert.equal(back.sessionId, visitor.sessionId);
      return back;
    },
  },
};

for (const [hook, { guest: invite, provoke, gone }] of Object.entries(HOOKS)) {
  together(`a trap in ${hook}: everybody stays, and the room goes on from its last checkpoint`, async () => {
    const unharmed = await neighbours();
    const players = await gather(sdks, 'recovery', { each: 2 });
    const breaker = players[0].client;
    const faults = hook === 'save' ? ['panic'] : FAULTS;
    let errors = 0;
    for (const [turn, fault] of faults.entries()) {
      const visitor = await invite?.(players, turn);
      await checkpointed(players);
      // A broken save is not a time that anybody waited: it comes with the next checkpoint.
      breaksBy(hook === 'save' ? hook : fault);
      await breaker.send('break', { hook, fault });
      // Who provokes it by another connection waits until the room knows.
      if (provoke && hook !== 'on-message') await breaker.ask('saved');
      const back = await whilePlaying(players, provoke?.({ breaker, visitor, turn }));
      if (hook === 'on-message') errors += 1;
      await recovered(players, turn + 1);
      if (gone) {
        await breaker.until((state, session) => !state.counts.has(session), visitor.sessionId);
      }
      if (back) {
        const [count] = await back.ask('add');
        assert.equal(count, 1, 'who came back is who it was');
        await leaveAll(back);
      }
    }
    await assertUnharmed(players, faults.length, errors);
    await unharmed();
    await leaveAll(players.map(({ client }) => client));
  }, { timeout: 60_000 });
}

together('a trap in on-dispose ends the room that ends, and no other', async () => {
  const unharmed = await neighbours();
  for (const fault of FAULTS) {
    const client = await sdks[SDKS[0]].create('recovery');
    await client.send('break', { hook: 'on-dispose', fault });
    assert.equal(await client.leave(), 4000);
    await eventually(async () => !(await fetchRaw(deployed.host.endpoint, { path: '/matchmake/recovery' })).body.includes(client.roomId),
      () => 'the room stayed');
  }
  assert.ok(alive(deployed.host.pid));
  await unharmed();
});

together('a trap in `restore` after another: the room ends, its clients are closed with 1011', async () => {
  const unharmed = await neighbours();
  const clients = (await Promise.all((await gather(sdks, 'recovery')).map(async (player) => {
    await player.stop();
    return player.client;
  })));
  await clients[0].send('break', { hook: 'restore', fault: 'panic' });
  const [count] = await clients[0].ask('add');
  await eventually(async () => (await clients[0].ask('saved'))[clients[0].sessionId] === count, () => 'no checkpoint was made');
  await clients[0].send('break', { hook: 'on-message', fault: 'panic' });
  for (const client of clients) assert.equal((await client.left()).code, 1011, `SDK ${client.sdk}`);
  await unharmed();
});

together('a client at whose leaving the code always traps takes nobody with it: the hook is not called again', async () => {
  const unharmed = await neighbours();
  const players = await gather(sdks, 'budgeted', { each: 2 });
  const visitor = await sdks[SDKS.at(-1)].joinById(players[0].client.roomId);
  await visitor.send('stumble');
  await visitor.ask('add');
  await eventually(async () => (await visitor.ask('saved'))[visitor.sessionId] === 1, () => 'no checkpoint was made');
  await checkpointed(players, [visitor.sessionId]);
  assert.equal(await visitor.leave(), 4000);
  await recovered(players, 1);
  await assertUnharmed(players, 1);
  await unharmed();
  await leaveAll(players.map(({ client }) => client));
});

together('with `fresh` the room begins anew, and everybody stays', async () => {
  const unharmed = await neighbours();
  const players = await gather(sdks, 'fresh', { after: 'beginning' });
  for (const [turn, fault] of FAULTS.entries()) {
    await eventually(() => players.every(({ count }) => count > 3), () => 'nobody played');
    await players[0].client.send('break', { hook: 'on-timer', fault });
    await recovered(players, turn + 1);
  }
  await assertUnharmed(players, FAULTS.length);
  await unharmed();
  await leaveAll(players.map(({ client }) => client));
});

/** Breaks the room for good; all clients of it are closed with 1011. */
async function assertEnds(players, fault) {
  await Promise.all(players.map((player) => player.stop()));
  await players[0].client.send('break', { hook: 'on-timer', fault });
  for (const { client } of players) assert.equal((await client.left(15_000)).code, 1011, `SDK ${client.sdk}`);
  await eventually(async () => (await refused(sdks[SDKS[0]].joinById(players[0].client.roomId), 'joining a broken room')).code === 522,
    () => 'the broken room stayed');
}

for (const fault of FAULTS) {
  together(`with \`close\` a ${fault} ends the room with 1011`, async () => {
    const unharmed = await neighbours();
    await assertEnds(await gather(sdks, 'closing'), fault);
    await unharmed();
  });
}

together('a room that has spent its budget ends with 1011', async () => {
  const unharmed = await neighbours();
  const players = await gather(sdks, 'budgeted', { each: 2 });
  for (let trap = 1; trap <= BUDGET; trap += 1) {
    await checkpointed(players);
    await players[0].client.send('break', { hook: 'on-timer', fault: 'panic' });
    await recovered(players, trap);
  }
  await assertEnds(players, 'panic');
  await unharmed();
});

plain('how long players waited for the first answer after a trap', (t) => {
  for (const [fault, times] of pauses) {
    times.sort((one, other) => one - other);
    const percentile = (percent) => times[Math.min(times.length - 1, Math.floor((times.length * percent) / 100))]?.toFixed(1);
    t.diagnostic(`${fault}: ${times.length} answers, median ${percentile(50)} ms, p99 ${percentile(99)} ms, seen from here`);
  }
  t.diagnostic('an endless loop is stopped after 100 ms of processor time; memory is filled up to 64 MiB');
});
