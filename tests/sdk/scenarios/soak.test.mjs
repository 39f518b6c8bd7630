// Two thousand joins and leaves in fifty rooms, after which the process has what it needs, and another thousand leave nothing behind.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { configured } from '../lib/configured.mjs';
import { residentKiB } from '../lib/host.mjs';
import { fetchRaw, RawSocket } from '../lib/raw.mjs';
import { plain } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';

const ROOMS = 50;
const JOINS = 1000;
/** Of 1: what memory may grow by over the last thousand. */
const GROWTH = 0.05;
/** KiB that come and go with how many of the joins happen to coincide. */
const ALLOCATOR = 8 * 1024;

async function left(raw) {
  raw.send([0x0c]);
  assert.equal((await raw.close()).code, 4000);
}

/** Fifty rooms, each kept open by one client while the others come and go. */
async function round(endpoint) {
  const keepers = await Promise.all(Array.from({ length: ROOMS }, () => RawSocket.join(endpoint, 'create', 'idle_state')));
  for (let n = 0; n < JOINS / ROOMS; n += 1) {
    await Promise.all(keepers.map(async ({ seat }) => left(await RawSocket.join(endpoint, 'joinById', seat.roomId))));
  }
  await Promise.all(keepers.map(left));
}

/** How many entries `/proc` has of this kind; 0 where there is no `/proc`. */
function count(pid, what) {
  try {
    return readdirSync(`/proc/${pid}/${what}`).length;
  } catch {
    return 0;
  }
}

/** What the process holds once it has nothing more to do. */
async function held(host, descriptors) {
  await eventually(async () => (await fetchRaw(host.endpoint, { path: '/matchmake/' })).body === '[]', () => 'rooms stayed');
  await eventually(() => descriptors === undefined || count(host.pid, 'fd') <= descriptors, () => `${count(host.pid, 'fd')} descriptors of ${descriptors} stayed`);
  return { descriptors: count(host.pid, 'fd'), threads: count(host.pid, 'task'), memory: residentKiB(host.pid) };
}

plain('three thousand joins and leaves in fifty rooms', async (t) => {
  const host = await configured('soak', ['idle_state'], '');
  t.after(() => host.stop());
  const { descriptors } = await held(host);
  // The allocator takes a while to have enough of everything.
  await round(host.endpoint);
  await round(host.endpoint);
  const first = await held(host, descriptors);
  await round(host.endpoint);
  const second = await held(host, descriptors);
  t.diagnostic(`after ${2 * JOINS}: ${first.memory} KiB, after ${3 * JOINS}: ${second.memory} KiB; ${second.threads} threads, ${second.descriptors} descriptors`);
  assert.ok(second.threads <= first.threads, `${second.threads} threads, before ${first.threads}`);
  if (first.memory) assert.ok(second.memory <= first.memory * (1 + GROWTH) + ALLOCATOR, `${second.memory} KiB, before ${first.memory} KiB`);
}, { timeout: 240_000 });
