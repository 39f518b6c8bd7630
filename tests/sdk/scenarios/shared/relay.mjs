// The `relay` room, whatever language it is written in: broadcasts, groups, and the order of patches.
import assert from 'node:assert/strict';
import { leaveAll, SDKS, together } from '../../lib/scenario.mjs';
import { settled } from './payloads.mjs';

/** Four clients, of each SDK at least one, in one room of this type; all have the state. */
async function gather(sdks, type) {
  const first = await sdks[SDKS[0]].create(type);
  const others = await Promise.all([1, 2, 3].map((i) => sdks[SDKS[i % SDKS.length]].joinById(first.roomId)));
  const all = [first, ...others];
  await Promise.all(all.map((client) => client.until(() => true)));
  return all;
}

/** After this, all that was sent to any of them before has arrived: a broadcast came round. */
async function settle(clients) {
  await clients[0].send('settled', null);
  await Promise.all(clients.map((client) => client.message('settled')));
}

const quiet = (sdks) => SDKS.forEach((name) => sdks[name].assertQuiet());

/** Registers the scenarios for the room type `type`. */
export function relayScenarios(sdks, type, payloads) {
  together(`${type}: a broadcast reaches everyone, the sender included`, async () => {
    const clients = await gather(sdks, type);
    for (const sender of clients) {
      await sender.send('news', { from: sender.sdk });
      for (const client of clients) assert.deepEqual(await client.message('news'), { from: sender.sdk });
      await sender.send(12);
      for (const client of clients) assert.equal(await client.message(12), undefined);
      await sender.bytes('blob', Uint8Array.of(1, 2, 255));
      for (const client of clients) assert.deepEqual(new Uint8Array(await client.message('blob')), Uint8Array.of(1, 2, 255));
    }
    for (const [name, payload] of Object.entries(payloads)) {
      await clients[0].send('value', payload);
      for (const client of clients) assert.deepEqual(settled(await client.message('value')), settled(payload), `${name}, SDK ${client.sdk}`);
    }
    await leaveAll(clients);
    quiet(sdks);
  });

  together(`${type}: others leaves the sender out`, async () => {
    const clients = await gather(sdks, type);
    await clients[0].send('others', 'hi');
    for (const client of clients.slice(1)) assert.equal(await client.message('others'), 'hi');
    await settle(clients);
    assert.deepEqual(clients[0].heard('others'), []);
    await leaveAll(clients);
  });

  together(`${type}: a group's message reaches its members only`, async () => {
    const clients = await gather(sdks, type);
    const [a, b, c, d] = clients;
    await a.send('join-group', 'red');
    await b.send('join-group', 'red');
    await c.send('join-group', 'blue');
    await settle([a, b, c, d]);
    await settle([b, c, d, a]);
    await settle([c, d, a, b]);
    await d.send('to-group', { group: 'red', body: { n: 1 } });
    for (const member of [a, b]) assert.deepEqual(await member.message('to-group'), { n: 1 });
    await d.send('to-group', { group: 'blue', body: 2 });
    assert.equal(await c.message('to-group'), 2);
    await b.send('leave-group', 'red');
    await settle([b, a, c, d]);
    await d.send('to-group', { group: 'red', body: 3 });
    assert.equal(await a.message('to-group'), 3);
    await d.send('to-group', { group: 'nobody', body: 4 });
    await settle([d, a, b, c]);
    for (const client of clients) assert.deepEqual(client.heard('to-group'), [], `SDK ${client.sdk}`);
    await leaveAll(clients);
  });

  together(`${type}: after-next-patch comes behind the patch`, async () => {
    const clients = await gather(sdks, type);
    for (let n = 1; n <= 10; n += 1) {
      const before = await Promise.all(clients.map((client) => client.changes()));
      const sender = clients[n % clients.length];
      await sender.send('after', { n });
      for (const [i, client] of clients.entries()) {
        const event = await client.messageEvent('after');
        assert.deepEqual(event.payload, { n });
        assert.equal(event.changes, before[i] + 1, `SDK ${client.sdk}: exactly the patch came before the message`);
        assert.equal((await client.json()).counter, n);
      }
    }
    await leaveAll(clients);
    quiet(sdks);
  });
}
