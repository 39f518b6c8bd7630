// Random operations on the `state` room. An operation is a list, its name first, as the room takes it.

const KEYS = ['ann', 'bob', 'cyn', 'd:e', 'ünder', 'f'.repeat(40)];
const WORDS = ['', 'a', 'wuff', 'text', 'äöü', '🎲', 'x'.repeat(31), 'y'.repeat(32), 'z'.repeat(254), 'z'.repeat(255), 'z'.repeat(256), 'long '.repeat(60)];
const NUMBERS = [0, 1, -1, -32, -33, 63, 64, 127, 128, 255, 256, 65535, 65536, 2147483647, -2147483648, 4294967295, 4294967296,
  Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.5, 0.1, -0.25, 1e-9, 1e300, 5e-324, 3.4028235e38, 123456.789];
const BIGS = [0n, 1n, -1n, 127n, 4294967296n, -4294967297n, 9007199254740993n, 9223372036854775807n, -9223372036854775808n];

const number = (random) => (random.chance(0.5) ? random.pick(NUMBERS) : random.int(-1000, 1000) / random.pick([1, 4, 10]) + 0);
const word = (random) => random.pick(WORDS);
const key = (random) => random.pick(KEYS);
const player = (random) => ({ x: number(random), y: number(random), name: word(random), hp: random.int(0, 65535) });
const item = (random) => ({ id: random.chance(0.7) ? random.int(0, 9) : random.pick([255, 65536, 4294967295]), count: number(random) });

/** An index into a list of this length, now and then beyond it. `more` is 1 where one may add at the end. */
const index = (random, length, more = 0) => (random.chance(0.12) ? length + more + random.int(0, 4) : random.int(0, Math.max(0, length - 1 + more)));

/** Every operation of the room: how often it is drawn, and how its arguments are made. */
const OPERATIONS = {
  counter: [1, (r) => [number(r)]],
  label: [2, (r) => [word(r)]],
  flag: [1, (r) => [r.chance(0.5)]],
  big: [2, (r) => [r.pick(BIGS)]],
  ratio: [2, (r) => [number(r)]],
  player: [5, (r) => [key(r), player(r)]],
  'player-x': [3, (r) => [key(r), number(r)]],
  'player-del': [3, (r) => [key(r)]],
  'players-clear': [0.5, () => []],
  favorite: [3, (r) => [r.chance(0.25) ? null : key(r)]],
  score: [4, (r) => [key(r), number(r)]],
  'score-del': [3, (r) => [key(r)]],
  item: [6, (r, s) => [index(r, s.items.length, 1), item(r)]],
  'item-count': [3, (r, s) => [index(r, s.items.length), number(r)]],
  'item-del': [4, (r, s) => [index(r, s.items.length)]],
  'item-move': [4, (r, s) => [index(r, s.items.length), index(r, s.items.length)]],
  'items-swap': [3, (r, s) => [index(r, s.items.length), index(r, s.items.length)]],
  'items-reverse': [1.5, () => []],
  'items-sort': [1.5, () => []],
  'items-clear': [0.5, () => []],
  num: [6, (r, s) => [index(r, s.numbers.length, 1), number(r)]],
  'num-set': [3, (r, s) => [index(r, s.numbers.length), number(r)]],
  'num-del': [4, (r, s) => [index(r, s.numbers.length)]],
  'nums-clear': [0.5, () => []],
  'nums-reverse': [1.5, () => []],
  name: [5, (r, s) => [index(r, s.names.length, 1), word(r)]],
  'name-del': [3, (r, s) => [index(r, s.names.length)]],
  tag: [4, (r) => [word(r)]],
  'tag-del': [3, (r) => [word(r)]],
  bag: [3, (r) => [item(r)]],
  'bag-clear': [0.7, () => []],
  dog: [3, (r) => [r.int(0, 255), word(r)]],
  bird: [3, (r) => [r.int(0, 255), r.int(0, 255)]],
  'zoo-del': [4, (r, s) => [index(r, s.zoo.length)]],
};

const NAMES = Object.keys(OPERATIONS);
const TOTAL = NAMES.reduce((sum, name) => sum + OPERATIONS[name][0], 0);

/** One operation; `state` (the model's) gives the lengths that indexes are drawn from. */
export function randomOperation(random, state) {
  let at = random.unit() * TOTAL;
  const name = NAMES.find((candidate) => {
    at -= OPERATIONS[candidate][0];
    return at < 0;
  }) ?? NAMES[0];
  return [name, ...OPERATIONS[name][1](random, state)];
}
