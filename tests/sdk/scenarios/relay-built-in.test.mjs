// The built-in relay: a room without code of its own.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';
import { plainPayloads } from './shared/payloads.mjs';

const sdks = crew();

eachSdk('every message goes to the others, with its sender', sdks, async (sdk) => {
  const sender = await sdk.create('built_in_relay');
  const others = [await sdk.joinById(sender.roomId), await sdk.joinById(sender.roomId)];
  for (const [what, payload] of Object.entries(plainPayloads)) {
    await sender.send(`about ${what}`, payload);
    for (const other of others) {
      assert.deepEqual(await other.message(`about ${what}`), [sender.sessionId, payload], what);
    }
  }
  await sender.send(7, 'seven');
  assert.deepEqual(await others[0].message(7), [sender.sessionId, 'seven']);
  await others[0].send('last', 1);
  assert.deepEqual(await sender.message('last'), [others[0].sessionId, 1]);
  assert.deepEqual(sender.allMessages().map(([type]) => type), ['last'], 'nothing came back to the sender');
  await leaveAll(sender, others);
  sdk.assertQuiet();
});

eachSdk('the state tells who is there', sdks, async (sdk) => {
  const one = await sdk.create('built_in_relay', { name: 'Ada' });
  const two = await sdk.joinById(one.roomId, { name: 'Bob' });
  for (const client of [one, two]) {
    await client.until((state) => state.players?.size === 2);
    assert.deepEqual((await client.json()).players, {
      [one.sessionId]: { connected: true, name: 'Ada', sessionId: one.sessionId },
      [two.sessionId]: { connected: true, name: 'Bob', sessionId: two.sessionId },
    });
  }
  await two.leave();
  await one.until((state) => state.players.size === 1);
  await leaveAll(one);
  sdk.assertQuiet();
});

eachSdk('a lost connection shows, and its seat is held as the creator said', sdks, async (sdk) => {
  const one = await sdk.create('built_in_relay', { allowReconnectionTime: 20 });
  const two = await sdk.joinById(one.roomId, { name: 'Bob' });
  const [token, session] = [await two.token(), two.sessionId];
  await two.tune?.({ enabled: false }).catch(() => {});
  await two.drop();
  await one.until((state, lost) => state.players.get(lost)?.connected === false, session);
  const back = await sdk.reconnect(token);
  assert.equal(back.sessionId, session);
  await one.until((state, lost) => state.players.get(lost)?.connected === true, session);
  await leaveAll(one, back);

  const hasty = await sdk.create('built_in_relay');
  const gone = await sdk.joinById(hasty.roomId);
  await hasty.until((state) => state.players?.size === 2);
  await gone.tune?.({ enabled: false }).catch(() => {});
  await gone.drop();
  await hasty.until((state) => state.players.size === 1);
  await leaveAll(hasty);
});

eachSdk('the creator sets limit and metadata, within reason', sdks, async (sdk) => {
  const room = await sdk.create('built_in_relay', { maxClients: 2, metadata: { map: 'ice' } });
  const second = await sdk.joinById(room.roomId);
  await assert.rejects(sdk.joinById(room.roomId), /locked/);
  for (const options of [{ maxClients: 0 }, { allowReconnectionTime: 'long' }, { metadata: 'ice' }]) {
    await assert.rejects(sdk.create('built_in_relay', options), new RegExp(Object.keys(options)[0]));
  }
  await leaveAll(room, second);
});

together('all SDKs in one room', async () => {
  const clients = [];
  for (const sdk of SDKS) clients.push(await sdks[sdk].joinOrCreate('built_in_relay'));
  for (const client of clients) {
    await client.send('hello', { from: client.sdk });
    for (const other of clients.filter((one) => one !== client)) {
      assert.deepEqual(await other.message('hello'), [client.sessionId, { from: client.sdk }]);
    }
  }
  await leaveAll(clients);
});
