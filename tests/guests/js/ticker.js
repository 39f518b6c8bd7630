// Moves many entities every 50 ms.
import { setTickInterval } from 'parlor:room/clock@0.1.0';
import { setPatchInterval } from 'parlor:room/room@0.1.0';
import { apply } from 'parlor:room/state@0.1.0';
import { parse, room, whole } from './glue.js';

const MILLISECONDS = 50;
const SIZE = 1000;
const [ROOT, ENTITY] = [0, 1];
const [ENTITIES, X, Y] = [0, 0, 1];

let entities = [];

const number = (name) => ({ name, type: { tag: 'primitive', val: 'number' } });
const set = (node, field, to) => ({ tag: 'set', val: { node, field, value: { tag: 'float', val: to } } });

const entity = (i) => ({
  node: i + 1,
  x: (37.77 * i) % SIZE,
  y: (91.13 * i) % SIZE,
  dx: 0.25 + 0.31 * (i % 7),
  dy: 0.4 + 0.27 * (i % 5),
});

const birth = ({ node, x, y }, i) => [
  { tag: 'create', val: { node, struct: ENTITY } },
  set(node, X, x),
  set(node, Y, y),
  { tag: 'map-set', val: { node: ROOT, field: ENTITIES, key: `e${i}`, value: { tag: 'node', val: node } } },
];

const showAll = () => apply(entities.flatMap(birth));

/** Takes a step from `at`; beyond a border the rest of the step leads back. */
function step(at, by) {
  const to = at + by;
  if (to > SIZE) return [2 * SIZE - to, -by];
  return to < 0 ? [-to, -by] : [to, by];
}

export const hooks = room({
  state: {
    structs: [
      { name: 'Ticker', fields: [{ name: 'entities', type: { tag: 'map', val: { tag: 'struct', val: ENTITY } } }] },
      { name: 'Entity', fields: [number('x'), number('y')] },
    ],
    root: 0,
  },
  onCreate(options) {
    const count = whole('entities', parse(options).entities ?? 100, 0, 2000, 400);
    entities = Array.from({ length: count }, (_, i) => entity(i));
    showAll();
    setTickInterval(MILLISECONDS);
    setPatchInterval(MILLISECONDS);
  },
  onTick() {
    const changes = [];
    for (const e of entities) {
      [e.x, e.dx] = step(e.x, e.dx);
      [e.y, e.dy] = step(e.y, e.dy);
      changes.push(set(e.node, X, e.x), set(e.node, Y, e.y));
    }
    apply(changes);
  },
  save: () => entities,
  restore(saved, state) {
    entities = saved;
    if (state === 'emptied') showAll();
  },
});
