// Clients of the `recovery` room that send under load and check every answer.
import assert from 'node:assert/strict';
import { disturbances } from '../../lib/deployed.mjs';
import { SDKS } from '../../lib/scenario.mjs';
import { eventually } from '../../lib/waiting.mjs';

/** By fault: milliseconds from the room's word that it breaks to the first answer after it, of all players so far. */
export const pauses = new Map();
let fault = '';

/** Which fault the pauses that follow are put down to. */
export function breaksBy(what) {
  fault = what;
  pauses.set(fault, pauses.get(fault) ?? []);
}

export class Player {
  #stopped = false;
  #looked = 0;
  /** The room's last word that it breaks, until there is an answer from behind that. */
  #told;
  /** Its count in the room. */
  count = 0;
  /** Traps that it has heard of. */
  traps = 0;

  /** `after` says to what a trap takes the room: `checkpoint`, or `beginning`. */
  constructor(client, after) {
    this.client = client;
    this.after = after;
    this.done = this.#play();
    this.done.catch(() => {});
  }

  toString() {
    return `${this.client} as a player`;
  }

  stop() {
    this.#stopped = true;
    return this.done;
  }

  async #play() {
    while (!this.#stopped) {
      const answered = this.client.messageEvent('add');
      await this.client.send('add');
      this.#take(await answered);
    }
  }

  /** Did the room go back to something before the answer? Events are looked at in the order in which they came. */
  #take(answer) {
    const { all } = this.client.inbox;
    const at = all.lastIndexOf(answer);
    const told = all.slice(this.#looked, at).filter(({ type }) => type === 'breaks');
    this.#looked = at;
    assert.ok(told.length <= 1, `${this}: the room broke once`);
    if (told.length > 0) [this.#told] = told;
    const [count, lives] = answer.payload;
    if (this.after === 'checkpoint' ? lives === 1 + this.traps : this.#told === undefined) {
      assert.equal(count, this.count + 1, `${this}: nothing is lost or doubled`);
    } else {
      const saved = this.after === 'checkpoint' ? this.#told?.payload[this.client.sessionId] : 0;
      assert.equal(count, saved + 1, `${this}: the room goes on from its ${this.after}`);
      pauses.get(fault)?.push(answer.at - this.#told.at);
      this.traps += 1;
      this.#told = undefined;
    }
    assert.equal(lives, this.after === 'checkpoint' ? 1 + this.traps : 1, `${this}: one instance for each trap`);
    this.count = count;
  }
}

/** Players of each SDK in one new room. */
export async function gather(sdks, type, { each = 1, after = 'checkpoint' } = {}) {
  const first = await sdks[SDKS[0]].create(type);
  const clients = [first];
  for (const sdk of SDKS) {
    for (let n = sdk === SDKS[0] ? 1 : 0; n < each; n += 1) clients.push(await sdks[sdk].joinById(first.roomId));
  }
  return clients.map((client) => new Player(client, after));
}

/** Whoever failed says so before something that it made impossible is waited for. */
export const whilePlaying = (players, promise) => Promise.race([promise, ...players.map(({ done }) => done.then(() => new Promise(() => {})))]);

/** Waits until a checkpoint of the present instance has every player, and these sessions. */
export async function checkpointed(players, sessions = []) {
  const [{ client }] = players;
  const wanted = players.map((player) => [player.client.sessionId, player.count]);
  await whilePlaying(players, eventually(async () => {
    const saved = await client.ask('saved');
    return wanted.every(([session, count]) => saved[session] >= count) && sessions.every((session) => session in saved);
  }, () => 'no checkpoint was made'));
}

/** Waits until every player has an answer from behind so many traps. */
export const recovered = (players, traps) => whilePlaying(players, eventually(
  () => players.every((player) => player.traps >= traps),
  () => `players were not answered after trap ${traps}: ${players.map((player) => `${player.client.sdk} ${player.traps}`).join(', ')}`, 15_000));

/** Stops them all; each sees every count as the room has it, was never disturbed, and heard of so many traps. */
export async function assertUnharmed(players, traps, faulted = 0) {
  await Promise.all(players.map((player) => player.stop()));
  const counts = players.map((player) => [player.client.sessionId, player.count]);
  for (const [n, { client, traps: heard }] of players.entries()) {
    assert.equal(heard, traps, `${client}`);
    const wanted = { counts, lives: players[0].after === 'checkpoint' ? 1 + traps : 1 };
    await client.until((state, w) => state.lives === w.lives && w.counts.every(([session, count]) => state.counts.get(session) === count), wanted);
    const expected = n === 0 ? faulted : 0;
    assert.deepEqual(disturbances(client).map(({ event }) => event), Array(expected).fill('error'), `${client}`);
  }
}
