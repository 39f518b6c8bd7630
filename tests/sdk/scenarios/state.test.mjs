// The synchronised state in small, readable steps; the histories are its long test.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';
import { differences } from '../lib/compare.mjs';
import { emptyState, orderedModel, perform } from './state/model.mjs';

const sdks = crew();

const STEPS = {
  'plain fields of each type': [['label', 'äöü'], ['flag', true], ['big', 9007199254740993n], ['ratio', 0.1], ['counter', 0.1]],
  'a map of structs': [['player', 'a', { x: 1.5, y: -2, name: 'A', hp: 65535 }], ['player', 'b', { x: 0, y: 0, name: '', hp: 0 }], ['player-x', 'a', 7]],
  'one instance at two places': [['favorite', 'a'], ['player-x', 'a', 8]],
  'an entry replaced while it is shown elsewhere': [['player', 'a', { x: 1, y: 1, name: 'other', hp: 1 }]],
  'an entry removed': [['player-del', 'b'], ['favorite', null]],
  'a map of numbers': [['score', 'x', 1], ['score', 'y', 2], ['score-del', 'x'], ['score', 'x', 3]],
  'an array of structs': [['item', 0, { id: 3, count: 1 }], ['item', 0, { id: 1, count: 2 }], ['item', 1, { id: 2, count: 3 }]],
  'inserted in the middle and taken out in one go': [['item', 1, { id: 9, count: 9 }], ['item-del', 0], ['item', 3, { id: 8, count: 8 }]],
  'moved, swapped, turned and sorted': [['item-move', 0, 2], ['items-swap', 0, 1], ['items-reverse'], ['items-sort']],
  'an element of an array changed': [['item-count', 1, 77]],
  'arrays of primitives': [['num', 0, 1], ['num', 1, 2], ['num', 1, 1.5], ['num-set', 0, 9], ['name', 0, 'x'], ['name', 0, 'y'], ['name-del', 1]],
  'out of range, nothing happens': [['item-del', 99], ['num-set', 99, 1], ['num', 99, 1], ['name-del', 99], ['zoo-del', 99], ['item-move', 0, 99]],
  'a set': [['tag', 'a'], ['tag', 'b'], ['tag', 'a'], ['tag-del', 'a'], ['tag', 'c']],
  'a collection': [['bag', { id: 1, count: 1 }], ['bag', { id: 1, count: 1 }]],
  'elements that extend their type': [['dog', 4, 'wuff'], ['bird', 2, 2], ['dog', 3, 'wau'], ['zoo-del', 0]],
  'all emptied': [['players-clear'], ['items-clear'], ['nums-clear'], ['bag-clear']],
  'and filled again': [['player', 'a', { x: 1, y: 1, name: 'again', hp: 1 }], ['item', 0, { id: 1, count: 1 }], ['num', 0, 1], ['bag', { id: 2, count: 2 }]],
};

eachSdk('a new room shows its state at once', sdks, async (sdk) => {
  const client = await sdk.create('state');
  await client.until(() => true);
  assert.deepEqual(differences(await client.ordered(), orderedModel(emptyState())), []);
  assert.equal((await client.frames())[0x0e], 1, 'one snapshot');
  await leaveAll(client);
  sdk.assertQuiet();
});

eachSdk('every kind of change arrives, late or not', sdks, async (sdk) => {
  const model = emptyState();
  const client = await sdk.create('state');
  let marker = 0;
  for (const [step, operations] of Object.entries(STEPS)) {
    marker += 1;
    const all = [...operations, ['counter', marker]];
    for (const operation of all) perform(model, operation);
    await client.send('apply', all);
    await client.until((state, n) => state.counter === n, marker);
    assert.deepEqual(differences(await client.ordered(), orderedModel(model)), [], step);
    const late = await sdk.joinById(client.roomId);
    await late.until(() => true);
    assert.deepEqual(differences(await late.ordered(), orderedModel(model)), [], `${step}, late`);
    for (const who of [client, late]) {
      const { leaked, untracked } = await who.audit();
      assert.deepEqual([leaked, untracked], [[], []], step);
    }
    await leaveAll(late);
  }
  await leaveAll(client);
  sdk.assertQuiet();
});

together('nothing is sent when nothing changed', async () => {
  const first = await sdks[SDKS[0]].create('state');
  const others = await Promise.all(SDKS.slice(1).map((name) => sdks[name].joinById(first.roomId)));
  const all = [first, ...others];
  await first.send('apply', [['label', 'same'], ['counter', 1]]);
  await Promise.all(all.map((client) => client.until((state) => state.counter === 1)));
  const before = await Promise.all(all.map((client) => client.changes()));
  await first.send('apply', [['label', 'same'], ['counter', 1], ['item-del', 5]]);
  await first.send('apply', [['counter', 2]]);
  await Promise.all(all.map((client) => client.until((state) => state.counter === 2)));
  const after = await Promise.all(all.map((client) => client.changes()));
  for (const [i, client] of all.entries()) assert.equal(after[i] - before[i], 1, `SDK ${client.sdk}`);
  await leaveAll(all);
});
