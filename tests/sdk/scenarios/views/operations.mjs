// Draws operations of the `views` room.
import { cardsOut, handOf, isVault } from './model.mjs';

const KEYS = ['h0', 'h1', 'h2', 'v0', 'v1'];
const TAGS = [null, 1, 2, 7];
const CARDS = 12;

/** Something to look at, as `what, which`. */
function something(random, game) {
  const cards = [...cardsOut(game)];
  const hands = KEYS.filter((key) => handOf(game, key));
  const roll = random.unit();
  if (roll < 0.15) return ['root', null];
  if (roll < 0.4 && hands.length > 0) return ['hand', random.pick(hands)];
  if (cards.length > 0) return ['card', random.pick(cards)];
  return ['root', null];
}

/** Something to show to a client or to hide from it, without the client. */
export function randomLook(random, game) {
  return [random.chance(0.6) ? 'show' : 'hide', ...something(random, game), random.pick(TAGS)];
}

/** One operation; `sessions` are those to whom something may be shown. */
export function randomOperation(random, game, sessions) {
  if (random.chance(0.45)) return [...randomLook(random, game), random.pick(sessions)];
  const card = random.int(1, CARDS);
  const key = random.pick(KEYS);
  const slot = (list) => random.int(0, Math.max(0, list.length));
  const held = handOf(game, key)?.cards ?? [];
  return random.pick([
    () => ['log', `line ${random.int(0, 99)}`],
    () => ['board', `k${random.int(0, 3)}`, card],
    () => ['board-del', `k${random.int(0, 3)}`],
    () => ['pile', slot(game.pile), card],
    () => ['pile', slot(game.pile), card],
    () => ['pile-del', slot(game.pile)],
    () => ['pile-reverse'],
    () => ['table', slot(game.table), card],
    () => ['table-del', slot(game.table)],
    () => ['value', card, random.int(0, 1000)],
    () => ['hand', key],
    () => ['hand', isVault(key) ? 'h0' : 'v0'],
    () => ['hand-del', key],
    () => ['held', key, slot(held), card],
    () => ['held', key, slot(held), card],
    () => ['held-del', key, slot(held)],
    () => ['best', key, random.chance(0.3) ? null : card],
  ])();
}
