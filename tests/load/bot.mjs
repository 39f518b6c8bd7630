// What each client of the load tester does. One process plays all of them; `load.mjs` starts it and is told
// over IPC how far it got.
//
// All join the same room; when the last has come, each sends its messages, hears those of everyone, and
// leaves. When the last has left, the load tester is asked to end, which makes it write its summary.
delete globalThis.WebSocket;
const { Client } = await import('@colyseus/sdk');
const { cli } = await import('@colyseus/loadtest');

/** How many messages each client sends. */
const MESSAGES = 3;
const CONSENTED = 4000;

const players = [];
let left = 0;

function finish(outcome) {
  const heard = players.map((player) => player.heard);
  const report = { ...outcome, joined: players.length, left, sent: players.reduce((sum, player) => sum + player.sent, 0), heard };
  process.send(report, () => process.kill(process.pid, 'SIGTERM'));
}

/** The first failure ends the run: what comes after it says nothing new. */
function fail(who, what) {
  const failure = `client ${who}: ${what}`;
  // The load tester counts this as an error.
  console.error(failure);
  finish({ failure });
}

function begin(clients) {
  const expected = clients * MESSAGES;
  for (const [who, player] of players.entries()) {
    player.wanted = () => {
      if (player.heard === expected && !player.leaving) {
        player.leaving = true;
        player.room.leave();
      }
    };
    for (let n = 0; n < MESSAGES; n += 1) {
      player.room.send('hello', { who, n });
      player.sent += 1;
    }
  }
}

cli(async ({ endpoint, roomName, numClients, clientId }) => {
  let room;
  try {
    room = await new Client(endpoint).joinOrCreate(roomName);
  } catch (error) {
    fail(clientId, `could not join: ${error.code} ${error.message}`);
    throw error;
  }
  const player = { room, sent: 0, heard: 0, leaving: false, wanted: () => {} };
  players.push(player);
  room.onMessage('hello', () => {
    player.heard += 1;
    player.wanted();
  });
  room.onError((code, message) => fail(clientId, `was told an error: ${code} ${message}`));
  room.onDrop((code) => fail(clientId, `lost its connection: ${code}`));
  room.onLeave((code) => {
    left += 1;
    if (code !== CONSENTED) fail(clientId, `was closed with ${code}`);
    else if (left === numClients) finish({ rooms: new Set(players.map((each) => each.room.roomId)).size });
  });
  if (players.length === numClients) begin(numClients);
});
