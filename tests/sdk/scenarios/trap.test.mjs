// A room that breaks takes nobody with it: a fault ends that room, and the others keep their beat.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, refused, SDKS } from '../lib/scenario.mjs';
import { alive } from '../lib/host.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
const FAULTS = (process.env.PARLOR_FAULTS ?? 'panic,loop,memory,stack').split(',');
/** Between two patches of the bystander; a tick is 50 ms, and the machine may be busy: a host that is stuck never goes on. */
const LONGEST_GAP = 5000;

/** A room that ticks and a room that answers, watched while something else breaks. */
async function bystanders(sdk) {
  const ticking = await sdk.create('ticker', { entities: 20 });
  const echoing = await sdk.create('echo');
  await ticking.until((state) => state.entities.size === 20);
  let stop = false;
  let replies = 0;
  const chatter = (async () => {
    while (!stop) {
      assert.equal(await echoing.ask('beat', replies), replies);
      replies += 1;
    }
  })();
  chatter.catch(() => {});
  const from = (await ticking.changes());
  return async () => {
    await ticking.until((_state) => true);
    stop = true;
    await chatter;
    assert.ok(replies > 0);
    const times = (await ticking.times()).slice(from > 0 ? from - 1 : 0);
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    assert.ok(Math.max(0, ...gaps) < LONGEST_GAP, `a bystander waited ${Math.round(Math.max(...gaps))} ms for a patch`);
    await leaveAll(ticking, echoing);
  };
}

for (const where of FAULTS) {
  eachSdk(`${where} in a message ends that room only`, sdks, async (sdk) => {
    const end = await bystanders(sdks[SDKS[0]]);
    const [victim, twin] = [await sdk.create('trap'), await sdk.create('trap')];
    const neighbour = await sdk.joinById(victim.roomId);
    await twin.ask('alive', null);
    await victim.send('where', where);
    for (const client of [victim, neighbour]) {
      const { code } = await client.left(15_000);
      assert.ok(code >= 1002 && ![1005, 1006, 4000].includes(code), `closed with ${code}, which does not say that something broke`);
    }
    await eventually(async () => (await refused(sdk.joinById(victim.roomId), 'joining a broken room')).code === 522,
      () => 'the broken room stayed');
    assert.ok(Number(await twin.ask('alive', null)) >= 1, 'a room of the same type lives on');
    await leaveAll(twin);
    await end();
    if (process.env.PARLOR_PID) assert.ok(alive(Number(process.env.PARLOR_PID)), 'the host lives');
  });

  eachSdk(`${where} in on-create: there is no room`, sdks, async (sdk) => {
    const end = await bystanders(sdks[SDKS[0]]);
    const error = await refused(sdk.create('trap', { in: 'on-create', where }), 'creating');
    assert.equal(error.code, 523);
    assert.ok(error.message.length > 0);
    await end();
  });

  eachSdk(`${where} in on-join: the join fails`, sdks, async (sdk) => {
    const end = await bystanders(sdks[SDKS[0]]);
    const error = await refused(sdk.create('trap', { in: 'on-join', where }), 'joining');
    assert.ok(error.code > 0, error.message);
    await end();
  });
}

for (const hook of ['on-leave', 'on-drop', 'on-dispose']) {
  eachSdk(`a panic in ${hook} is survived`, sdks, async (sdk) => {
    const end = await bystanders(sdks[SDKS[0]]);
    const client = await sdk.create('trap', { in: hook, where: 'panic' });
    if (hook === 'on-drop') await client.drop();
    else await client.leave();
    await eventually(async () => (await refused(sdk.joinById(client.roomId), 'joining a broken room')).code === 522,
      () => 'the broken room stayed');
    await end();
  });
}
