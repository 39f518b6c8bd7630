// arena: movement that everyone sees, coins, and players that come and go.
import assert from 'node:assert/strict';
import { eachSdk, leaveAll, SDKS, together } from '../../lib/scenario.mjs';
import { differences } from '../../lib/compare.mjs';
import { eventually } from '../../lib/waiting.mjs';
import { assertNoLeaks, assertRefused, is, quietly } from './common.mjs';

const WIDTH = 800;
const HEIGHT = 600;
const MOST = 32;
/** A coin lies some pixels away among this many. */
const MANY_COINS = 60;

const sees = (client, count) => client.until((state, n) => state.players.size === n, count);

/** One client per SDK in one arena; each sees all. */
async function gather(sdks, options) {
  const first = await sdks[SDKS[0]].create('arena', { name: `player-${SDKS[0]}`, ...options });
  const others = await Promise.all(SDKS.slice(1).map((sdk) => sdks[sdk].joinById(first.roomId, { name: `player-${sdk}` })));
  const all = [first, ...others];
  await Promise.all(all.map((client) => sees(client, all.length)));
  return all;
}

const playerOf = async (client, session) => (await client.json()).players[session];

/** Steers to the nearest coin, again while none was reached; gives what `coin` said. */
async function takeCoin(client) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const { players, coins } = await client.json();
    const { x, y } = players[client.sessionId];
    const ways = coins.map((coin) => ({ x: coin.x - x, y: coin.y - y }));
    const shortest = ways.reduce((a, b) => (Math.hypot(a.x, a.y) <= Math.hypot(b.x, b.y) ? a : b));
    await client.send('steer', shortest);
    const score = await client.message('coin', undefined, 1000).catch(() => undefined);
    if (score !== undefined) return score;
  }
  throw new Error(`${client}: reached no coin`);
}

export function arenaScenarios(sdks) {
  quietly('arena: everyone sees everyone move, each to where it steers', sdks, async () => {
    const clients = await gather(sdks, { coins: 0 });
    for (const player of clients) {
      const start = await playerOf(player, player.sessionId);
      assert.deepEqual(Object.keys(start).sort(), ['name', 'score', 'x', 'y'], 'the heading is kept private');
      assert.equal(start.name, `player-${player.sdk}`);
      assert.equal(start.score, 0);
      // To the middle, so that no wall is in the way; a direction may have any length.
      const way = { x: start.x < WIDTH / 2 ? 3 : -3, y: start.y < HEIGHT / 2 ? 4 : -4 };
      await player.send('steer', way);
      await Promise.all(clients.map((client) => client.until(({ players }, { session, x, y, way: to }) => {
        const now = players.get(session);
        return (now.x - x) * to.x > 20 && (now.y - y) * to.y > 20;
      }, { session: player.sessionId, ...start, way })));
      const now = await playerOf(player, player.sessionId);
      assert.ok(Math.abs((now.x - start.x) * way.y - (now.y - start.y) * way.x) < 1e-6, 'straight on');
      await player.send('steer', { x: 0, y: 0 });
    }
    await eventually(async () => {
      const [own, ...theirs] = await Promise.all(clients.map((client) => client.ordered()));
      return theirs.every((state) => differences(own, state).length === 0);
    }, () => 'the clients never agreed after all had stopped');
    await leaveAll(clients);
  });

  eachSdk('arena: walls hold a player', sdks, async (sdk) => {
    const client = await sdk.create('arena', { coins: 0 });
    await sees(client, 1);
    for (const [way, wall] of [[{ x: 1, y: 0 }, WIDTH], [{ x: -1, y: 0 }, 0]]) {
      await client.send('steer', way);
      await client.until((state, { me, x }) => state.players.get(me).x === x, { me: client.sessionId, x: wall }, 15_000);
    }
    await leaveAll(client);
    sdk.assertQuiet();
  });

  eachSdk('arena: who comes to a coin gets it, and another appears', sdks, async (sdk) => {
    const client = await sdk.create('arena', { coins: MANY_COINS, name: 'Ada' });
    const witness = await sdks[SDKS.at(-1)].joinById(client.roomId, { name: 'Bob' });
    await Promise.all([client, witness].map((each) => sees(each, 2)));
    const { coins: before, players } = await witness.json();
    assert.equal(before.length, MANY_COINS);
    // Ada may have been put onto a coin: then another one counts.
    const had = players[client.sessionId].score;
    let score = await takeCoin(client);
    assert.equal(score, 1, 'the first coin');
    while (score <= had) score = await takeCoin(client);
    for (const each of [client, witness]) {
      await each.until((state, { who, enough }) => state.players.get(who).score >= enough, { who: client.sessionId, enough: score });
      const { coins } = await each.json();
      assert.equal(coins.length, MANY_COINS, 'as many as before');
      const places = new Set(before.map(({ x, y }) => `${x} ${y}`));
      assert.ok(coins.some(({ x, y }) => !places.has(`${x} ${y}`)), 'another place');
    }
    await client.send('steer', { x: 0, y: 0 });
    // Bob may have been put onto a coin; he hears of his own only.
    assert.equal(witness.heard('coin').length, (await playerOf(witness, witness.sessionId)).score);
    await assertNoLeaks([client, witness]);
    await leaveAll(client, witness);
    sdk.assertQuiet();
  });

  together('arena: who leaves or is lost is gone for all', async () => {
    const clients = await gather(sdks, {});
    for (const [i, client] of clients.slice(1).reverse().entries()) {
      if (i === 0) {
        if (client.sdk !== '0.16') await client.tune({ enabled: false });
        await client.drop();
      } else await client.leave();
      const left = clients.slice(0, clients.length - 1 - i);
      await Promise.all(left.map((each) => sees(each, left.length)));
      for (const each of left) {
        assert.deepEqual(Object.keys((await each.json()).players).sort(), left.map((one) => one.sessionId).sort());
      }
      await assertNoLeaks(left);
    }
    await leaveAll(clients);
  });

  eachSdk('arena: options and messages that do not fit are refused', sdks, async (sdk) => {
    await assert.rejects(sdk.create('arena', { coins: 256 }), is(400, /coins/));
    await assert.rejects(sdk.create('arena', { coins: 'many' }), is(400, /coins/));
    const client = await sdk.create('arena');
    await sees(client, 1);
    const before = await client.json();
    assert.equal(before.coins.length, 10, 'ten coins unless asked otherwise');
    assert.equal(before.players[client.sessionId].name, client.sessionId, 'the session id for a name');
    await assertRefused(client, ['steer', { x: 'far', y: 0 }], 4217, /x/);
    await assertRefused(client, ['steer', { x: 1 }], 4217, /y/);
    await assertRefused(client, ['steer', { x: Infinity, y: 0 }], 4217, /finite/);
    await assertRefused(client, ['steer', { x: 0, y: NaN }], 4217, /finite/);
    await assertRefused(client, ['steer'], 4217, /steer/);
    await assertRefused(client, ['fly', { x: 1, y: 0 }], 4217, /fly/);
    const { x, y } = await playerOf(client, client.sessionId);
    assert.deepEqual([x, y], [before.players[client.sessionId].x, before.players[client.sessionId].y]);
    await leaveAll(client);
  });

  eachSdk('arena: the thirty-third finds it full', sdks, async (sdk) => {
    const first = await sdk.create('arena');
    const others = await Promise.all(Array.from({ length: MOST - 1 }, () => sdk.joinById(first.roomId)));
    await sees(first, MOST);
    await assert.rejects(sdk.joinById(first.roomId), is(522, /locked/));
    await leaveAll(first, others);
  }, { sdks: SDKS.slice(0, 1) });
}
