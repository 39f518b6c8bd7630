// The built-in queue: groups by rank and team, seats in a match, and what becomes of those who wait. A cycle
// takes a second.
import assert from 'node:assert/strict';
import { crew, eachSdk, leaveAll, SDKS, together } from '../lib/scenario.mjs';

const sdks = crew();
/** Queues are one room for all who ask; a room per scenario keeps them apart. */
const queueUp = async (sdk, type, options) => {
  const [first, ...rest] = options;
  const clients = [await sdk.create(type, first)];
  for (const one of rest) clients.push(await sdk.joinById(clients[0].roomId, one));
  return clients;
};

/** Takes the seat that a queued client gets, as an application does. */
async function play(driver, queued) {
  const seat = await queued.message('seat', undefined, 15_000);
  const match = await driver.consume(seat);
  assert.equal(match.sessionId, queued.sessionId, 'the session is the one it had in the queue');
  await queued.send('confirm');
  assert.equal((await queued.left()).code, 1000);
  return match;
}

const sameRoom = (matches) => assert.equal(new Set(matches.map((match) => match.roomId)).size, 1);

eachSdk('four of a rank get seats in one match, and confirm', sdks, async (sdk) => {
  const queued = await queueUp(sdk, 'queue', [{ rank: 1 }, { rank: 3 }, { rank: 2 }, { rank: 9 }]);
  assert.equal(await queued[0].message('clients'), 1);
  const matches = await Promise.all(queued.map((client) => play(sdk, client)));
  sameRoom(matches);
  assert.equal(matches[0].name, 'idle');
  await leaveAll(matches);
  sdk.assertQuiet();
});

eachSdk('who waits hears how many they are', sdks, async (sdk) => {
  const [one] = await queueUp(sdk, 'queue', [{ rank: 1 }]);
  assert.equal(await one.message('clients'), 1);
  const two = await sdk.joinById(one.roomId, { rank: 2 });
  assert.equal(await one.message('clients'), 2);
  const far = await sdk.joinById(one.roomId, { rank: 5000 });
  assert.equal(await two.message('clients', (size) => size === 2), 2);
  assert.equal(await far.message('clients'), 1);
  await one.send('confirm');
  assert.match((await one.error()).message, /no seat to confirm/);
  await two.leave();
  assert.equal(await one.message('clients'), 1);
  await leaveAll(one, far);
});

eachSdk('teams stay together', sdks, async (sdk) => {
  // Whichever of them a cycle finds, no other four fit together.
  const teams = ['red', 'blue', 'red', 'blue', 'green'];
  const queued = await queueUp(sdk, 'queue_of_teams', teams.map((teamId) => ({ rank: 1, teamId })));
  const matches = await Promise.all([0, 1, 2, 3].map((at) => play(sdk, queued[at])));
  sameRoom(matches);
  assert.deepEqual(queued[4].heard('seat'), [], 'one alone still waits');
  await leaveAll(matches, queued[4]);
});

eachSdk('who has waited for long plays with any rank, and with few', sdks, async (sdk) => {
  const queued = await queueUp(sdk, 'queue_of_the_impatient', [{ rank: 1 }, { rank: 9000 }, {}]);
  const matches = await Promise.all(queued.map((client) => play(sdk, client)));
  sameRoom(matches);
  await leaveAll(matches);
});

eachSdk('who finds no place in the match is sent away', sdks, async (sdk) => {
  const queued = await queueUp(sdk, 'queue_for_too_small_a_room', Array.from({ length: 4 }, () => ({ rank: 1 })));
  for (const client of queued) assert.equal((await client.left(15_000)).code, 1011);
});

eachSdk('what a client says of itself is checked', sdks, async (sdk) => {
  await assert.rejects(sdk.create('queue', { rank: 'high' }), /`rank` must be a number/);
  await assert.rejects(sdk.create('queue', { rank: 1, teamId: {} }), /`teamId`/);
});

together('all SDKs in one match', async () => {
  const first = await sdks[SDKS[0]].create('queue', { rank: 1 });
  const queued = [first];
  for (const sdk of SDKS.slice(1)) queued.push(await sdks[sdk].joinById(first.roomId, { rank: 1 }));
  while (queued.length < 4) queued.push(await sdks[SDKS[0]].joinById(first.roomId, { rank: 1 }));
  const matches = await Promise.all(queued.map((client) => play(sdks[client.sdk], client)));
  sameRoom(matches);
  await leaveAll(matches);
});
