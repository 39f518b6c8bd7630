// One random history: clients of all SDKs in one room, batches of operations, and everybody compared.
import { differences } from '../../lib/compare.mjs';
import { Random } from '../../lib/random.mjs';
import { OLDEST, SDKS } from '../../lib/scenario.mjs';
import { emptyState, orderedDump, orderedModel, perform } from './model.mjs';
import { randomOperation } from './operations.mjs';

export const BATCHES = 15;
const LONGEST_BATCH = 5;
const WAIT = 10_000;

const bigints = (_key, value) => (typeof value === 'bigint' ? `${value}n` : value);

/** Fails with everything that is needed to see where the history went wrong. */
function mustAgree(found, { seed, batch, operations }, who) {
  if (found.length === 0) return;
  throw new Error(`seed ${seed}, batch ${batch}: ${who}\n  ${found.join('\n  ')}\n  operations: ${JSON.stringify(operations, bigints)}`);
}

function booksMustBalance({ leaked, untracked, miscounted }, where, who) {
  mustAgree(leaked.map((ref) => `leaked ${ref}`), where, who);
  mustAgree(untracked.map((ref) => `not tracked ${ref}`), where, who);
  mustAgree(miscounted.map((ref) => `miscounted ${ref}`), where, who);
}

const seen = (client, marker) => client.until((state, n) => state.counter === n, marker, WAIT);

/** What a client of this SDK sees of a state: 0.15 has no integers of more than 53 bits. */
const inItsEyes = (sdk, state) => (sdk === OLDEST ? { ...state, big: Number(state.big) } : state);

/**
 * Plays the history of this seed: all SDKs from the start, one more client from some batch on, one late
 * joiner of each SDK at the end. `room.apply` is sent by a different client each time.
 */
export async function playHistory(seed, drivers, sdks = SDKS) {
  const random = new Random(seed);
  const model = emptyState();
  const order = [...sdks].sort(() => random.unit() - 0.5);
  const creator = await drivers[order[0]].create('state', {});
  const clients = [creator, ...await Promise.all(order.slice(1).map((sdk) => drivers[sdk].joinById(creator.roomId)))];
  // SDK 0.15 can neither send integers of 64 bits nor read them.
  const exact = clients.filter((client) => client.sdk !== OLDEST);
  const asker = exact.find((client) => client.sdk === '0.18') ?? exact[0];
  const comesAt = random.int(2, BATCHES - 3);
  const where = { seed, batch: 0, operations: [] };

  const compareAll = async (list) => {
    const expected = orderedModel(model);
    const own = orderedDump(asker.sdk === '0.18' ? await asker.request('dump', null) : await asker.ask('dump', null));
    mustAgree(differences(own, expected), where, 'the room\'s dump (left) is not what the operations make (right)');
    for (const client of list) {
      mustAgree(differences(await client.ordered(), inItsEyes(client.sdk, own)), where, `${client}: its state (left) is not the room's dump (right)`);
    }
  };

  for (let batch = 1; batch <= BATCHES; batch += 1) {
    const operations = [];
    for (let i = random.int(1, LONGEST_BATCH); i > 0; i -= 1) {
      const operation = randomOperation(random, model);
      perform(model, operation);
      operations.push(operation);
    }
    const marker = 1_000_000 + batch;
    operations.push(['counter', marker]);
    perform(model, operations.at(-1));
    Object.assign(where, { batch, operations });
    await random.pick(clients.filter((client) => client.sdk !== OLDEST)).send('apply', operations);
    if (batch === comesAt) clients.push(await drivers[random.pick(sdks)].joinById(creator.roomId));
    await Promise.all(clients.map((client) => seen(client, marker).catch((error) => {
      throw new Error(`seed ${seed}, batch ${batch}: ${client}: ${error.message}\n  operations: ${JSON.stringify(operations, bigints)}`);
    })));
    await compareAll(clients);
  }

  const late = await Promise.all(sdks.map((sdk) => drivers[sdk].joinById(creator.roomId)));
  await Promise.all(late.map((client) => seen(client, model.counter)));
  await compareAll(late);
  for (const client of [...clients, ...late]) booksMustBalance(await client.audit(), where, `${client}`);
  const json = await Promise.all([...clients, ...late].map(async (client) => [client.sdk, await client.json()]));
  const [, whole] = json.find(([sdk]) => sdk !== OLDEST);
  for (const [i, [sdk, one]] of json.entries()) {
    mustAgree(differences(one, inItsEyes(sdk, whole)), where, `toJSON() of client ${i}, SDK ${sdk}, differs`);
  }
  await Promise.all([...clients, ...late].map((client) => client.leave()));
}
