// What the `state` room should do with its operations, written a second time: so that a room in which
// nothing happens cannot pass by agreeing with clients to whom nothing was sent.

/** The root as it is before any operation. */
export const emptyState = () => ({
  counter: 0, label: '', flag: false, big: 0n, ratio: 0, favorite: null,
  players: new Map(), scores: new Map(), items: [], numbers: [], names: [], tags: [], bag: [], zoo: [],
});

const has = (list, i) => i < list.length;
const insert = (list, i, value) => { if (i <= list.length) list.splice(i, 0, value); };
const remove = (list, i) => { if (has(list, i)) list.splice(i, 1); };

const EFFECTS = {
  counter: (s, n) => { s.counter = n; },
  label: (s, text) => { s.label = text; },
  flag: (s, on) => { s.flag = on; },
  big: (s, n) => { s.big = n; },
  ratio: (s, n) => { s.ratio = Math.fround(n); },
  player: (s, key, player) => { s.players.set(key, { ...player }); },
  'player-x': (s, key, x) => { if (s.players.has(key)) s.players.get(key).x = x; },
  'player-del': (s, key) => { s.players.delete(key); },
  'players-clear': (s) => { s.players.clear(); },
  favorite: (s, key) => { if (key === null) s.favorite = null; else if (s.players.has(key)) s.favorite = s.players.get(key); },
  score: (s, key, n) => { s.scores.set(key, n); },
  'score-del': (s, key) => { s.scores.delete(key); },
  item: (s, i, item) => insert(s.items, i, { ...item }),
  'item-count': (s, i, n) => { if (has(s.items, i)) s.items[i].count = n; },
  'item-del': (s, i) => remove(s.items, i),
  'item-move': (s, from, to) => { if (has(s.items, from) && has(s.items, to)) s.items.splice(to, 0, ...s.items.splice(from, 1)); },
  'items-swap': (s, i, j) => { if (has(s.items, i) && has(s.items, j)) [s.items[i], s.items[j]] = [s.items[j], s.items[i]]; },
  'items-reverse': (s) => { s.items.reverse(); },
  'items-sort': (s) => { s.items.sort((a, b) => a.id - b.id); },
  'items-clear': (s) => { s.items = []; },
  num: (s, i, n) => insert(s.numbers, i, n),
  'num-set': (s, i, n) => { if (has(s.numbers, i)) s.numbers[i] = n; },
  'num-del': (s, i) => remove(s.numbers, i),
  'nums-clear': (s) => { s.numbers = []; },
  'nums-reverse': (s) => { s.numbers.reverse(); },
  name: (s, i, text) => insert(s.names, i, text),
  'name-del': (s, i) => remove(s.names, i),
  tag: (s, text) => { if (!s.tags.includes(text)) s.tags.push(text); },
  'tag-del': (s, text) => { s.tags = s.tags.filter((tag) => tag !== text); },
  bag: (s, item) => { s.bag.push({ ...item }); },
  'bag-clear': (s) => { s.bag = []; },
  dog: (s, legs, bark) => { s.zoo.push({ legs, bark }); },
  bird: (s, legs, wings) => { s.zoo.push({ legs, wings }); },
  'zoo-del': (s, i) => remove(s.zoo, i),
};

/** Does the operation to the model's state. */
export const perform = (state, [name, ...args]) => EFFECTS[name](state, ...args);

/** The model's state in the form in which a client's is given: maps in order, unset fields left out. */
export function orderedModel(state) {
  const map = (entries) => ({ $map: [...entries].map(([key, value]) => [key, typeof value === 'object' ? { ...value } : value]) });
  const { favorite, players, scores, ...rest } = state;
  return { ...structuredClone(rest), ...(favorite && { favorite: { ...favorite } }), players: map(players), scores: map(scores) };
}

/** The room's own dump in that form. MessagePack may bring a whole number as any of three kinds. */
export function orderedDump(dump) {
  const settle = (value) => {
    if (typeof value === 'bigint') return Number(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map(settle);
    return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null && v !== undefined).map(([k, v]) => [k, settle(v)]));
  };
  const { big, ratio, players, scores, ...rest } = dump;
  const map = (entries) => ({ $map: Object.entries(settle(entries)) });
  return { ...settle(rest), big: BigInt(big), ratio: Math.fround(Number(ratio)), players: map(players), scores: map(scores) };
}
