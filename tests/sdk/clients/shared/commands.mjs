// The commands that a driver obeys. Each takes the driver's rooms and the command's own fields, and its
// result (or its failure) is what the orchestrator's promise gets.
import { audit, json, ordered } from './decoder.mjs';
import { goOffline } from './network.mjs';
import { framesOf } from './recording.mjs';
import { enter } from './rooms.mjs';

const transport = (room) => room.connection.transport;

/** Keeps what survives the way to the orchestrator: schema instances must be unrolled before. */
const plain = (room, what) => (what === 'json' ? json(room.state) : ordered(room.state));

async function until(entry, { test, argument, milliseconds }) {
  const holds = new Function(`return (${test})`)();
  return new Promise((resolve, reject) => {
    const check = () => {
      let held = false;
      try {
        held = entry.snapshots > 0 && holds(entry.room.state, argument);
      } catch (error) {
        return finish(() => reject(error));
      }
      if (held) finish(resolve);
    };
    const finish = (settle) => {
      clearTimeout(timer);
      entry.watchers.delete(check);
      settle();
    };
    const timer = setTimeout(() => {
      const state = JSON.stringify(ordered(entry.room.state), (_k, v) => (typeof v === 'bigint' ? `${v}n` : v)) ?? 'none';
      finish(() => reject(new Error(`the state did not become true for ${test} with ${JSON.stringify(argument)} `
        + `within ${milliseconds} ms (${entry.snapshots} state changes seen; state ${state.slice(0, 600)})`)));
    }, milliseconds);
    entry.watchers.add(check);
    check();
  });
}

/** Reports each entry of a collection of the root that comes or goes, the present ones first. */
function follow({ room, report, callbacks }, { field }) {
  const $ = callbacks();
  $(room.state)[field].onAdd((_value, key) => report({ event: 'added', field, key }));
  $(room.state)[field].onRemove((_value, key) => report({ event: 'removed', field, key }));
}

/** Every command that needs no room yet. */
export const driverCommands = {
  async join(driver, { method, name, options, endpoint, authToken, headers }) {
    const client = new driver.Client(endpoint, headers ? { headers } : undefined);
    if (authToken !== undefined) client.auth.token = authToken;
    const room = method === 'reconnect' ? await client.reconnect(name) : await client[method](name, options);
    return enter(driver, room);
  },
  /** Takes a seat that was reserved elsewhere. */
  async consume(driver, { endpoint, reservation }) {
    return enter(driver, await new driver.Client(endpoint).consumeSeatReservation(reservation));
  },
  /** Decodes a handshake and the bodies that follow it; no connection. Gives the JSON after each body. */
  async decode(driver, { handshake, bodies }) {
    const decoder = driver.Reflection.decode(handshake, { offset: 0 });
    return bodies.map((body) => {
      if (body.length > 0) decoder.decode(body, { offset: 0 });
      return decoder.state.toJSON();
    });
  },
  /** What a browser does when it loses the network. All connections of this driver hear of it. */
  async offline() {
    goOffline();
  },
  /** 0.15 only. */
  async rooms(driver, { endpoint, name }) {
    return new driver.Client(endpoint).getAvailableRooms(name);
  },
  async latency(driver, { endpoint, options }) {
    return new driver.Client(endpoint).getLatency(options);
  },
  async fastest(driver, { endpoints }) {
    const client = await driver.Client.selectByLatency(endpoints);
    return { hostname: client.settings.hostname, port: client.settings.port };
  },
};

/** Every command to a room that was joined. */
export const roomCommands = {
  send: ({ room }, { type, payload, empty }) => (empty ? room.send(type) : room.send(type, payload)),
  bytes: ({ room }, { type, bytes }) => room.sendBytes(type, bytes),
  request: ({ room }, { type, payload, milliseconds }) => room.request(type, payload, { timeout: milliseconds }),
  leave: ({ room }, { consented }) => room.leave(consented),
  drop: ({ room }) => transport(room).ws.terminate(),
  close: ({ room }, { code, reason }) => transport(room).close(code, reason),
  raw: ({ room }, { bytes }) => transport(room).ws.send(bytes),
  pause: ({ room }) => transport(room).ws.pause(),
  resume: ({ room }) => transport(room).ws.resume(),
  state: (entry, { what }) => plain(entry.room, what),
  audit: ({ room }) => audit(room),
  until,
  follow,
  changes: (entry) => entry.snapshots,
  times: (entry) => entry.times,
  frames: ({ room }) => framesOf(transport(room).ws),
  tune: ({ room }, { settings }) => void Object.assign(room.reconnection, settings),
  token: ({ room }) => room.reconnectionToken,
  open: ({ room }) => transport(room).isOpen,
  ping: ({ room }) => new Promise((resolve) => room.ping(resolve)),
  /** Runs text as a function of the room: for the rare thing that no command does. */
  evaluate: async ({ room }, { test, argument }) => new Function(`return (${test})`)()(room, argument),
};
