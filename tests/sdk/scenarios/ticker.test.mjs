// A state that moves by itself, and rooms that do nothing, in Rust.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';
import { tickerScenarios } from './shared/ticker.mjs';

const sdks = crew();
tickerScenarios(sdks, 'ticker');

eachSdk('idle: no state, nothing comes', sdks, async (sdk) => {
  const client = await sdk.create('idle');
  assert.equal(client.serializer, 'none');
  const other = await sdk.joinById(client.roomId);
  await leaveAll(other);
  assert.equal(await client.changes(), 0);
  const frames = await client.frames();
  assert.equal(Object.keys(frames).filter((first) => first !== '10' && first !== '18').length, 0, JSON.stringify(frames));
  await leaveAll(client);
  sdk.assertQuiet();
});

together('idle_state: a player per session, gone when it leaves', async () => {
  const first = await sdks[SDKS[0]].create('idle_state');
  const others = await Promise.all(SDKS.slice(1).map((name) => sdks[name].joinById(first.roomId)));
  const all = [first, ...others];
  for (const client of all) {
    await client.until((state, n) => state.players.size === n, all.length);
    assert.deepEqual(Object.keys((await client.json()).players).sort(), all.map((c) => c.sessionId).sort());
  }
  await first.leave();
  for (const client of others) {
    await client.until((state, n) => state.players.size === n, others.length);
    assert.deepEqual((await client.audit()).leaked, []);
  }
  const before = await Promise.all(others.map((client) => client.changes()));
  await leaveAll(others.slice(1));
  if (others.length > 1) {
    await others[0].until((state) => state.players.size === 1);
    assert.ok((await others[0].changes()) - before[0] <= others.length, 'nothing comes when nothing changed');
  }
  await leaveAll(others);
});
