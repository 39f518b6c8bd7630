// Random histories of what is shown and hidden: after each batch every client of every SDK, late joiners and
// those that came back see exactly what a model says they may; no decoder complains, no reference is left behind.
//
// PARLOR_VIEW_HISTORIES says how many (200), PARLOR_ABREAST how many rooms at once (8). PARLOR_SEED replays one.
import { crew, SDKS, together } from '../lib/scenario.mjs';
import { chosenSeed } from '../lib/random.mjs';
import { playHistories } from './shared/histories.mjs';
import { playHistory } from './views/history.mjs';

const sdks = crew();
const replay = process.env.PARLOR_SEED !== undefined;
const count = replay ? 1 : Number(process.env.PARLOR_VIEW_HISTORIES ?? 200);

together(`${count} random histories of shows and hides`, async (t) => {
  const first = chosenSeed();
  t.diagnostic(`seeds ${first} to ${first + count - 1}; replay one with PARLOR_SEED=<seed>`);
  await playHistories({ first, count }, async (seed) => {
    await playHistory(seed, sdks);
    for (const name of SDKS) sdks[name].assertQuiet();
  });
}, { timeout: 600_000 });
