// Random histories: after each batch of operations the clients of all SDKs, late joiners and the room
// itself agree on the whole state, no decoder complains, and no reference is left behind.
//
// PARLOR_HISTORIES says how many (300), PARLOR_ABREAST how many rooms at once (8). PARLOR_SEED replays one.
import { crew, SDKS, together } from '../lib/scenario.mjs';
import { chosenSeed } from '../lib/random.mjs';
import { playHistories } from './shared/histories.mjs';
import { playHistory } from './state/history.mjs';

const sdks = crew();
const replay = process.env.PARLOR_SEED !== undefined;
const count = replay ? 1 : Number(process.env.PARLOR_HISTORIES ?? 300);

together(`${count} random histories`, async (t) => {
  const first = chosenSeed();
  t.diagnostic(`seeds ${first} to ${first + count - 1}; replay one with PARLOR_SEED=<seed>`);
  await playHistories({ first, count }, async (seed) => {
    await playHistory(seed, sdks);
    for (const name of SDKS) sdks[name].assertQuiet();
  });
}, { timeout: 600_000 });
