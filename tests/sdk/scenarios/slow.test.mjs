// A client that stops reading: the host lets no more than so much wait for it. Patches are dropped and a
// fresh snapshot follows; messages cannot be dropped, so the client is closed with a code that says so.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS } from '../lib/scenario.mjs';
import { assertInStep, surveyed } from './shared/ticker.mjs';

const sdks = crew();
/** About 100 KiB a patch and 20 patches a second: more in these ticks than any socket and queue hold. */
const ENTITIES = 5000;
const TICKS = Number(process.env.PARLOR_SLOW_TICKS ?? 200);
/** 24 MiB of messages. */
const MESSAGES = 768;
/** The host's own close code for it. */
const TOO_SLOW = 4408;
const MESSAGE = 32 * 1024;
const PING = Uint8Array.of(0x12);

eachSdk('missed patches become one snapshot', sdks, async (sdk) => {
  const healthy = await sdks[SDKS[0]].create('ticker', { entities: ENTITIES });
  const slow = await sdk.joinById(healthy.roomId);
  for (const client of [healthy, slow]) await client.until((state, n) => state.entities?.size === n, ENTITIES, 20_000);
  await slow.pause();
  // It answers no ping, so it has to speak by itself.
  const awake = setInterval(() => slow.raw(PING).catch(() => {}), 1000);
  const { tick } = await surveyed(healthy);
  await healthy.until((state, x) => state.entities.get('e0').x >= x, (tick + TICKS) * 0.25, 60_000).finally(() => clearInterval(awake));
  const missed = (await surveyed(healthy)).tick;
  await slow.resume();
  await slow.until((state, x) => state.entities.get('e0').x > x, missed * 0.25, 30_000);
  assertInStep(await surveyed(slow), ENTITIES, `SDK ${sdk.sdk} after it had slept`);
  assert.ok((await slow.frames())[0x0e] >= 2, 'a fresh snapshot took the place of the missed patches');
  const { leaked, untracked } = await slow.audit();
  assert.deepEqual([leaked, untracked], [[], []]);
  await leaveAll(slow, healthy);
  sdk.assertQuiet();
}, { timeout: 120_000 });

eachSdk('messages without end close the client with a clear code', sdks, async (sdk) => {
  const sender = await sdks[SDKS[0]].create('relay');
  const slow = await sdk.joinById(sender.roomId);
  if (sdk.sdk !== '0.16') await slow.tune({ enabled: false });
  await slow.pause();
  const block = new Uint8Array(MESSAGE).fill(0x55);
  for (let i = 0; i < MESSAGES; i += 1) {
    await sender.bytes('flood', block);
    assert.equal((await sender.message('flood')).length, MESSAGE, 'the others go on');
  }
  await slow.resume();
  const { code } = await slow.left(30_000);
  assert.equal(code, TOO_SLOW);
  assert.ok(slow.heard('flood').length < MESSAGES, 'not all was kept for it');
  await sender.bytes('still', block);
  await sender.message('still');
  await leaveAll(sender);
}, { timeout: 120_000 });
