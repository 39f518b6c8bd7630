// Waiting for events. Nothing here sleeps: a wait ends with its event, or fails after its time with a
// text that says what was awaited and what was seen instead.

/** How long a wait may take unless it says otherwise. Milliseconds. */
export const PATIENCE = Number(process.env.PARLOR_PATIENCE ?? 20_000);

/** Settles as `promise`, or rejects after `milliseconds` with the text that `complaint()` gives then. */
export function within(promise, complaint, milliseconds = PATIENCE) {
  let timer;
  const alarm = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint()} (waited ${milliseconds} ms)`)), milliseconds);
  });
  return Promise.race([promise, alarm]).finally(() => clearTimeout(timer));
}

/** A queue of events that can be awaited by what they are. An awaited event is taken out of the queue. */
export class Inbox {
  #waiting = [];
  #waiters = new Set();
  #over;
  /** Every event that ever came, in order. */
  all = [];

  /** Nothing will come any more: whoever waits is told so at once. */
  end(why) {
    this.#over = why;
    for (const waiter of this.#waiters) waiter.giveUp(why);
    this.#waiters.clear();
  }

  push(event) {
    this.all.push(event);
    for (const waiter of this.#waiters) {
      if (waiter.wants(event)) {
        this.#waiters.delete(waiter);
        waiter.take(event);
        return;
      }
    }
    this.#waiting.push(event);
  }

  /** The oldest event that `wants` accepts, or the next one to come. */
  next(wants, complaint, milliseconds) {
    const at = this.#waiting.findIndex(wants);
    if (at >= 0) return Promise.resolve(this.#waiting.splice(at, 1)[0]);
    const seen = () => `${complaint()}; seen: ${summary(this.all)}`;
    let waiter;
    const come = new Promise((resolve, reject) => {
      const giveUp = (why) => reject(new Error(`${seen()} (${why})`));
      waiter = { wants, take: resolve, giveUp };
      if (this.#over === undefined) this.#waiters.add(waiter);
      else giveUp(this.#over);
    });
    return within(come, seen, milliseconds).finally(() => this.#waiters.delete(waiter));
  }

  /** Takes out, without waiting, everything that `wants` accepts. */
  take(wants) {
    const taken = this.#waiting.filter(wants);
    this.#waiting = this.#waiting.filter((event) => !wants(event));
    return taken;
  }

  /** What is still to be taken, without taking it. */
  pending(wants) {
    return this.#waiting.filter(wants);
  }
}

function summary(events) {
  const last = events.slice(-8).map((event) => JSON.stringify(event, (_key, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'string' && value.length > 80) return `${value.slice(0, 80)}… (${value.length})`;
    if (value instanceof Uint8Array) return `bytes(${value.length})`;
    return value;
  }));
  return events.length > 8 ? `… ${last.join(' ')}` : last.join(' ') || 'nothing';
}

/**
 * Asks again until `ask()` gives something true, for what can only be seen by asking (a room listing).
 * Gives that answer.
 */
export async function eventually(ask, complaint, milliseconds = PATIENCE) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${complaint()} (asked for ${milliseconds} ms)`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}
