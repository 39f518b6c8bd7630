// What a driver overhears: the process's console, crashes, and the frames that reach each socket.
import { format } from 'node:util';

/** Reports everything that the SDK writes to its console, and every exception nobody caught. */
export function recordConsole(report) {
  for (const level of ['log', 'info', 'warn', 'error']) {
    console[level] = (...args) => report({ event: 'console', level, text: format(...args) });
  }
  const crash = (error) => report({ event: 'crash', text: String(error?.stack ?? error) });
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

const counts = new WeakMap();

/** Counts the frames of every socket by their first byte. Must run before the SDK connects. */
export function countFrames(WebSocket) {
  const emit = WebSocket.prototype.emit;
  WebSocket.prototype.emit = function counted(event, data, ...rest) {
    if (event === 'message') {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
      const mine = counts.get(this) ?? {};
      mine[bytes[0]] = (mine[bytes[0]] ?? 0) + 1;
      counts.set(this, mine);
    }
    return emit.call(this, event, data, ...rest);
  };
}

/** Frames that a socket has received: `{ firstByte: count }`. */
export const framesOf = (socket) => ({ ...counts.get(socket) });
