// Genuine Colyseus 0.18 with the rooms that the benchmark plays, each doing what the conformance room of the same
// name does on Parlor. Production settings: NODE_ENV=production (set by bench/run), no monitor, no compression,
// the WebSocket transport, presence and driver in memory, everything else as it comes.
import { Server, Room } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { schema, t } from '@colyseus/schema';

/** Milliseconds between ticks and between patches. */
const BEAT = 50;
const SIZE = 1000;

/** Sends every message back to its sender. */
class Echo extends Room {
  onCreate() {
    this.onMessage('*', (client, type, payload) => client.send(type, payload));
  }
}

const Counted = schema({ counter: t.number() }, 'Counted');

/** Sends every message to everyone. */
class Relay extends Room {
  state = new Counted();

  onCreate() {
    this.onMessage('*', (_client, type, payload) => this.broadcast(type, payload));
  }
}

/** Nothing. */
class Idle extends Room {}

const Entity = schema({ x: t.number(), y: t.number() }, 'Entity');
const World = schema({ entities: t.map(Entity) }, 'World');

/** Turns round at the borders. */
function step(entity, axis, velocity) {
  entity[axis] += velocity[axis];
  if (entity[axis] < 0 || entity[axis] > SIZE) velocity[axis] = -velocity[axis];
}

/** Moves `changing` of its `entities` in every tick, the next ones each time. */
class Ticker extends Room {
  state = new World();
  patchRate = BEAT;

  onCreate({ entities = 100, changing = entities }) {
    this.moving = [];
    for (let i = 0; i < entities; i += 1) {
      const entity = new Entity().assign({ x: (37.77 * i) % SIZE, y: (91.13 * i) % SIZE });
      this.state.entities.set(`e${i}`, entity);
      this.moving.push({ entity, velocity: { x: 0.25 + 0.31 * (i % 7), y: 0.4 + 0.27 * (i % 5) } });
    }
    this.changing = Math.min(changing, entities);
    this.next = 0;
    this.setTimestep(() => this.tick(), BEAT);
  }

  tick() {
    for (let moved = 0; moved < this.changing; moved += 1) {
      const { entity, velocity } = this.moving[this.next];
      step(entity, 'x', velocity);
      step(entity, 'y', velocity);
      this.next = (this.next + 1) % this.moving.length;
    }
  }
}

const port = Number(process.env.PORT ?? 0);
const transport = new WebSocketTransport({ perMessageDeflate: false });
const server = new Server({ transport, greet: false });
server.define('echo', Echo);
server.define('relay', Relay);
server.define('idle', Idle);
server.define('ticker', Ticker);
await server.listen(port, '127.0.0.1');
console.log(`colyseus: ready at http://127.0.0.1:${transport.server.address().port}`);
