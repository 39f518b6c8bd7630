// How scenarios are written: one `node:test` per SDK, against the host that the runner has started.
//
// A test is named `subject · what it shows [SDK]`; the table at the end of a run is made from that.
import { basename } from 'node:path';
import { after, before, test } from 'node:test';
import { Driver } from './driver.mjs';
import { RawSocket } from './raw.mjs';

const CHOSEN = (process.env.PARLOR_SDKS ?? '0.18,0.17,0.16,0.15').split(',');
/** The oldest SDK. Its endpoint has a path of its own, and only `compat015` plays it. */
export const OLDEST = '0.15';
/** All other SDKs, newest first. `PARLOR_SDKS=0.17,0.16` narrows them. */
export const SDKS = CHOSEN.filter((sdk) => sdk !== OLDEST);
/** The oldest SDK, if it is to be played. */
export const COMPAT = CHOSEN.filter((sdk) => sdk === OLDEST);
/** SDKs that come back by themselves after a lost connection. */
export const SELF_RECONNECTING = SDKS.filter((sdk) => sdk !== '0.16');
/** SDKs with `room.request`. */
export const REQUESTING = SDKS.filter((sdk) => sdk === '0.18');

/** An environment variable that the runner sets. */
export const needed = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start scenarios with tests/sdk/run, or see its README.md`);
  return value;
};

/** Addresses of the hosts that the runner has started, by the configuration they serve. */
export const endpoints = {
  get conformance() { return needed('PARLOR_ENDPOINT'); },
  get guests() { return needed('PARLOR_GUESTS_ENDPOINT'); },
  get samples() { return needed('PARLOR_ROOMS_ENDPOINT'); },
};

/**
 * Starts a driver per SDK before this file's tests and ends them after. `crew['0.18']` is a driver once
 * the tests run. A test that expects no complaint calls `crew[sdk].assertQuiet()` at its end. `endpoint`
 * gives the host's address, or a promise of it.
 */
export function crew(endpoint = () => endpoints.conformance, sdks = SDKS) {
  const drivers = {};
  before(async () => {
    const address = await endpoint();
    await Promise.all(sdks.map(async (sdk) => {
      drivers[sdk] = await Driver.start(sdk, sdk === OLDEST ? `${address}/compat015` : address);
    }));
  });
  after(async () => {
    RawSocket.endAll();
    await Promise.all(Object.values(drivers).map((driver) => driver.stop()));
  });
  return drivers;
}

/** The file that is being played. */
const SUBJECT = basename(process.argv[1] ?? '', '.test.mjs');

/** Registers a test that needs no particular SDK, or none at all. */
export const plain = (name, play, { timeout = 120_000, skip } = {}) => test(`${SUBJECT} · ${name}`, { timeout, skip }, play);

/** Registers the test once per SDK. `play(driver, t)` gets the driver of that SDK. */
export function eachSdk(name, drivers, play, { sdks = SDKS, timeout = 120_000 } = {}) {
  for (const sdk of sdks) {
    test(`${SUBJECT} · ${name} [${sdk}]`, { timeout }, async (t) => {
      drivers[sdk].console.length = 0;
      drivers[sdk].crashes.length = 0;
      await play(drivers[sdk], t);
      if (drivers[sdk].crashes.length > 0) throw new Error(`SDK ${sdk} crashed: ${drivers[sdk].crashes.splice(0).join('\n')}`);
    });
  }
}

/** Registers one test that uses several SDKs at once. */
export function together(name, play, { timeout = 60_000 } = {}) {
  plain(`${name} [all]`, play, { timeout });
}

/** Leaves without minding when some are gone already. */
export const leaveAll = (...clients) => Promise.all(clients.flat().filter(Boolean).map(async (client) => {
  if (await client.isOpen().catch(() => false)) await client.leave();
}));

/** Awaits a rejection and gives the error; a success is a failure that names `what`. */
export async function refused(promise, what) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what} was allowed`);
}
