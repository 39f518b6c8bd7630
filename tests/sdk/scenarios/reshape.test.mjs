// New versions with another state: clients that joined before are told what they know of it, or come back anew.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Host } from '../lib/host.mjs';
import { crew, leaveAll, needed, SDKS, SELF_RECONNECTING, together } from '../lib/scenario.mjs';
import { EAGER } from './shared/hold.mjs';

const STATE_CHANGED = 4426;
const component = (version) => fileURLToPath(new URL(`../../conformance/reshape/${version}/target/parlor/reshape_${version}.wasm`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'parlor-reshape-'));
const TYPES = { carried: '', returned: '', faithful: '\nreload = { state-changes = "readable" }', fixed: '\nreload = { state-changes = "none" }', tried: '', dropped: '', kept: '\nrecovery = { checkpoint-interval = "never" }' };
const served = (type) => join(folder, `${type}.wasm`);
let host;
const sdks = crew(async () => {
  mkdirSync(join(folder, 'cache'));
  const types = Object.entries(TYPES).map(([type, reload]) => {
    copyFileSync(component('first'), served(type));
    return `[rooms.${type}]\ncomponent = "${type}.wasm"${reload}\n`;
  });
  writeFileSync(join(folder, 'parlor.toml'), `[cache]\nfolder = "cache"\n\n${types.join('\n')}`);
  const log = fileURLToPath(new URL('../host-reshape.log', import.meta.url));
  host = await Host.serve(needed('PARLOR'), join(folder, 'parlor.toml'), log);
  return host.endpoint;
});
after(() => host?.stop());

/** Puts a version in place and waits for what the host says of it. */
async function deploy(type, version, outcome) {
  copyFileSync(component(version), `${served(type)}.new`);
  renameSync(`${served(type)}.new`, served(type));
  host.child.kill('SIGHUP');
  await host.says(new RegExp(`^${type}: ${outcome}`), 60_000);
}

/** One client per SDK, in one room, each with a secret. */
async function gather(type) {
  const first = await sdks[SDKS[0]].create(type);
  const others = await Promise.all(SDKS.slice(1).map((sdk) => sdks[sdk].joinById(first.roomId)));
  const clients = [first, ...others];
  for (const client of clients) await client.send('secret', `of ${client.sdk}`);
  for (const client of clients) await client.until((state, { session, secret }) => state.players?.get(session)?.secret === secret, { session: client.sessionId, secret: `of ${client.sdk}` });
  return clients;
}

/** The state, as soon as that holds. */
async function when(client, test, argument) {
  await client.until(test, argument);
  return client.json();
}

const assertUndisturbed = (clients) => {
  for (const client of clients) {
    const disturbed = client.inbox.all.filter(({ event }) => ['leave', 'drop', 'reconnect', 'error'].includes(event));
    assert.deepEqual(disturbed, [], `SDK ${client.sdk}`);
  }
};

together('clients are told on what they know of the state, and those who come later see all of it', async () => {
  const clients = await gather('carried');
  const [first] = clients;
  await first.send('next');
  for (const client of clients) await client.until((state) => state.round === 1);
  for (const client of clients) await client.follow('players');
  await deploy('carried', 'readable', 'the state has changed \\(.+\\): clients that joined before are told what they know of it');
  await host.says(/^carried: new rooms get the new code; 1 room goes on with it/);
  for (const client of clients) await client.until((state) => state.version === 'readable');

  const late = await sdks[SDKS[0]].joinById(first.roomId);
  await first.send('adopt', 'Rex');
  await first.send('next');
  await first.send('secret', 'another');
  for (const client of clients) {
    const known = await when(client, (state) => state.round === 2);
    assert.deepEqual(Object.keys(known).sort(), ['lines', 'players', 'round', 'version'], `SDK ${client.sdk} reads by the schema that it was told`);
    assert.deepEqual(known.lines, []);
    assert.equal(Object.keys(known.players).length, clients.length + 1);
  }
  const own = await when(first, (state, { session }) => state.players.get(session).secret === 'another', { session: first.sessionId });
  const secrets = Object.values(own.players).filter(({ secret }) => secret !== undefined && secret !== '');
  assert.equal(secrets.length, 1, 'nobody sees the secrets of others');
  const whole = await when(late, (state) => state.round === 2 && state.pets?.get('Rex') !== undefined);
  assert.equal(whole.pets.Rex.owner, first.sessionId);
  assert.equal(whole.players[first.sessionId].level, 1);
  assert.equal(whole.lines, undefined);
  // Their callbacks heard of nobody but the one who came.
  for (const client of clients) {
    assert.deepEqual(client.comings('players').filter(([, key]) => !clients.some(({ sessionId }) => sessionId === key)), [['added', late.sessionId]], `SDK ${client.sdk}`);
    assert.deepEqual(client.comings('players').filter(([event]) => event === 'removed'), [], `SDK ${client.sdk}`);
  }

  // And the other way round: who knows more than there is finds it empty.
  await deploy('carried', 'first', 'new rooms get the new code; 1 room goes on with it');
  for (const client of [...clients, late]) await client.until((state) => state.version === 'first');
  await first.send('say', 'hello');
  for (const client of clients) {
    const known = await when(client, (state) => state.lines.length === 1);
    assert.deepEqual(known.lines, ['hello'], `SDK ${client.sdk}`);
    assert.equal(known.round, 2);
  }
  const whole2 = await when(late, (state) => state.pets.size === 0);
  assert.equal(whole2.round, 2);
  assertUndisturbed([...clients, late]);
  await leaveAll(clients, late);
  for (const sdk of SDKS) sdks[sdk].assertQuiet();
});

together('clients that cannot be told of the state keep their seats, and come back anew', async () => {
  const clients = await gather('returned');
  await clients[0].send('next');
  for (const client of clients) await client.until((state) => state.round === 1);
  const tokens = await Promise.all(clients.map((client) => client.token()));
  await deploy('returned', 'unreadable', `the state has changed \\(field \`round\` .+\\): clients that joined before have to come back \\(close code ${STATE_CHANGED}\\)`);
  const back = [];
  for (const [at, client] of clients.entries()) {
    assert.equal((await client.left()).code, STATE_CHANGED, `SDK ${client.sdk}`);
    const again = await sdks[client.sdk].reconnect(tokens[at]);
    assert.equal(again.sessionId, client.sessionId);
    back.push(again);
  }
  for (const client of back) {
    const state = await when(client, (state, { session }) => state.round === 'round 1' && state.players?.get(session)?.secret !== undefined, { session: client.sessionId });
    assert.equal(state.version, 'unreadable');
    assert.equal(Object.keys(state.players).length, clients.length, 'nobody has left the room');
    assert.equal(state.players[client.sessionId].secret, `of ${client.sdk}`);
  }
  await back[0].send('next');
  for (const client of back) await client.until((state) => state.round === 'round 1 and another');
  await leaveAll(back);
});

together('the operator says which changes of the state are let in', async () => {
  const clients = await gather('faithful');
  const fixed = await gather('fixed');
  await deploy('faithful', 'unreadable', '1 room keeps the old code: its state differs .+ which `state-changes` forbids: field `round`');
  await deploy('fixed', 'readable', '1 room keeps the old code: its state differs .+ which `state-changes` forbids: ');
  await deploy('faithful', 'readable', 'new rooms get the new code; 1 room goes on with it');
  for (const client of clients) await client.until((state) => state.version === 'readable');
  for (const client of fixed) await client.until((state) => state.version === 'first');
  assertUndisturbed([...clients, ...fixed]);
  await leaveAll(clients, fixed);
});

together('a version that fails on trial takes its state back with it', async () => {
  const clients = await gather('tried');
  const [first] = clients;
  await first.send('next');
  await deploy('tried', 'readable', 'new rooms get the new code; 1 room goes on with it');
  const late = await sdks[SDKS.at(-1)].joinById(first.roomId);
  await late.until((state) => state.pets !== undefined && state.version === 'readable');
  await first.send('panic');
  for (const client of [...clients, late]) await client.until((state) => state.version === 'first');
  await first.error();
  await first.send('next');
  for (const client of [...clients, late]) {
    const state = await when(client, (state) => state.round === 2);
    assert.equal(Object.keys(state.players).length, clients.length + 1, `SDK ${client.sdk}`);
  }
  const own = await when(first, (state, { session }) => state.players.get(session).secret !== undefined, { session: first.sessionId });
  assert.equal(own.players[first.sessionId].secret, `of ${first.sdk}`);
  await leaveAll(clients, late);
});

/** Comes back, but not before the test has done something else. */
const LATER = { ...EAGER, enabled: true, delay: 1000, minDelay: 1000, maxDelay: 1000 };

together('a lost connection comes back with the decoder that it has, as long as it can be told', async () => {
  const clients = [];
  for (const sdk of SELF_RECONNECTING) {
    clients.push(clients.length === 0 ? await sdks[sdk].create('dropped') : await sdks[sdk].joinById(clients[0].roomId));
  }
  const lose = async (settings) => {
    for (const client of clients) {
      await client.tune(settings);
      await client.drop();
      await client.dropped();
    }
  };
  await deploy('dropped', 'readable', 'new rooms get the new code; 1 room goes on with it');
  await lose({ ...EAGER, enabled: true });
  for (const client of clients) await client.reconnected();
  await clients[0].send('next');
  for (const client of clients) {
    const known = await when(client, (state) => state.round === 1);
    assert.deepEqual(Object.keys(known).sort(), ['lines', 'players', 'round', 'version'], `SDK ${client.sdk}`);
  }
  // Now what it has is of no use any more.
  await lose(LATER);
  const tokens = await Promise.all(clients.map((client) => client.token()));
  await deploy('dropped', 'unreadable', 'new rooms get the new code; ');
  for (const [at, client] of clients.entries()) {
    assert.equal((await client.left()).code, STATE_CHANGED, `SDK ${client.sdk}`);
    const again = await sdks[client.sdk].reconnect(tokens[at]);
    await again.until((state) => state.version === 'unreadable' && typeof state.round === 'string');
    clients[at] = again;
  }
  await leaveAll(clients);
});

together('a trap takes the room back no further than to the checkpoint that it asked for', async () => {
  const clients = await gather('kept');
  const [first] = clients;
  for (const message of ['next', 'next', 'keep', 'next']) await first.send(message);
  for (const client of clients) await client.until((state) => state.round === 3);
  await first.send('panic');
  for (const client of clients) await client.until((state) => state.round === 2);
  await first.error();
  assert.equal((await first.json()).players[first.sessionId].secret, `of ${first.sdk}`);
  await leaveAll(clients);
});
