// Random histories: after each batch of operations the clients of all SDKs, late joiners and the room
// itself agree on the whole state, no decoder complains, and no reference is left behind.
//
// PARLOR_HISTORIES says how many (300), PARLOR_ABREAST how many rooms at once (8). PARLOR_SEED replays one.
import { crew, SDKS, together } from '../lib/scenario.mjs';
import { chosenSeed } from '../lib/random.mjs';
import { playHistory } from './state/history.mjs';

const sdks = crew();
const replay = process.env.PARLOR_SEED !== undefined;
const count = replay ? 1 : Number(process.env.PARLOR_HISTORIES ?? 300);
const abreast = Number(process.env.PARLOR_ABREAST ?? 8);

together(`${count} random histories`, async (t) => {
  const first = chosenSeed();
  t.diagnostic(`seeds ${first} to ${first + count - 1}; replay one with PARLOR_SEED=<seed>`);
  const running = new Set();
  let next = 0;
  let failure;
  const worker = async () => {
    while (next < count && !failure) {
      const seed = first + next;
      next += 1;
      running.add(seed);
      try {
        await playHistory(seed, sdks);
        for (const name of SDKS) sdks[name].assertQuiet();
      } catch (error) {
        const others = [...running].filter((other) => other !== seed);
        failure ??= new Error(`${error.message}\n  replay: PARLOR_SEED=${seed}`
          + `${others.length > 0 ? ` (running beside it: ${others.join(' ')})` : ''}`, { cause: error });
      }
      running.delete(seed);
    }
  };
  await Promise.all(Array.from({ length: Math.min(abreast, count) }, worker));
  if (failure) throw failure;
}, { timeout: 600_000 });
