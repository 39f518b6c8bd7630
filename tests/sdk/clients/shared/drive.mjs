// The loop of a driver process: one command in, one answer out, and events whenever they happen.
//
// Messages travel over Node's IPC channel with structured cloning, so bigint, undefined, dates and bytes
// arrive as what they are. A command is `{ id, command, room?, … }`, its answer `{ id, value }` or
// `{ id, failure: { name, message, code, reason } }`; an event has no `id`.
import { driverCommands, roomCommands } from './commands.mjs';
import { countFrames, recordConsole } from './recording.mjs';

const failureOf = (error) => ({
  name: error?.name ?? 'Error',
  message: error?.message ?? String(error),
  code: error?.code,
  reason: error?.reason,
  kind: error?.constructor?.name,
});

function answer(message) {
  try {
    process.send(message);
  } catch (error) {
    process.send({ id: message.id, failure: { name: 'DataCloneError', message: `cannot pass the value on: ${error.message}` } });
  }
}

/**
 * Starts obeying. `Client` and `getStateCallbacks` are the SDK's own; `WebSocket` and `Reflection` are what the SDK
 * resolves `ws` and schema to.
 */
export function drive({ Client, WebSocket, Reflection, getStateCallbacks }) {
  const driver = { Client, Reflection, getStateCallbacks, rooms: new Map(), report: answer };
  recordConsole(answer);
  countFrames(WebSocket);

  const run = async ({ command, room, ...fields }) => {
    if (driverCommands[command]) return driverCommands[command](driver, fields);
    const entry = driver.rooms.get(room);
    if (!entry) throw new Error(`this driver has no room number ${room}`);
    return roomCommands[command](entry, fields);
  };
  process.on('message', (message) => {
    run(message).then(
      (value) => answer({ id: message.id, value }),
      (error) => answer({ id: message.id, failure: failureOf(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  answer({ event: 'ready' });
}
