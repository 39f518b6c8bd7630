// One random history of shows and hides: a client of each SDK from the start, one that comes on the way, one that
// is lost and comes back, late joiners at the end; and after each batch each sees what the model says.
import { differences } from '../../lib/compare.mjs';
import { Random } from '../../lib/random.mjs';
import { SDKS } from '../../lib/scenario.mjs';
import { emptyGame, perform, seenBy } from './model.mjs';
import { randomLook, randomOperation } from './operations.mjs';

const BATCHES = 15;
const LONGEST_BATCH = 6;
const WAIT = 10_000;

/** Entries of a map that are shown later come later, so their order is each client's own. */
const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
};

function mustAgree(found, { seed, batch, operations }, who) {
  if (found.length === 0) return;
  throw new Error(`seed ${seed}, batch ${batch}: ${who}\n  ${found.join('\n  ')}\n  operations: ${JSON.stringify(operations)}`);
}

export async function playHistory(seed, drivers) {
  const random = new Random(seed);
  const game = emptyGame();
  const where = { seed, batch: 0, operations: [] };
  const order = [...SDKS].sort(() => random.unit() - 0.5);

  const welcome = (client, sees = []) => {
    game.shown.set(client.sessionId, new Set());
    perform(game, sees.map((look) => [...look, client.sessionId]));
    return client;
  };
  const join = async (sdk, roomId) => {
    const sees = Array.from({ length: random.int(0, 4) }, () => randomLook(random, game));
    return welcome(await drivers[sdk].joinById(roomId, { sees }), sees);
  };
  const compare = async (client) => {
    await client.until((state, n) => state.turn === n, game.turn, WAIT).catch((error) => {
      throw new Error(`seed ${seed}, batch ${where.batch}: ${client}: ${error.message}\n  operations: ${JSON.stringify(where.operations)}`);
    });
    const found = differences(sorted(await client.json()), sorted(seenBy(game, client.sessionId)));
    mustAgree(found, where, `${client}: what it sees (left) is not what it may see (right)`);
  };

  const creator = welcome(await drivers[order[0]].create('views'));
  const clients = [creator];
  for (const sdk of order.slice(1)) clients.push(await join(sdk, creator.roomId));
  const [comesAt, lostAt] = [random.int(2, BATCHES - 3), random.int(2, BATCHES - 3)];
  let away;

  for (let batch = 1; batch <= BATCHES; batch += 1) {
    if (batch === lostAt) {
      const lost = clients.pop();
      away = { sdk: lost.sdk, token: await lost.token() };
      if (lost.sdk !== '0.16') await lost.tune({ enabled: false });
      await lost.drop();
      await lost.left();
    }
    const operations = [];
    const sessions = [...game.shown.keys()];
    for (let i = random.int(1, LONGEST_BATCH); i > 0; i -= 1) operations.push(randomOperation(random, game, sessions));
    operations.push(['turn', batch]);
    perform(game, operations);
    Object.assign(where, { batch, operations });
    await random.pick(clients).send('apply', operations);
    await Promise.all(clients.map(compare));
    if (batch === comesAt) clients.push(await join(random.pick(SDKS), creator.roomId));
    if (batch === lostAt + 1) clients.push(await drivers[away.sdk].reconnect(away.token));
    await Promise.all(clients.map(compare));
  }

  for (const sdk of SDKS) clients.push(await join(sdk, creator.roomId));
  await Promise.all(clients.map(compare));
  for (const client of clients) {
    const { leaked, untracked, miscounted } = await client.audit();
    mustAgree([...leaked, ...untracked, ...miscounted].map(String), where, `${client}: its books do not balance`);
  }
  await Promise.all(clients.map((client) => client.leave()));
}
