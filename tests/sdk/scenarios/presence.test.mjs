// What rooms share: keys, sets, hashes, lists, channels; who shares with whom; bounds.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll } from '../lib/scenario.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
/** As `tests/conformance/parlor.toml` has it. */
const [MAX_ENTRIES, MAX_SUBSCRIPTIONS, MAX_KEY, MAX_VALUE, MAX_MESSAGE] = [500, 16, 128, 1024, 1024];

/** Keys of one test, so that no test sees another's. */
const naming = (sdk, test) => (name) => `${test}/${sdk.sdk}/${name}`;
/** What one operation answers: `{ increment: { key, by } }`. */
const carryOut = (client, operation) => client.ask('do', operation);
/** The same for many in one hook. */
const carryOutAll = (client, operations) => client.ask('all', operations);
const fails = (answer, words) => assert.match(answer?.error ?? `no error but ${JSON.stringify(answer)}`, words);

/** Plays `[operation, wanted]` in one room; a pattern means an error. */
async function table(client, rows) {
  const answers = await carryOutAll(client, rows.map(([operation]) => operation));
  rows.forEach(([operation, wanted], i) => {
    if (wanted instanceof RegExp) fails(answers[i], wanted);
    else assert.deepEqual(answers[i], wanted, JSON.stringify(operation));
  });
}

eachSdk('every kind of value, and only that kind', sdks, async (sdk) => {
  const client = await sdk.create('presence');
  const key = naming(sdk, 'kinds');
  const [text, set, other, hash, list] = ['text', 'set', 'other', 'hash', 'list'].map(key);
  await table(client, [
    [{ get: { key: text } }, null],
    [{ set: { key: text, value: '41' } }, null],
    [{ increment: { key: text, by: 1 } }, 42],
    [{ get: { key: text } }, '42'],
    [{ increment: { key: text, by: -50 } }, -8],
    [{ 'set-add': { key: set, member: 'a' } }, true],
    [{ 'set-add': { key: set, member: 'a' } }, false],
    [{ 'set-add': { key: set, member: 'b' } }, true],
    [{ 'set-add': { key: other, member: 'b' } }, true],
    [{ 'set-contains': { key: set, member: 'b' } }, true],
    [{ 'set-size': { key: set } }, 2],
    [{ 'set-intersection': { keys: [set, other] } }, ['b']],
    [{ 'set-intersection': { keys: [set, key('none')] } }, []],
    [{ 'set-remove': { key: set, member: 'a' } }, true],
    [{ 'set-members': { key: set } }, ['b']],
    [{ 'hash-set': { key: hash, field: 'f', value: '1' } }, null],
    [{ 'hash-increment': { key: hash, field: 'f', by: 9 } }, 10],
    [{ 'hash-get': { key: hash, field: 'f' } }, '10'],
    [{ 'hash-entries': { key: hash } }, [['f', '10']]],
    [{ 'hash-size': { key: hash } }, 1],
    [{ 'push-back': { key: list, value: 'b' } }, 1],
    [{ 'push-front': { key: list, value: 'a' } }, 2],
    [{ 'push-back': { key: list, value: 'c' } }, 3],
    [{ 'pop-front': { key: list } }, 'a'],
    [{ 'pop-back': { key: list } }, 'c'],
    [{ 'list-length': { key: list } }, 1],
    [{ get: { key: set } }, /wrong-kind/],
    [{ 'set-add': { key: hash, member: 'x' } }, /wrong-kind/],
    [{ 'hash-get': { key: list, field: 'x' } }, /wrong-kind/],
    [{ 'push-back': { key: text, value: 'x' } }, /wrong-kind/],
    [{ 'set-intersection': { keys: [set, text] } }, /wrong-kind/],
    [{ set: { key: hash, value: 'no number' } }, null],
    [{ increment: { key: hash, by: 1 } }, /wrong-kind/],
    [{ set: { key: hash, value: '9223372036854775807' } }, null],
    [{ increment: { key: hash, by: 1 } }, /wrong-kind/],
    // What becomes empty is gone.
    [{ 'set-remove': { key: set, member: 'b' } }, true],
    [{ exists: { key: set } }, false],
    [{ 'pop-front': { key: list } }, 'b'],
    [{ 'pop-front': { key: list } }, null],
    [{ exists: { key: list } }, false],
    [{ exists: { key: text } }, true],
    [{ remove: { key: text } }, true],
    [{ remove: { key: text } }, false],
  ]);
  await leaveAll(client);
  sdk.assertQuiet();
});

eachSdk('rooms of one type share, types of one space share, others do not', sdks, async (sdk) => {
  const key = naming(sdk, 'spaces')('who');
  const types = ['presence', 'presence', 'presence_red', 'presence_blue', 'presence_alone'];
  const rooms = await Promise.all(types.map((type) => sdk.create(type)));
  const [first, second, red, blue, alone] = rooms;
  assert.equal(new Set(rooms.map((room) => room.roomId)).size, rooms.length);
  const reads = (room) => carryOut(room, { get: { key } });
  await carryOut(first, { set: { key, value: 'own' } });
  await carryOut(red, { set: { key, value: 'shared' } });
  assert.deepEqual(await Promise.all([second, blue, alone].map(reads)), ['own', 'shared', null]);
  await leaveAll(rooms);
});

eachSdk('what is published comes to all who subscribed, in order, to its own room too', sdks, async (sdk) => {
  const channel = naming(sdk, 'channels')('news');
  const rooms = await Promise.all(['presence_red', 'presence_blue', 'presence_red', 'presence'].map((type) => sdk.create(type)));
  const [own, other, deaf, stranger] = rooms;
  for (const room of [own, other, stranger]) await carryOut(room, { subscribe: { channel } });
  const messages = Array.from({ length: 40 }, (_, n) => ({ n, text: `news ${n}`, list: [n, null, true] }));
  await carryOutAll(own, messages.map((message) => ({ publish: { channel, message } })));
  for (const room of [own, other]) {
    for (const message of messages) assert.deepEqual(await room.message('published'), [channel, message]);
  }
  // No more of it, once it is asked for no more.
  await carryOut(other, { unsubscribe: { channel } });
  await carryOut(deaf, { publish: { channel, message: 'last' } });
  assert.deepEqual(await own.message('published'), [channel, 'last']);
  await carryOut(other, { get: { key: channel } });
  for (const room of [other, deaf, stranger]) assert.deepEqual(room.heard('published'), []);
  await leaveAll(rooms);
  sdk.assertQuiet();
});

eachSdk('a room that ends takes its subscriptions along', sdks, async (sdk) => {
  const channel = naming(sdk, 'ends')('news');
  const [stays, ...go] = await Promise.all(Array.from({ length: 5 }, () => sdk.create('presence')));
  for (const room of [stays, ...go]) await carryOut(room, { subscribe: { channel } });
  await leaveAll(go);
  await carryOut(stays, { publish: { channel, message: 1 } });
  assert.deepEqual(await stays.message('published'), [channel, 1]);
  for (const room of go) assert.deepEqual(room.heard('published'), []);
  await leaveAll(stays);
});

eachSdk('keys vanish in time, unless told to stay', sdks, async (sdk) => {
  const client = await sdk.create('presence');
  const [soon, kept, late] = ['soon', 'kept', 'late'].map(naming(sdk, 'expiry'));
  const gone = (key) => eventually(
    async () => (await carryOut(client, { exists: { key } })) === false,
    () => `${key} is still there`,
  );
  await table(client, [
    [{ set: { key: soon, value: 'x', ms: 60 } }, null],
    [{ get: { key: soon } }, 'x'],
    [{ set: { key: kept, value: 'x', ms: 60 } }, null],
    [{ set: { key: kept, value: 'y' } }, null],
    [{ 'push-back': { key: late, value: 'x' } }, 1],
    [{ expire: { key: late, ms: 100_000 } }, true],
    [{ expire: { key: `${late}r`, ms: 10 } }, false],
  ]);
  await gone(soon);
  await table(client, [
    [{ get: { key: kept } }, 'y'],
    [{ 'list-length': { key: late } }, 1],
    [{ expire: { key: late, ms: 20 } }, true],
  ]);
  await gone(late);
  await leaveAll(client);
});

eachSdk('counters from many rooms at once are exact', sdks, async (sdk) => {
  const [counter, board] = ['counter', 'board'].map(naming(sdk, 'counters'));
  const [ROOMS, MESSAGES, STEPS] = [8, 5, 100];
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => sdk.create('presence')));
  const step = [{ increment: { key: counter, by: 1 } }, { 'hash-increment': { key: board, field: 'all', by: 2 } }];
  const steps = Array.from({ length: STEPS }, () => step).flat();
  const sums = await Promise.all(rooms.flatMap((room) => Array.from({ length: MESSAGES }, () => carryOutAll(room, steps))));
  const total = ROOMS * MESSAGES * STEPS;
  const seen = sums.flatMap((answers) => answers.filter((_, i) => i % 2 === 0)).sort((a, b) => a - b);
  assert.deepEqual(seen, Array.from({ length: total }, (_, i) => i + 1), 'each sum was given once');
  assert.equal(await carryOut(rooms[0], { get: { key: counter } }), String(total));
  assert.equal(await carryOut(rooms[1], { 'hash-get': { key: board, field: 'all' } }), String(2 * total));
  await leaveAll(rooms);
});

eachSdk('each bound is named, and what is below goes on', sdks, async (sdk) => {
  const client = await sdk.create('presence_alone');
  const key = naming(sdk, 'bounds');
  const channels = Array.from({ length: MAX_SUBSCRIPTIONS }, (_, i) => key(`channel ${i}`));
  const push = { 'push-back': { key: key('list'), value: 'x' } };
  await table(client, [
    [{ set: { key: 'k'.repeat(MAX_KEY + 1), value: '' } }, /max-key/],
    [{ set: { key: 'k'.repeat(MAX_KEY), value: '' } }, null],
    [{ remove: { key: 'k'.repeat(MAX_KEY) } }, true],
    [{ set: { key: key('value'), value: 'v'.repeat(MAX_VALUE + 1) } }, /max-value/],
    [{ set: { key: key('value'), value: 'v'.repeat(MAX_VALUE) } }, null],
    [{ publish: { channel: key('news'), message: 'm'.repeat(MAX_MESSAGE) } }, /max-message/],
    [{ publish: { channel: key('news'), message: 'm'.repeat(MAX_MESSAGE - 3) } }, null],
    ...channels.map((channel) => [{ subscribe: { channel } }, null]),
    [{ subscribe: { channel: channels[0] } }, null],
    [{ subscribe: { channel: key('one more') } }, /max-subscriptions/],
    [{ unsubscribe: { channel: channels[0] } }, null],
    [{ subscribe: { channel: key('one more') } }, null],
  ]);
  // One is taken by the text.
  const lengths = await carryOutAll(client, Array.from({ length: MAX_ENTRIES }, () => push));
  assert.equal(lengths.at(-2), MAX_ENTRIES - 1);
  fails(lengths.at(-1), /max-entries/);
  await table(client, [
    [{ 'set-add': { key: key('set'), member: 'x' } }, /max-entries/],
    [{ 'pop-back': { key: key('list') } }, 'x'],
    [{ 'set-add': { key: key('set'), member: 'x' } }, true],
    ...['value', 'list', 'set'].map((name) => [{ remove: { key: key(name) } }, true]),
  ]);
  await leaveAll(client);
});
