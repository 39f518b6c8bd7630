// Ten thousand bad frames, requests and connections. The host goes on, a bystander notices nothing, and
// whatever is refused is refused clearly.
//
// PARLOR_ATTACKS says how many (10000); PARLOR_SEED repeats a run.
import assert from 'node:assert/strict';
import { alive, residentKiB } from '../lib/host.mjs';
import { chosenSeed, Random } from '../lib/random.mjs';
import { fetchRaw } from '../lib/raw.mjs';
import { crew, endpoints, leaveAll, plain, SDKS } from '../lib/scenario.mjs';
import { attackHttp, attackJoined, attackStream, attackUnjoined } from './hostile/attacks.mjs';

const sdks = crew();
const ATTACKS = Number(process.env.PARLOR_ATTACKS ?? 10_000);
const ABREAST = 4;
/** How much the host may have grown at the end, in KiB. */
const GROWTH = 256 * 1024;
/** How long a bystander's echo may take, in milliseconds. */
const SLOWEST_ECHO = 10_000;

class Tally {
  counts = new Map();
  count(what) { this.counts.set(what, (this.counts.get(what) ?? 0) + 1); }
  toString() { return [...this.counts].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${what}: ${n}`).join(', '); }
}

/** Echoes and broadcasts without a break until told to stop; every one must come back. */
async function bystander() {
  const echo = await sdks[SDKS[0]].create('echo');
  const pair = await sdks[SDKS.at(-1)].create('relay');
  const listener = await sdks[SDKS[0]].joinById(pair.roomId);
  let stop = false;
  let worst = 0;
  let n = 0;
  const busy = (async () => {
    while (!stop) {
      const start = performance.now();
      assert.equal(await echo.ask('beat', n), n);
      await pair.send('beat', n);
      assert.equal(await listener.message('beat'), n);
      worst = Math.max(worst, performance.now() - start);
      n += 1;
    }
  })();
  busy.catch(() => {});
  return async () => {
    stop = true;
    await busy;
    await leaveAll(echo, pair, listener);
    return { n, worst };
  };
}

plain(`${ATTACKS} bad frames, requests and connections`, async (t) => {
  const seed = chosenSeed();
  t.diagnostic(`seed ${seed}`);
  const endpoint = endpoints.conformance;
  const pid = Number(process.env.PARLOR_PID ?? 0);
  const before = pid && residentKiB(pid);
  const tally = new Tally();
  const finish = await bystander();
  const master = new Random(seed);
  let done = 0;
  let failure;
  const worker = async (random) => {
    while (done < ATTACKS && !failure) {
      const kind = random.unit();
      const attack = kind < 0.3 ? attackJoined : kind < 0.45 ? attackUnjoined : kind < 0.9 ? attackHttp : attackStream;
      const fork = random.fork();
      try {
        done += await attack(endpoint, fork, tally);
      } catch (error) {
        failure ??= new Error(`seed ${seed}, after ${done} attacks, ${attack.name}: ${error.message}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, () => worker(master.fork())));
  const { n, worst } = await finish();
  t.diagnostic(`${done} attacks; ${tally}`);
  t.diagnostic(`a bystander's ${n} rounds took at most ${Math.round(worst)} ms`);
  if (failure) throw failure;
  assert.ok(n > 100, `only ${n} rounds`);
  assert.ok(worst < SLOWEST_ECHO, `a round took ${Math.round(worst)} ms`);
  if (pid) {
    assert.ok(alive(pid), 'the host lives');
    const after = residentKiB(pid);
    if (before && after) {
      t.diagnostic(`resident memory: ${before} KiB before, ${after} KiB after`);
      assert.ok(after - before < GROWTH, `the host grew by ${after - before} KiB`);
    }
  }
  assert.equal((await fetchRaw(endpoint, { path: '/__healthcheck' })).status, 200);
  for (const name of SDKS) {
    const client = await sdks[name].create('echo');
    assert.equal(await client.ask('after', 'all'), 'all');
    await leaveAll(client);
  }
}, { timeout: 600_000 });
