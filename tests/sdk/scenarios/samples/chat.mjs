// chat: channels whose members alone hear, whispering, and no state at all.
import assert from 'node:assert/strict';
import { eachSdk, leaveAll, REQUESTING, SDKS, together } from '../../lib/scenario.mjs';
import { eventually } from '../../lib/waiting.mjs';
import { assertRefused, is, quietly } from './common.mjs';

const LONGEST_TEXT = 500;
const LONGEST_NAME = 32;
const nameOf = (client) => `talker ${client.sdk}`;
const personOf = (client) => ({ session: client.sessionId, name: nameOf(client) });

/** One talker per SDK; each has heard itself and those after it enter the lobby. */
async function gather(sdks) {
  const clients = [];
  for (const sdk of SDKS) {
    const options = { name: `talker ${sdk}` };
    clients.push(await (clients.length > 0 ? sdks[sdk].joinById(clients[0].roomId, options) : sdks[sdk].create('chat', options)));
    await assertEntered(clients, clients.at(-1));
  }
  return clients;
}

async function assertEntered(clients, who) {
  for (const client of clients) assert.deepEqual(await client.message('entered'), personOf(who), `SDK ${client.sdk}`);
}

async function assertLeft(clients, who) {
  for (const client of clients) assert.deepEqual(await client.message('left'), personOf(who), `SDK ${client.sdk}`);
}

/** Says it; these hear it. */
async function says(speaker, text, listeners) {
  await speaker.send('say', text);
  for (const client of listeners) assert.deepEqual(await client.message('said'), { from: nameOf(speaker), text }, `SDK ${client.sdk}`);
}

/** What `speaker` caused before this whisper has arrived at each; nothing of these types is left over. */
async function assertNothingMore(speaker, clients) {
  for (const client of clients) {
    await speaker.send('whisper', { to: client.sessionId, text: 'anything else?' });
    assert.deepEqual(await client.message('whispered'), { from: nameOf(speaker), text: 'anything else?' });
    for (const type of ['said', 'entered', 'left', 'whispered']) assert.deepEqual(client.heard(type), [], `SDK ${client.sdk}: ${type}`);
  }
}

export function chatScenarios(sdks) {
  quietly('chat: a channel is heard by its members only', sdks, async () => {
    const clients = await gather(sdks);
    const [a, ...rest] = clients;
    for (const client of clients) await says(client, `Hello from ${client.sdk}! äöü 🎵`, clients);
    await a.send('move-to', 'music');
    await assertEntered([a], a);
    await assertLeft(rest, a);
    await says(a, 'is anyone here?', [a]);
    await assertNothingMore(a, clients);
    if (rest.length > 0) {
      const [b, ...others] = rest;
      await says(b, 'she is gone', rest);
      await assertNothingMore(b, clients);
      await b.send('move-to', 'music');
      await assertEntered([a, b], b);
      await assertLeft(others, b);
      await says(a, 'welcome', [a, b]);
      await assertNothingMore(a, clients);
      await b.send('move-to', 'lobby');
      await assertLeft([a], b);
      await assertEntered(rest, b);
      await says(b, 'back again', rest);
      await assertNothingMore(b, clients);
    }
    await leaveAll(clients);
  });

  together('chat: a whisper reaches one, in whatever channel', async () => {
    const clients = await gather(sdks);
    await clients[0].send('move-to', 'elsewhere');
    await assertEntered([clients[0]], clients[0]);
    await assertLeft(clients.slice(1), clients[0]);
    for (const from of clients) {
      for (const to of clients) {
        await from.send('whisper', { to: to.sessionId, text: 'psst' });
        assert.deepEqual(await to.message('whispered'), { from: nameOf(from), text: 'psst' });
      }
      await assertNothingMore(from, clients);
    }
    await leaveAll(clients);
  });

  together('chat: who leaves or is lost is told to its channel', async () => {
    const clients = await gather(sdks);
    const [a, ...rest] = clients;
    const last = rest.pop();
    if (last) {
      if (last.sdk !== '0.16') await last.tune({ enabled: false });
      await last.drop();
      await assertLeft([a, ...rest], last);
    }
    await a.send('move-to', 'alone');
    await assertEntered([a], a);
    await assertLeft(rest, a);
    for (const client of rest) await client.leave();
    await assertNothingMore(a, [a]);
    await leaveAll(clients);
  });

  eachSdk('chat: there is no state', sdks, async (sdk) => {
    const client = await sdk.create('chat', { name: `talker ${sdk.sdk}` });
    assert.equal(client.serializer, 'none');
    await assertEntered([client], client);
    await says(client, 'Hello!', [client]);
    assert.equal(await client.changes(), 0);
    await leaveAll(client);
    sdk.assertQuiet();
  });

  eachSdk('chat: who asks gets the people of its channel', sdks, async (sdk) => {
    const clients = await gather(sdks);
    const [a] = clients.filter((client) => client.sdk === sdk.sdk);
    const inside = async (client) => (await client.request('who')).sort((p, q) => p.name.localeCompare(q.name));
    const people = (members) => members.map(personOf).sort((p, q) => p.name.localeCompare(q.name));
    assert.deepEqual(await inside(a), people(clients));
    await a.send('move-to', 'music');
    assert.deepEqual(await inside(a), people([a]));
    await a.send('move-to', 'lobby');
    const others = clients.filter((client) => client !== a);
    await leaveAll(others);
    await eventually(async () => (await inside(a)).length === 1, () => 'those who left stayed in the list');
    await assert.rejects(a.request('say', ''), is(4001, /line cannot be empty/));
    await leaveAll(a);
  }, { sdks: REQUESTING });

  eachSdk('chat: names and texts are checked', sdks, async (sdk) => {
    await assert.rejects(sdk.create('chat'), is(400, /name/));
    await assert.rejects(sdk.create('chat', { name: 7 }), is(400, /name/));
    await assert.rejects(sdk.create('chat', { name: '  ' }), is(4001, /name cannot be empty/));
    await assert.rejects(sdk.create('chat', { name: 'n'.repeat(LONGEST_NAME + 1) }), is(4002, /at most 32/));
    const client = await sdk.create('chat', { name: `  talker ${sdk.sdk} ` });
    await assertEntered([client], client);
    await assertRefused(client, ['say', ' \n'], 4001, /line cannot be empty/);
    await assertRefused(client, ['say', 'ü'.repeat(LONGEST_TEXT + 1)], 4002, /at most 500/);
    await assertRefused(client, ['say', 7], 4217, /say/);
    await assertRefused(client, ['move-to', ''], 4001, /channel's name cannot be empty/);
    await assertRefused(client, ['move-to', 'c'.repeat(LONGEST_NAME + 1)], 4002, /at most 32/);
    await assertRefused(client, ['whisper', { to: 'nobody', text: 'psst' }], 4000, /nobody here/);
    await assertRefused(client, ['whisper', { text: 'psst' }], 4217, /to/);
    await assertRefused(client, ['shout', 'HELLO'], 4217, /shout/);
    await says(client, 'ü'.repeat(LONGEST_TEXT), [client]);
    await assertNothingMore(client, [client]);
    await leaveAll(client);
  });
}
