// tic-tac-toe: whole games between different SDKs, refusals, the clock, and players who go.
import assert from 'node:assert/strict';
import { eachSdk, leaveAll, REQUESTING, SDKS } from '../../lib/scenario.mjs';
import { differences } from '../../lib/compare.mjs';
import { eventually } from '../../lib/waiting.mjs';
import { assertNoLeaks, assertRefused, is, quietly } from './common.mjs';

const EMPTY = Array(9).fill('empty');
/** `x` first; the last cell ends it. */
const X_WINS = [0, 3, 1, 4, 2];
const O_WINS = [0, 2, 1, 4, 8, 6];
const DRAW = [0, 1, 2, 4, 3, 5, 7, 6, 8];

/** Every SDK against every other, in both seats. */
const PAIRS = SDKS.flatMap((x) => SDKS.filter((o) => o !== x).map((o) => [x, o]));

const phase = (clients, wanted) => Promise.all(clients.map((client) => client.until((state, p) => state.phase === p, wanted)));

/** Two at a table whose game has begun: `[x, o]`. */
async function seat(first, second, options = {}) {
  const x = await first.create('tic-tac-toe', options);
  await x.until((state) => state.phase === 'waiting' && state.marks.size === 1);
  const o = await second.joinById(x.roomId);
  await begun([x, o]);
  return [x, o];
}

/** Both see an empty board, their marks, and that it is the turn of `x`. */
async function begun(players) {
  const [x, o] = players;
  await phase(players, 'playing');
  for (const player of players) {
    assert.deepEqual(await player.json(), {
      phase: 'playing', cells: EMPTY, marks: { [x.sessionId]: 'x', [o.sessionId]: 'o' }, turn: x.sessionId,
    });
  }
}

/**
 * Plays the cells in turn, beginning with the first of these players, who has the first of these marks;
 * both see each mark before the next is made. Gives a board with these marks alone.
 */
async function play(players, cells, marks = 'xo') {
  const board = [...EMPTY];
  for (const [i, cell] of cells.entries()) {
    const mark = marks[i % 2];
    await players[i % 2].send('place', cell);
    board[cell] = mark;
    await Promise.all(players.map((player) => player.until((state, at) => state.cells[at.cell] === at.mark, { cell, mark })));
  }
  return board;
}

/** Both see this end; `winner` is a client, or nobody after a draw. */
async function assertOver(players, board, winner) {
  await phase(players, 'over');
  for (const player of players) {
    const { cells, turn, winner: won } = await player.json();
    assert.deepEqual([cells, turn, won], [board, undefined, winner?.sessionId], `SDK ${player.sdk}`);
  }
  await assertNoLeaks(players);
}

/** What a client who must not do this gets to hear; both see that nothing changed. */
async function refusedWithoutTrace(players, client, message, code, text) {
  const before = await players[0].ordered();
  const changes = await Promise.all(players.map((player) => player.changes()));
  await assertRefused(client, message, code, text);
  assert.deepEqual(await Promise.all(players.map((player) => player.changes())), changes, 'no patch');
  for (const player of players) assert.deepEqual(differences(before, await player.ordered()), [], JSON.stringify(message));
}

export function ticTacToeScenarios(sdks) {
  quietly('tic-tac-toe: every two SDKs play to a win of x, of o, and to a draw', sdks, async () => {
    for (const [one, other] of PAIRS) {
      const players = await seat(sdks[one], sdks[other]);
      const [x, o] = players;
      await assertOver(players, await play(players, X_WINS), x);
      await o.send('rematch');
      await begun(players);
      await assertOver(players, await play(players, O_WINS), o);
      await x.send('rematch');
      await begun(players);
      await assertOver(players, await play(players, DRAW), undefined);
      await leaveAll(players);
    }
  });

  eachSdk('tic-tac-toe: what the rules forbid is refused and changes nothing', sdks, async (sdk) => {
    const lonely = await sdk.create('tic-tac-toe');
    await lonely.until((state) => state.phase === 'waiting');
    await refusedWithoutTrace([lonely], lonely, ['place', 0], 4002, /nobody is playing/);
    await leaveAll(lonely);

    const players = await seat(sdk, sdks[SDKS.at(-1)]);
    const [x, o] = players;
    await refusedWithoutTrace(players, o, ['place', 0], 4003, /not your turn/);
    await play(players, [4]);
    await refusedWithoutTrace(players, x, ['place', 0], 4003, /not your turn/);
    await refusedWithoutTrace(players, o, ['place', 4], 4004, /taken/);
    await refusedWithoutTrace(players, o, ['place', 9], 4000, /0 to 8/);
    await refusedWithoutTrace(players, o, ['rematch'], 4001, /not over/);
    for (const wrong of [-1, 1.5, 'middle', null, [4]]) await refusedWithoutTrace(players, o, ['place', wrong], 4217, /place/);
    await refusedWithoutTrace(players, o, ['cheat', 4], 4217, /cheat/);
    await play([o, x], [0, 3, 8, 5], 'ox');
    await assertOver(players, ['o', 'empty', 'empty', 'x', 'x', 'x', 'empty', 'empty', 'o'], x);
    await refusedWithoutTrace(players, o, ['place', 1], 4002, /nobody is playing/);
    await leaveAll(players);
  });

  eachSdk('tic-tac-toe: a refusal is the rejection of a request', sdks, async (sdk) => {
    const [x, o] = await seat(sdk, sdk);
    await assert.rejects(o.request('place', 0), is(4003, /not your turn/));
    await x.request('place', 0);
    await assert.rejects(o.request('place', 0), is(4004, /taken/));
    await leaveAll(x, o);
    sdk.assertQuiet();
  }, { sdks: REQUESTING });

  eachSdk('tic-tac-toe: there is no third seat', sdks, async (sdk) => {
    const players = await seat(sdks[SDKS[0]], sdks[SDKS.at(-1)]);
    await assert.rejects(sdk.joinById(players[0].roomId), is(522, /locked/));
    const elsewhere = await sdk.joinOrCreate('tic-tac-toe');
    assert.notEqual(elsewhere.roomId, players[0].roomId);
    assert.equal((await players[0].json()).marks[elsewhere.sessionId], undefined);
    await leaveAll(players, elsewhere);
  });

  eachSdk('tic-tac-toe: who thinks too long loses, and the clock ends with the game', sdks, async (sdk) => {
    const players = await seat(sdk, sdks[SDKS.at(-1)], { turn_time: 1000 });
    const [x, o] = players;
    const start = performance.now();
    await play(players, [4]);
    for (const player of players) assert.equal(await player.message('too-slow'), o.sessionId);
    assert.ok(performance.now() - start > 900, 'not before its time');
    await assertOver(players, EMPTY.with(4, 'x'), x);
    await x.send('rematch');
    await begun(players);
    for (const player of players) assert.equal(await player.message('too-slow'), x.sessionId, 'the clock runs from the beginning');
    await assertOver(players, EMPTY, o);
    await o.send('rematch');
    await begun(players);
    await assertOver(players, await play(players, X_WINS), x);
    // The turn that won was the last: no clock runs on behind it.
    await assert.rejects(x.message('too-slow', undefined, 1200), /never came/);
    await leaveAll(players);
    sdk.assertQuiet();
  });

  eachSdk('tic-tac-toe: a time to think that is none is refused', sdks, async (sdk) => {
    for (const turn_time of [0, 999, 600_001]) {
      await assert.rejects(sdk.create('tic-tac-toe', { turn_time }), is(400, /between 1000 and 600000/));
    }
    await assert.rejects(sdk.create('tic-tac-toe', { turn_time: 'long' }), is(400, /turn_time/));
  });

  eachSdk('tic-tac-toe: who leaves loses, and another may sit down', sdks, async (sdk) => {
    const [x, o] = await seat(sdk, sdks[SDKS.at(-1)]);
    await play([x, o], [4]);
    await x.leave();
    await assertOver([o], EMPTY.with(4, 'x'), o);
    await o.until((state) => state.marks.size === 1);
    await assertRefused(o, ['rematch'], 4005, /other one has left/);
    const next = await eventually(() => sdk.joinById(o.roomId).catch(() => false), () => 'the room did not unlock');
    await begun([next, o]);
    await play([next, o], [8, 0]);
    await leaveAll(next, o);
  });

  eachSdk('tic-tac-toe: a lost connection keeps its seat, and the game goes on', sdks, async (sdk) => {
    const [x, o] = await seat(sdk, sdks[SDKS.at(-1)]);
    if (sdk.sdk !== '0.16') await x.tune({ enabled: false });
    await play([x, o], [4, 0]);
    const token = await x.token();
    await x.drop();
    await x.left();
    const back = await eventually(() => sdk.reconnect(token).catch(() => false), () => 'the seat was gone');
    assert.equal(back.sessionId, x.sessionId);
    await back.until((state) => state.cells[4] === 'x' && state.cells[0] === 'o');
    await play([back, o], [3, 8, 5]);
    await assertOver([back, o], ['o', 'empty', 'empty', 'x', 'x', 'x', 'empty', 'empty', 'o'], back);
    await leaveAll(back, o);
    sdk.assertQuiet();
  });

  eachSdk('tic-tac-toe: who is lost and does not come back loses its seat too', sdks, async (sdk) => {
    const [x, o] = await seat(sdk, sdks[SDKS.at(-1)], { turn_time: 1000 });
    if (sdk.sdk !== '0.16') await x.tune({ enabled: false });
    await x.drop();
    assert.equal(await o.message('too-slow'), x.sessionId);
    await assertOver([o], EMPTY, o);
    await o.until((state) => state.marks.size === 1);
    await leaveAll(o);
  });
}
