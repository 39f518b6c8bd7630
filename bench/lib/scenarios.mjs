// What is played: options of the load generator, the figures that are shown, and what Parlor wants to reach. A scenario
// may have `servers`, if not all can play it, and `missing`, which says what is to be done before it can be played.
import { languages } from './languages.mjs';

/** A figure of a scenario. `better` says which way is better, `goal` what Parlor wants to reach, if anything. */
const figure = (name, unit, better, goal) => ({ name, unit, better, goal });

// A goal holds for the median of the rounds' ratios to another server or another scenario, or of the rounds' values.
const atLeast = (times, server) => ({ times, server, holds: (ratio) => ratio >= times, text: `≥ ${times} × ${server}` });
const atMost = (times, server, text = `≤ ${times} × ${server}`) => ({ times, server, holds: (ratio) => ratio <= times, text });
const likeThousand = (better) => ({
  scenario: 'rooms-1000',
  holds: (ratio) => (better === 'higher' ? ratio >= 0.8 : ratio <= 1.2),
  text: 'within 20 % of 1000 rooms',
});
const noMoreThan = (value) => ({ holds: (own) => own <= value, text: `≤ ${value}` });

const roundTrips = [figure('round_trip_p50_ms', 'ms', 'lower'), figure('round_trip_p99_ms', 'ms', 'lower')];
const echo = (window, form, goal) => ({
  id: `echo-${window}-${form}`,
  title: `echo, window ${window}, ${form}s`,
  about: '10 rooms × 10 clients',
  play: 'echo',
  options: { rooms: 10, clients: 10, window, form },
  figures: [figure('messages_per_cpu_second', 'messages per CPU-second', 'higher', goal), ...roundTrips],
});

const deliveries = [figure('delivery_p50_ms', 'ms', 'lower'), figure('delivery_p99_ms', 'ms', 'lower')];
const broadcast = (id, title, options, goal) => ({
  id,
  title,
  about: '10 rooms × 50 clients',
  play: 'broadcast',
  options: { rooms: 10, clients: 50, ...options },
  figures: [figure('frames_per_cpu_second', 'frames per CPU-second', 'higher', goal), ...deliveries],
});

const state = (entities, changing, goal) => ({
  id: `state-${entities}`,
  title: entities === changing ? `state, ${entities} entities` : `state, ${entities} entities, ${changing} moving`,
  about: '10 rooms × 10 clients, 20 patches a second',
  play: 'state',
  options: { rooms: 10, clients: 10, entities, changing },
  figures: [
    figure('cpu_ms_per_room_second', 'CPU-ms per room and second', 'lower', goal),
    figure('patches_per_client_second', 'patches per client and second', 'higher'),
    figure('bytes_per_patch', 'bytes per patch', 'lower'),
  ],
});

const rooms = (count, goals = {}, more = {}) => ({
  id: `rooms-${count}`,
  title: `${count} idle rooms`,
  about: 'one client each, 16 come at a time',
  play: 'rooms',
  options: { rooms: count, lanes: 16 },
  // Both sides have one open file for each client.
  files: count + 1000,
  figures: [
    figure('rooms_per_cpu_second', 'rooms per CPU-second', 'higher', goals.rate),
    figure('join_p50_ms', 'ms until joined', 'lower'),
    figure('join_p99_ms', 'ms until joined', 'lower', goals.join),
    figure('resident_kib_per_room', 'KiB per room', 'lower', goals.memory),
    figure('proportional_kib_per_room', 'KiB per room, shared pages once', 'lower'),
    figure('idle_cpu_ms_per_second', 'idle CPU-ms per second', 'lower', goals.idle),
    figure('idle_cpu_us_per_room_second', 'idle CPU-µs per room and second', 'lower', goals.idlePerRoom),
    figure('left_kib_per_room', 'KiB per room when all have left', 'lower'),
  ],
  ...more,
});

const churn = {
  id: 'churn',
  title: 'churn',
  about: '16 clients at a time join one of 10 rooms and leave',
  play: 'churn',
  options: { rooms: 10, lanes: 16 },
  figures: [
    figure('cycles_per_cpu_second', 'cycles per CPU-second', 'higher', atLeast(6, 'colyseus')),
    figure('join_p50_ms', 'ms until joined', 'lower'),
    figure('join_p99_ms', 'ms until joined', 'lower'),
  ],
};

/** In the order in which they are played and shown. */
export const SCENARIOS = [
  echo(8, 'map', atLeast(7, 'colyseus')),
  echo(8, 'record', atLeast(7, 'colyseus')),
  echo(1, 'map', atLeast(0.85, 'raw')),
  echo(1, 'record', atLeast(0.85, 'raw')),
  broadcast('broadcast-20', 'broadcast, 20 messages a second', { rate: 20 }, atLeast(0.9, 'raw')),
  broadcast('broadcast-saturated', 'broadcast, saturated', { window: 8 }, atLeast(5, 'colyseus')),
  state(100, 100, atMost(1.3, 'raw')),
  state(1000, 1000, atMost(1 / 3, 'colyseus', '≤ 1/3 × colyseus')),
  state(10000, 100),
  rooms(1000, { rate: atLeast(8, 'colyseus'), join: noMoreThan(5), memory: noMoreThan(28), idle: noMoreThan(3) }),
  rooms(10000, {
    rate: likeThousand('higher'), join: likeThousand('lower'), memory: likeThousand('lower'), idlePerRoom: likeThousand('lower'),
  }, { config: 'parlor-many.toml' }),
  churn,
  ...languages(figure),
];

/**
 * What `--smoke` plays: every kind once or twice, small and short. Shows that all of it works, not how fast. These
 * options take the place of the scenario's.
 */
export const SMOKE = new Map([
  ['echo-8-record', { rooms: 2, clients: 2 }],
  ['echo-1-map', { rooms: 2, clients: 2 }],
  ['broadcast-20', { rooms: 2, clients: 3 }],
  ['broadcast-saturated', { rooms: 2, clients: 3 }],
  ['state-10000', { rooms: 2, clients: 2, entities: 200, changing: 20 }],
  ['rooms-1000', { rooms: 20, rehearsal: 5, settle: 0, idle: 1 }],
  ['churn', { rooms: 2, lanes: 2 }],
  ['languages-echo-rust', { rooms: 2, clients: 2 }],
  ['languages-echo-c', { rooms: 2, clients: 2 }],
  ['languages-echo-js', { rooms: 2, clients: 2 }],
  ['languages-echo-py', { rooms: 2, clients: 2 }],
  ['languages-state-py', { rooms: 1, clients: 2, entities: 20, changing: 20 }],
  ['languages-rooms-js', { rooms: 5, rehearsal: 2 }],
]);

/** Those whose id is, or begins with, one of `names`; all without names. Throws for a name that nothing has. */
export function select(names) {
  if (names.length === 0) return SCENARIOS;
  const fits = (name, id) => id === name || id.startsWith(`${name}-`);
  const unknown = names.find((name) => !SCENARIOS.some(({ id }) => fits(name, id)));
  if (unknown !== undefined) {
    throw new Error(`no scenario "${unknown}"; there are: ${SCENARIOS.map(({ id }) => id).join(', ')}, and their first words`);
  }
  return SCENARIOS.filter(({ id }) => names.some((name) => fits(name, id)));
}
