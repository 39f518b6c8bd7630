// The `ticker` room, whatever language it is written in: a state that moves at every tick.
import assert from 'node:assert/strict';
import { eachSdk, leaveAll, SDKS, together } from '../../lib/scenario.mjs';

const STEP = 50;

/** Runs in the driver: which tick the state shows, and how far the entities are off the places they should have. */
function survey(room) {
  const { entities } = room.state;
  const tick = Math.round(entities.get('e0').x / 0.25);
  let checked = 0;
  let worst = 0;
  entities.forEach((entity, key) => {
    const i = Number(key.slice(1));
    const x = ((37.77 * i) % 1000) + tick * (0.25 + 0.31 * (i % 7));
    const y = ((91.13 * i) % 1000) + tick * (0.4 + 0.27 * (i % 5));
    // Turning round rounds differently in every language; before it, all agree.
    if (x > 995 || y > 995) return;
    checked += 1;
    worst = Math.max(worst, Math.abs(entity.x - x), Math.abs(entity.y - y));
  });
  return { tick, count: entities.size, checked, worst };
}

export const surveyed = (client) => client.evaluate(survey);

/** Fails unless all entities are where they belong at one and the same tick. */
export function assertInStep({ tick, checked, worst, count }, entities, who) {
  assert.equal(count, entities, who);
  assert.ok(checked > 0, `${who}: nothing to check at tick ${tick}`);
  assert.ok(worst < 0.01, `${who}: an entity is ${worst} off its place at tick ${tick}`);
}

/** Registers the scenarios for the room type `type`. */
export function tickerScenarios(sdks, type) {
  eachSdk(`${type}: all entities move at each tick`, sdks, async (sdk) => {
    const client = await sdk.create(type, { entities: 100 });
    await client.until((state) => state.entities.size === 100);
    const first = await surveyed(client);
    assertInStep(first, 100, 'at first');
    await client.until((state, x) => state.entities.get('e0').x >= x, (first.tick + 20) * 0.25);
    const later = await surveyed(client);
    assertInStep(later, 100, 'later');
    const times = (await client.times()).slice(1);
    const gaps = times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b);
    const pace = gaps[gaps.length >> 1];
    assert.ok(pace > STEP * 0.5 && pace < STEP * 4, `half of the patches came ${pace.toFixed(1)} ms after the one before instead of ${STEP}`);
    assert.deepEqual((await client.audit()).leaked, []);
    await leaveAll(client);
    sdk.assertQuiet();
  });

  together(`${type}: late joiners see the same entities`, async () => {
    const first = await sdks[SDKS[0]].create(type, { entities: 30 });
    await first.until((state) => state.entities.get('e0').x >= 2.5);
    const others = await Promise.all(SDKS.slice(1).map((name) => sdks[name].joinById(first.roomId)));
    for (const client of [first, ...others]) {
      await client.until((state) => state.entities.get('e0').x >= 5);
      assertInStep(await surveyed(client), 30, `SDK ${client.sdk}`);
    }
    await leaveAll(first, others);
    SDKS.forEach((name) => sdks[name].assertQuiet());
  });
}
