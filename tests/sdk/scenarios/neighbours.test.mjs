// What rooms do with each other: look for one another, make rooms, seat clients there, talk.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, plain, SDKS } from '../lib/scenario.mjs';
import { matchmake } from '../lib/raw.mjs';
import { eventually } from '../lib/waiting.mjs';

const sdks = crew();
let groups = 0;
/** A word of its own for each scenario, so that no room of another is found. */
const fresh = (sdk) => `${sdk.sdk}-${process.pid}-${(groups += 1)}`.replaceAll('.', '-');

/** What came out of it; an error of the room is a failure of the test. */
async function done(client, type, payload) {
  const { ok, error, text } = await client.ask(type, payload);
  assert.equal(error, undefined, `${type} ${JSON.stringify(payload)}: ${error} (${text})`);
  return ok;
}

/** By which error nothing came out of it. */
async function failed(client, type, payload, error, text = /./) {
  const answer = await client.ask(type, payload);
  assert.equal(answer.error, error, `${type} ${JSON.stringify(payload)}: ${JSON.stringify(answer)}`);
  assert.match(answer.text, text);
}

const make = (client, name, options = {}) => done(client, 'create', { name, options });

eachSdk('rooms are found by conditions, in order, at most so many', sdks, async (sdk) => {
  const group = fresh(sdk);
  const client = await sdk.create('neighbours');
  const ids = {};
  for (const [name, more] of [['low', {}], ['middle', { private: true }], ['high', { locked: true }], ['other', {}]]) {
    const metadata = { group, name, rank: ['low', 'middle', 'high'].indexOf(name), open: name === 'low' };
    if (name === 'other') metadata.rank = 'none';
    ids[name] = await make(client, 'nested', { metadata, ...more });
  }
  const mine = ['group', 'equal', group];
  const names = async (conditions, more = {}) => {
    const found = await done(client, 'query', { name: 'nested', conditions: [mine, ...conditions], ...more });
    return found.map((room) => room.metadata.name);
  };
  assert.deepEqual(await names([]), ['low', 'middle', 'high', 'other']);
  assert.deepEqual(await names([['rank', 'at-least', 1]]), ['middle', 'high']);
  assert.deepEqual(await names([['rank', 'greater', 0], ['rank', 'less', 2]]), ['middle']);
  assert.deepEqual(await names([['rank', 'at-most', 0.5]]), ['low']);
  assert.deepEqual(await names([['rank', 'not-equal', 1]]), ['low', 'high', 'other']);
  assert.deepEqual(await names([['name', 'one-of', ['high', 'low', 'nobody']]]), ['low', 'high']);
  assert.deepEqual(await names([['open', 'equal', true]]), ['low']);
  assert.deepEqual(await names([['private', 'equal', true]]), ['middle']);
  assert.deepEqual(await names([['locked', 'equal', true]]), ['high']);
  assert.deepEqual(await names([['missing', 'not-equal', 1]]), []);
  assert.deepEqual(await names([], { sort: ['name'] }), ['high', 'low', 'middle', 'other']);
  assert.deepEqual(await names([], { sort: ['-rank'] }), ['other', 'high', 'middle', 'low']);
  assert.deepEqual(await names([], { sort: ['-rank'], limit: 2 }), ['other', 'high']);
  assert.deepEqual(await names([], { limit: 0 }), []);

  // Without a type: all that the room may reach, its own included.
  const everywhere = await done(client, 'query', { conditions: [mine] });
  assert.equal(everywhere.length, 4);
  const [found] = await done(client, 'query', { name: 'neighbours', conditions: [['clients', 'equal', 1]], sort: ['-createdAt'] });
  assert.equal(found.id, client.roomId);
  assert.equal(found.name, 'neighbours');
  assert.equal(found.max_clients, null);
  assert.ok(Math.abs(found.created - Date.now()) < 60_000);

  await failed(client, 'query', { name: 'nested', limit: 1001 }, 'not-valid', /1001 rooms asked for; 1000 at most/);
  await failed(client, 'query', { conditions: [['rank', 'equal', [1]]] }, 'not-valid', /`rank`.*a text, a number/);
  await failed(client, 'query', { conditions: [['rank', 'equal', null]] }, 'not-valid', /`rank`/);
  await leaveAll(client);
  sdk.assertQuiet();
});

eachSdk('a room makes a room, or learns why not', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const id = await make(client, 'nested', { metadata: { made: 'here' } });
  const guest = await sdk.joinById(id);
  assert.equal(guest.name, 'nested');
  await failed(client, 'create', { name: 'nested', options: { refuse: 4444 } }, 'refused', /not today \(code 4444\)/);
  await failed(client, 'create', { name: 'nested', options: { slow_ms: 5000 } }, 'timed-out');
  await failed(client, 'create', { name: 'nested', options: 3 }, 'not-valid', /must be a map/);
  await failed(client, 'create', { name: 'echo' }, 'not-allowed');
  await failed(client, 'create', { name: 'nobody' }, 'not-allowed');
  await failed(guest, 'create', { name: 'nobody' }, 'no-such-room-type');
  // What took too long was never there.
  const slow = await done(client, 'query', { name: 'nested', conditions: [['slow', 'equal', true]] });
  assert.deepEqual(slow, []);
  await leaveAll(client, guest);
}, { timeout: 60_000 });

eachSdk('seats are reserved by hand, all or none', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const id = await make(client, 'nested', { max_clients: 3 });
  const session = `me-${sdk.sdk.replace('.', '')}`;
  const seats = [{ session, options: { from: 'afar' }, auth: { user: 'ada' } }, {}];
  const [named, unnamed] = await done(client, 'reserve', { room: id, seats });
  assert.equal(named.session, session);
  assert.notEqual(unnamed.session, session);
  const there = await sdk.consume(named.reservation);
  assert.equal(there.roomId, id);
  assert.equal(there.sessionId, session);
  assert.deepEqual(await there.message('joined'), [{ from: 'afar' }, { user: 'ada' }]);
  const second = await sdk.consume(unnamed.reservation);
  assert.deepEqual(await second.message('joined'), [{}, null]);

  const more = (list) => ({ room: id, seats: list });
  await failed(client, 'reserve', more([{ session }]), 'not-valid', /in the room already/);
  await failed(client, 'reserve', more([{ session: 'a' }, { session: 'b' }]), 'full');
  // Neither of the two was kept.
  const [found] = await done(client, 'query', { name: 'nested', conditions: [['clients', 'equal', 2], ['maxClients', 'equal', 3]], sort: ['-createdAt'] });
  assert.equal(found.id, id);
  await failed(client, 'reserve', more([{ session: 'not valid!' }]), 'not-valid', /session/);
  await failed(client, 'reserve', more([{ options: [1] }]), 'not-valid', /must be a map/);
  await failed(client, 'reserve', { room: 'nowhere', seats: [{}] }, 'no-such-room');
  assert.deepEqual(await done(client, 'reserve', more([])), []);
  await second.send('matchmaking', { locked: true });
  await eventually(async () => (await client.ask('reserve', more([{}]))).error === 'locked', () => 'the room did not lock');
  await leaveAll(client, there, second);
  sdk.assertQuiet();
});

eachSdk('a seat of the matchmaker is consumed by hand', sdks, async (sdk) => {
  const { reply } = await matchmake(sdk.endpoint, 'create', 'echo', { by: 'hand' });
  const client = await sdk.consume(reply);
  assert.equal(client.sessionId, reply.sessionId);
  assert.deepEqual((await client.ask('whoami', null)).options, { by: 'hand' });
  await assert.rejects(sdk.consume(reply), (error) => /consumed|expired/.test(error.message));
  await leaveAll(client);
});

eachSdk('a client is sent on, and stays what it was', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const id = await make(client, 'nested', { private: true });
  await done(client, 'send-on', { room: id, options: { via: 'here' } });
  const there = await sdk.consume(await client.message('seat'));
  assert.equal(there.roomId, id);
  assert.deepEqual(await there.message('joined'), [{ via: 'here' }, null]);
  assert.equal(await client.isOpen(), true);
  await failed(client, 'send-on', { room: 'nowhere' }, 'no-such-room');
  // What `authenticate` said of it in the first room goes along: nobody asks it again.
  const reached = await matchmake(sdk.endpoint, 'create', 'auth', { token: 'good' });
  await done(client, 'send-on', { room: reached.reply.roomId });
  const past = await sdk.consume(await client.message('seat'));
  assert.equal(await past.message('auth'), null);
  await leaveAll(client, there, past);
});

eachSdk('rooms ask and tell each other', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const id = await make(client, 'nested');
  const there = await sdk.joinById(id);
  const ask = (kind, payload) => done(client, 'ask', { room: id, kind, payload });
  for (const payload of [1, 'text', [1, [2]], [null], { deep: { er: true } }, -1.5, true]) {
    assert.deepEqual(await ask('echo', payload), payload);
  }
  assert.equal(await ask('echo'), 'Empty');
  assert.equal(await ask('note', { n: 1 }), true, 'it knows that somebody waits');
  await done(client, 'tell', { room: id, kind: 'note', payload: { n: 2 } });
  assert.deepEqual(await there.message('noted'), { n: 1 });
  assert.deepEqual(await there.message('noted'), { n: 2 });
  assert.deepEqual(await there.ask('heard'), [
    { sender: client.roomId, name: 'neighbours', note: { n: 1 } },
    { sender: client.roomId, name: 'neighbours', note: { n: 2 } },
  ]);

  await failed(client, 'ask', { room: id, kind: 'refuse' }, 'refused', /not for rooms \(code 4321\)/);
  await failed(client, 'ask', { room: id, kind: 'nonsense' }, 'refused', /knows no message "nonsense"/);
  await failed(client, 'ask', { room: client.roomId, kind: 'echo' }, 'not-valid', /cannot ask itself/);
  await failed(client, 'ask', { room: id, kind: '' }, 'not-valid', /type/);
  await failed(client, 'ask', { room: id, kind: 'x'.repeat(256) }, 'not-valid', /type/);
  await failed(client, 'ask', { room: 'nowhere', kind: 'echo' }, 'no-such-room');
  await failed(client, 'tell', { room: 'nowhere', kind: 'note' }, 'no-such-room');

  const stranger = await sdk.create('echo');
  await failed(client, 'ask', { room: stranger.roomId, kind: 'echo' }, 'not-allowed');
  await failed(client, 'tell', { room: stranger.roomId, kind: 'echo' }, 'not-allowed');
  await failed(client, 'reserve', { room: stranger.roomId, seats: [{}] }, 'not-allowed');
  await failed(client, 'query', { name: 'echo' }, 'not-allowed');
  await failed(there, 'ask', { room: stranger.roomId, kind: 'echo' }, 'refused', /knows no message|takes no messages/);
  // A message to itself comes when the hook is over.
  await done(client, 'tell', { room: client.roomId, kind: 'note', payload: 'to myself' });
  assert.equal(await client.message('noted'), 'to myself');
  await leaveAll(client, there, stranger);
  sdk.assertQuiet();
});

eachSdk('a type reaches its own rooms and no other unless it may', sdks, async (sdk) => {
  const [one, two] = [await sdk.create('hermit'), await sdk.create('hermit')];
  assert.equal(await done(one, 'ask', { room: two.roomId, kind: 'echo', payload: 1 }), 1);
  const others = await done(one, 'query', { sort: ['-createdAt'], limit: 2 });
  assert.deepEqual(others.map((room) => room.id), [two.roomId, one.roomId]);
  const other = await sdk.create('neighbours');
  await failed(one, 'ask', { room: other.roomId, kind: 'echo' }, 'not-allowed');
  await failed(one, 'create', { name: 'nested' }, 'not-allowed');
  await leaveAll(one, two, other);
});

eachSdk('who waits too long is told, and goes on', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const [sleeper, partner] = [await make(client, 'nested'), await make(client, 'nested')];
  await failed(client, 'ask', { room: sleeper, kind: 'sleep', payload: 3000 }, 'timed-out');
  assert.equal(await done(client, 'ask', { room: partner, kind: 'echo', payload: 1 }), 1);
  // Each waits for the other: both give up, and both go on.
  const there = await sdk.joinById(partner);
  await failed(client, 'ask', { room: partner, kind: 'ask-back' }, 'timed-out');
  const inner = await there.message('asked-back');
  assert.ok(inner.error === 'timed-out' || inner.ok === 1, JSON.stringify(inner));
  assert.equal(await done(client, 'ask', { room: partner, kind: 'echo', payload: 2 }), 2);
  await leaveAll(client, there);
}, { timeout: 60_000 });

eachSdk('a room that fails while it is asked ends alone', sdks, async (sdk) => {
  const client = await sdk.create('neighbours');
  const id = await make(client, 'nested');
  await failed(client, 'ask', { room: id, kind: 'panic' }, 'failed');
  await eventually(async () => (await client.ask('ask', { room: id, kind: 'echo' })).error === 'no-such-room', () => 'the room did not end');
  await leaveAll(client);
});

eachSdk('a room chooses its id, if nobody has it', sdks, async (sdk) => {
  const code = `Code_${fresh(sdk)}-${'x'.repeat(20)}`;
  const client = await sdk.create('neighbours', { id: code });
  assert.equal(client.roomId, code);
  const other = await sdk.joinById(code);
  assert.equal(other.roomId, code);
  for (const [id, text] of [[code, /another room has that id/], ['no id!', /letters, digits/], ['x'.repeat(65), /letters, digits/]]) {
    await assert.rejects(sdk.create('neighbours', { id }), (error) => text.test(error.message), id);
  }
  await client.send('rename', 'too-late');
  const told = await client.error();
  assert.match(told.message, /fixed once the room has been created/);
  // Reached by its id, also from a lost connection.
  await leaveAll(client, other);
  const again = await eventually(() => sdk.create('neighbours', { id: code }).catch(() => false), () => 'the id did not become free');
  assert.equal(again.roomId, code);
  await leaveAll(again);
});

eachSdk('metadata is merged, and several settings change as one', sdks, async (sdk) => {
  const group = fresh(sdk);
  const client = await sdk.create('neighbours', { metadata: { group, a: 1, b: 2 } });
  const looks = async () => (await done(client, 'query', { name: 'neighbours', conditions: [['group', 'equal', group]] }))[0];
  await client.send('merge', { b: null, c: 3 });
  assert.deepEqual((await looks()).metadata, { group, a: 1, c: 3 });
  await client.send('matchmaking', { metadata: { group }, private: true, unlisted: true, locked: true, max_clients: 7 });
  const { metadata, private: hidden, unlisted, locked, max_clients: limit } = await looks();
  assert.deepEqual([metadata, hidden, unlisted, locked, limit], [{ group }, true, true, true, 7]);
  await client.send('matchmaking', { locked: false });
  assert.deepEqual([(await looks()).locked, (await looks()).private], [false, true]);
  await leaveAll(client);
});

plain('ids that rooms choose at the same time go to one of them', async () => {
  const sdk = sdks[SDKS[0]];
  const id = `race-${fresh(sdk)}`;
  const asked = await Promise.all(Array.from({ length: 20 }, () => matchmake(sdk.endpoint, 'create', 'neighbours', { id })));
  assert.deepEqual(asked.map(({ status }) => status).sort(), [200, ...Array(19).fill(523)]);
  assert.equal(asked.find(({ status }) => status === 200).reply.roomId, id);
});
