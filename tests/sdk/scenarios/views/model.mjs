// What the `views` room's operations should do, and what of it a client may see.

/** A hand that was taken out and put back under the same name is another. */
let hands = 0;

export const emptyGame = () => ({
  turn: 0, log: [], board: new Map(), pile: [], table: [], hands: new Map(), vaults: new Map(), values: new Map(),
  /** By session: what is shown to it, as `what which tag`. */
  shown: new Map(),
});

export const isVault = (key) => key.startsWith('v');
const placeOf = (game, key) => (isVault(key) ? game.vaults : game.hands);
export const handOf = (game, key) => placeOf(game, key).get(key);
const allHands = (game) => [...game.hands.values(), ...game.vaults.values()];
const cardsIn = ({ cards, best }) => (best === null ? cards : [...cards, best]);

/** The cards that are somewhere. */
export const cardsOut = (game) => new Set([
  ...game.board.values(), ...game.pile, ...game.table, ...allHands(game).flatMap(cardsIn),
]);

const insert = (list, index, card) => {
  if (index <= list.length && !list.includes(card)) list.splice(index, 0, card);
};

const CHANGES = {
  turn: (game, n) => { game.turn = n; },
  log: (game, text) => game.log.push(text),
  board: (game, key, card) => game.board.set(key, card),
  'board-del': (game, key) => game.board.delete(key),
  pile: (game, index, card) => insert(game.pile, index, card),
  'pile-del': (game, index) => game.pile.splice(index, 1),
  'pile-reverse': (game) => game.pile.reverse(),
  table: (game, index, card) => insert(game.table, index, card),
  'table-del': (game, index) => game.table.splice(index, 1),
  value: (game, card, n) => game.values.set(card, n),
  hand: (game, key) => {
    hands += 1;
    placeOf(game, key).set(key, { id: hands, owner: key, cards: [], best: null });
  },
  'hand-del': (game, key) => placeOf(game, key).delete(key),
  held: (game, key, index, card) => { if (handOf(game, key)) insert(handOf(game, key).cards, index, card); },
  'held-del': (game, key, index) => handOf(game, key)?.cards.splice(index, 1),
  best: (game, key, card) => { if (handOf(game, key)) handOf(game, key).best = card; },
};

/** The name of an instance in `shown`; none if there is no such thing. */
const named = (game, what, which) => {
  if (what === 'root') return 'root';
  if (what === 'card') return `card ${which}`;
  return handOf(game, which) && `hand ${handOf(game, which).id}`;
};

/** One batch: the room shows and hides when all else has been done. */
export function perform(game, operations) {
  const looks = [];
  for (const [name, ...rest] of operations) {
    if (CHANGES[name]) CHANGES[name](game, ...rest);
    else looks.push([name, named(game, rest[0], rest[1]), rest[2] ?? -1, rest[3]]);
  }
  const there = new Set(['root', ...[...cardsOut(game)].map((card) => `card ${card}`), ...allHands(game).map(({ id }) => `hand ${id}`)]);
  const instance = (pair) => pair.slice(0, pair.lastIndexOf(' '));
  for (const pairs of game.shown.values()) {
    for (const pair of pairs) if (!there.has(instance(pair))) pairs.delete(pair);
  }
  for (const [name, who, tag, session] of looks) {
    if (!there.has(who) || !game.shown.has(session)) continue;
    if (name === 'show') game.shown.get(session).add(`${who} ${tag}`);
    else game.shown.get(session).delete(`${who} ${tag}`);
  }
}

/** The state as the client of this session should see it, as `toJSON()` gives it. */
export function seenBy(game, session) {
  const pairs = [...game.shown.get(session) ?? []];
  const shown = (who) => pairs.some((pair) => pair.startsWith(`${who} `));
  const shownWith = (who, tag) => pairs.includes(`${who} ${tag}`);
  const apart = (card) => shown(`card ${card}`);
  const isPublic = (card) => game.table.includes(card);

  const card = (number) => ({
    suit: `s${number}`,
    ...(shownWith(`card ${number}`, 1) ? { value: game.values.get(number) ?? number } : {}),
  });
  /** A hidden field: with some of its elements, or not there. */
  const part = (name, whole, all, keep, make) => {
    const seen = whole ? all : all.filter(keep);
    return whole || seen.length > 0 ? { [name]: make(seen) } : {};
  };
  const hand = ({ id, owner, cards, best }, open) => {
    const who = `hand ${id}`;
    const isOpen = open || shown(who);
    return {
      ...(isOpen ? { owner } : {}),
      ...part('cards', isOpen && shownWith(who, -1), cards, apart, (seen) => seen.map(card)),
      ...(best !== null && ((isOpen && shownWith(who, 1)) || apart(best)) ? { best: card(best) } : {}),
    };
  };
  const reached = (held) => shown(`hand ${held.id}`) || cardsIn(held).some((number) => apart(number) && !isPublic(number));

  const whole = shownWith('root', -1);
  const entries = (make) => (seen) => Object.fromEntries(seen.map(([key, value]) => [key, make(value)]));
  return {
    turn: game.turn,
    ...(shownWith('root', 2) ? { log: game.log } : {}),
    ...part('board', whole, [...game.board], ([, number]) => apart(number), entries(card)),
    ...part('pile', whole, game.pile, apart, (seen) => seen.map(card)),
    table: game.table.map(card),
    hands: entries((held) => hand(held, true))([...game.hands]),
    ...part('vaults', whole, [...game.vaults], ([, held]) => reached(held), entries((held) => hand(held, whole))),
  };
}
