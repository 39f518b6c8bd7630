// Who may come in: by option, by bearer token, and what a refusal looks like.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll } from '../lib/scenario.mjs';

const sdks = crew();

eachSdk('a good token in the options', sdks, async (sdk) => {
  const client = await sdk.create('auth', { token: 'good' });
  assert.deepEqual(await client.message('auth'), { user: 'good' });
  await leaveAll(client);
});

eachSdk('a good bearer token', sdks, async (sdk) => {
  const client = await sdk.create('auth', {}, { authToken: 'good' });
  assert.deepEqual(await client.message('auth'), { user: 'good' });
  const other = await sdk.joinById(client.roomId, {}, { authToken: 'good' });
  assert.deepEqual(await other.message('auth'), { user: 'good' });
  await leaveAll(client, other);
});

eachSdk('a bad token is refused with the room\'s own code', sdks, async (sdk) => {
  for (const attempt of [() => sdk.create('auth', { token: 'bad' }), () => sdk.joinOrCreate('auth', {}, { authToken: 'bad' })]) {
    await assert.rejects(attempt(), (error) => error.code === 401 && error.message === 'bad token');
  }
});

eachSdk('any other is refused with 525', sdks, async (sdk) => {
  const attempts = [
    () => sdk.create('auth'),
    () => sdk.create('auth', { token: 'who' }),
    () => sdk.join('auth', {}, { authToken: 'who' }),
  ];
  for (const attempt of attempts) {
    await assert.rejects(attempt, (error) => error.code === 525 && error.message.length > 0);
  }
});

eachSdk('a slow check holds no other up', sdks, async (sdk) => {
  const room = await sdk.create('auth', { token: 'good' });
  const order = [];
  const enter = async (name, options) => {
    const client = await sdk.joinById(room.roomId, { token: 'good', ...options });
    order.push(name);
    return client;
  };
  // Ten checks take more than half a second together; one that is quick does not wait for all of them.
  const slow = Array.from({ length: 10 }, () => enter('slow', { slow_ms: 60 }));
  const clients = await Promise.all([...slow, enter('quick')]);
  assert.notEqual(order.at(-1), 'quick');
  await leaveAll(room, clients);
});
