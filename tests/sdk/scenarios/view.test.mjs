// Who sees what: secrets, shown and hidden, to clients that stay, come late and come back.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';

const sdks = crew();

const sees = (client, wanted) => client.until((state, all) => {
  const seen = Object.fromEntries([...state.players.values()].map(({ name, secret }) => [name, secret ?? null]));
  return JSON.stringify(Object.entries(seen).sort()) === JSON.stringify(Object.entries(all).sort());
}, wanted);

/** Ada, of some other SDK, and Bob, who is looked at. */
async function stage(sdk) {
  const ada = await sdks[SDKS[0]].create('view', { name: 'ada', secret: 'tea' });
  const bob = await sdk.joinById(ada.roomId, { name: 'bob', secret: 'gin' });
  await sees(ada, { ada: 'tea', bob: null });
  await sees(bob, { ada: null, bob: 'gin' });
  return { ada, bob };
}

const books = async (client) => {
  const { leaked, untracked, miscounted } = await client.audit();
  assert.deepEqual({ leaked, untracked, miscounted }, { leaked: [], untracked: [], miscounted: [] }, `${client}`);
};

eachSdk('everybody sees their own secret alone', sdks, async (sdk) => {
  const { ada, bob } = await stage(sdk);
  await ada.send('secret', 'coffee');
  await bob.send('secret', 'rum');
  await sees(ada, { ada: 'coffee', bob: null });
  await sees(bob, { ada: null, bob: 'rum' });
  assert.deepEqual((await bob.json()).players[ada.sessionId], { name: 'ada' }, 'the field is not there at all');
  await Promise.all([books(ada), books(bob)]);
  await leaveAll(ada, bob);
  sdk.assertQuiet();
});

eachSdk('a secret is revealed, changes, and is hidden again', sdks, async (sdk) => {
  const { ada, bob } = await stage(sdk);
  await bob.send('reveal', ada.sessionId);
  await sees(bob, { ada: 'tea', bob: 'gin' });
  await ada.send('secret', 'milk');
  await sees(bob, { ada: 'milk', bob: 'gin' });
  await bob.send('hide', ada.sessionId);
  await sees(bob, { ada: null, bob: 'gin' });
  await ada.send('secret', 'beer');
  await sees(ada, { ada: 'beer', bob: null });
  await bob.send('reveal', ada.sessionId);
  await sees(bob, { ada: 'beer', bob: 'gin' });
  await Promise.all([books(ada), books(bob)]);
  await leaveAll(ada, bob);
  sdk.assertQuiet();
});

eachSdk('a client that comes late sees its own secret in its first state', sdks, async (sdk) => {
  const { ada, bob } = await stage(sdk);
  await bob.send('reveal', ada.sessionId);
  await sees(bob, { ada: 'tea', bob: 'gin' });
  const cy = await sdk.joinById(ada.roomId, { name: 'cy', secret: 'ale' });
  await sees(cy, { ada: null, bob: null, cy: 'ale' });
  assert.equal(await cy.changes(), 1, 'it was all in the first state');
  await sees(bob, { ada: 'tea', bob: 'gin', cy: null });
  await books(cy);
  await leaveAll(ada, bob, cy);
  sdk.assertQuiet();
});

eachSdk('what was shown stays shown across a reconnection', sdks, async (sdk) => {
  const { ada, bob } = await stage(sdk);
  if (sdk.sdk !== '0.16') await bob.tune({ enabled: false });
  await bob.send('reveal', ada.sessionId);
  await sees(bob, { ada: 'tea', bob: 'gin' });
  const token = await bob.token();
  await bob.drop();
  await bob.left();
  await ada.send('secret', 'juice');
  const back = await sdk.reconnect(token);
  await sees(back, { ada: 'juice', bob: 'gin' });
  await back.send('hide', ada.sessionId);
  await sees(back, { ada: null, bob: 'gin' });
  await books(back);
  await leaveAll(ada, back);
  sdk.assertQuiet();
});

eachSdk('who has left is forgotten', sdks, async (sdk) => {
  const { ada, bob } = await stage(sdk);
  await bob.send('reveal', ada.sessionId);
  await sees(bob, { ada: 'tea', bob: 'gin' });
  await ada.leave();
  await sees(bob, { bob: 'gin' });
  await books(bob);
  await leaveAll(bob);
  sdk.assertQuiet();
});

together('three SDKs in one room, each with its own view', async () => {
  const first = await sdks[SDKS[0]].create('view', { name: 'a0', secret: 's0' });
  const others = await Promise.all(SDKS.slice(1).map((sdk, i) => sdks[sdk].joinById(first.roomId, { name: `a${i + 1}`, secret: `s${i + 1}` })));
  const all = [first, ...others];
  const only = (own) => Object.fromEntries(all.map((_, i) => [`a${i}`, i === own ? `s${i}` : null]));
  await Promise.all(all.map((client, i) => sees(client, only(i))));
  await all[0].send('reveal', all.at(-1).sessionId);
  await sees(all[0], { ...only(0), [`a${all.length - 1}`]: `s${all.length - 1}` });
  await sees(all.at(-1), only(all.length - 1));
  await Promise.all(all.map(books));
  await leaveAll(all);
  for (const sdk of SDKS) sdks[sdk].assertQuiet();
});
