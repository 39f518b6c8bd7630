// HTTP and WebSocket without any SDK: for routes, headers, and clients that do not behave.
import http from 'node:http';
import { WebSocket } from 'ws';
import { Inbox, within, PATIENCE } from './waiting.mjs';

/** `ws://…` to `http://…`. */
export const httpOf = (endpoint) => endpoint.replace(/^ws/, 'http');

/**
 * One request on a connection of its own, with any method, path and body. Resolves with
 * `{ status, headers, body }`, or `{ broken }` if the connection ended without a reply.
 */
export function fetchRaw(endpoint, { method = 'GET', path = '/', headers = {}, body, milliseconds = PATIENCE } = {}) {
  const { hostname, port } = new URL(httpOf(endpoint));
  const reply = new Promise((resolve) => {
    const options = { hostname, port, method, path, headers, agent: false, insecureHTTPParser: true };
    const broken = (error) => resolve({ broken: error.code ?? error.message });
    let request;
    try {
      request = http.request(options, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({
          status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString(),
        }));
        response.on('error', broken);
      });
    } catch (error) {
      broken(error);
      return;
    }
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode, headers: response.headers, body: '' });
    });
    request.on('error', broken);
    request.end(body);
  });
  return within(reply, () => `no reply to ${method} ${path}`, milliseconds);
}

/** Asks for a seat as the SDKs do. Gives `{ status, reply }` with the parsed JSON. */
export async function matchmake(endpoint, method, name, options = {}, headers = {}) {
  const { status, body, headers: got } = await fetchRaw(endpoint, {
    method: 'POST',
    path: `/matchmake/${method}/${name}`,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(options),
  });
  return { status, headers: got, reply: body ? JSON.parse(body) : undefined };
}

/** A WebSocket whose frames the test reads itself. */
export class RawSocket {
  static #all = new Set();
  #inbox = new Inbox();

  /** Cuts every connection that is left, also those of tests that failed: they would keep the process alive. */
  static endAll() {
    for (const raw of RawSocket.#all) raw.end();
  }

  /** Opens `path`, e.g. `/processId/roomId?sessionId=…`. */
  static async open(endpoint, path) {
    const raw = new RawSocket();
    raw.socket = new WebSocket(`${endpoint.replace(/^http/, 'ws')}${path}`);
    RawSocket.#all.add(raw);
    raw.socket.on('message', (data) => raw.#inbox.push({ event: 'frame', bytes: new Uint8Array(data) }));
    raw.closed = new Promise((resolve) => {
      raw.socket.on('close', (code, reason) => {
        RawSocket.#all.delete(raw);
        raw.#inbox.end(`the connection was closed with ${code}`);
        resolve({ code, reason: reason.toString() });
      });
    });
    const opened = new Promise((resolve, reject) => {
      raw.socket.once('open', resolve);
      raw.socket.once('error', reject);
    });
    await within(opened, () => `the WebSocket ${path} did not open`);
    raw.socket.on('error', () => {});
    return raw;
  }

  /** Takes a seat of the room, as 0.16 (`legacy`) or 0.17/0.18 would, up to and including the JOIN frame. */
  static async join(endpoint, method, name, options = {}, { legacy = false, acknowledge = true } = {}) {
    const { status, reply } = await matchmake(endpoint, method, name, options);
    if (status !== 200) throw new Error(`matchmaking ${method}/${name}: ${status} ${JSON.stringify(reply)}`);
    const processId = legacy ? reply.room.processId : reply.processId;
    const raw = await RawSocket.open(endpoint, `/${processId}/${reply.roomId}?sessionId=${reply.sessionId}`);
    raw.seat = reply;
    raw.join = await raw.frame(0x0a);
    if (acknowledge) raw.send([0x0a]);
    return raw;
  }

  send(bytes) { this.socket.send(Uint8Array.from(bytes)); }
  /** The next frame, or the next one that begins with this byte. */
  async frame(first, milliseconds) {
    const wants = (event) => first === undefined || event.bytes[0] === first;
    const what = first === undefined ? 'a frame' : `a frame 0x${first.toString(16)}`;
    return (await this.#inbox.next(wants, () => `${what} never came`, milliseconds)).bytes;
  }
  /** `{ code, reason }`. */
  close(milliseconds) { return within(this.closed, () => 'the connection was not closed', milliseconds); }
  end() { this.socket.terminate(); }
}
