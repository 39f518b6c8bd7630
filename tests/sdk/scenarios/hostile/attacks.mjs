// The attacks themselves. Each resolves when the host has answered, refused or hung up, and throws when
// what it did is not clear.
import net from 'node:net';
import { fetchRaw, httpOf, matchmake, RawSocket } from '../../lib/raw.mjs';
import { within } from '../../lib/waiting.mjs';
import { hostileFrame, hostileRequest, hostileStream } from './mutation.mjs';

// Always rooms of their own: a bystander's room must not be found by an attacker.
const ROOMS = ['echo', 'relay', 'idle', 'idle_state', 'state', 'clock', 'hold', 'ticker'];
const PING = [0x12];
const PATIENT = 15_000;

/** Codes by which a host may end a connection on purpose. 1006 would mean that it just vanished. */
const clear = (code) => (code >= 1000 && code <= 1015 && code !== 1005 && code !== 1006) || (code >= 3000 && code <= 4999);

const shown = (bytes) => Buffer.from(bytes).toString('hex').slice(0, 120);

async function closedClearly(raw, tally, after) {
  const { code, reason } = await raw.close(PATIENT);
  tally.count(`close ${code}`);
  if (!clear(code)) throw new Error(`closed with ${code} "${reason}" after the frames ${after.map(shown).join(' ')}`);
}

/** Sends, and waits until the host has either answered a ping behind it or closed. False when closed. */
async function withstood(raw, frames, tally) {
  try {
    for (const frame of frames) raw.socket.send(frame);
    raw.send(PING);
  } catch {
    await closedClearly(raw, tally, frames);
    return false;
  }
  if (await answered(raw, 0x12, frames)) {
    tally.count('ignored or answered');
    return true;
  }
  await closedClearly(raw, tally, frames);
  return false;
}

/** True when a frame came, false when the connection was closed first; silence is a failure. */
async function answered(raw, first, after) {
  try {
    await raw.frame(first, PATIENT);
    return true;
  } catch (error) {
    if (raw.socket.readyState === raw.socket.OPEN) throw new Error(`${error.message}, after the frames ${after.map(shown).join(' ')}`);
    return false;
  }
}

/** Up to twenty frames on one joined connection. Gives how many were sent. */
export async function attackJoined(endpoint, random, tally) {
  const raw = await RawSocket.join(endpoint, 'create', random.pick(ROOMS), {}, { legacy: random.chance(0.3) });
  let sent = 0;
  for (let open = true; open && sent < 20; sent += 1) {
    const frame = random.chance(0.03) ? Buffer.from(random.bytes(20)).toString('latin1') : hostileFrame(random);
    open = await withstood(raw, [frame], tally);
  }
  raw.end();
  return sent;
}

/** Frames before the acknowledgement, on a good seat or on none. Gives how many were sent. */
export async function attackUnjoined(endpoint, random, tally) {
  const frames = Array.from({ length: random.int(1, 6) }, () => hostileFrame(random));
  let path = `/${random.pick(['', 'x', 'x/y', 'x/y/z', '%ff/y', '-/-'])}?sessionId=${random.pick(['', 'x', '%00', 'a'.repeat(300)])}`;
  if (random.chance(0.6)) {
    const { status, reply } = await matchmake(endpoint, 'create', random.pick(ROOMS));
    if (status !== 200) throw new Error(`matchmaking gave ${status} ${JSON.stringify(reply)}`);
    path = `/${reply.processId}/${reply.roomId}?sessionId=${reply.sessionId}`;
  }
  let raw;
  try {
    raw = await RawSocket.open(endpoint, path);
  } catch (error) {
    tally.count(`no upgrade: ${error.message.slice(0, 40)}`);
    return frames.length;
  }
  for (const frame of frames) if (raw.socket.readyState === raw.socket.OPEN) raw.socket.send(frame);
  // Whatever follows — an error and a close, or a room that goes on — must not take for ever.
  if (await answered(raw, undefined, frames)) tally.count('answered before joining');
  else await closedClearly(raw, tally, frames);
  raw.end();
  return frames.length;
}

const REFUSALS = new Set([400, 401, 404, 405, 406, 408, 411, 413, 414, 415, 422, 426, 431, 501, 503, 505, 520, 521, 522, 523, 524, 525, 526]);

/** One HTTP request. */
export async function attackHttp(endpoint, random, tally) {
  const request = hostileRequest(random);
  const { status, body, broken } = await fetchRaw(endpoint, { ...request, milliseconds: PATIENT });
  const shownRequest = `${request.method} ${request.path.slice(0, 100)} ${JSON.stringify(String(request.body ?? '').slice(0, 80))}`;
  // A server may hang up on a body that it will not read; the refusal then races with the reset.
  if (broken) {
    tally.count(`http broken ${broken}`);
    if (!/ECONNRESET|EPIPE|HPE_/.test(broken)) throw new Error(`${shownRequest}: ${broken}`);
    return 1;
  }
  tally.count(`http ${status}`);
  if (status >= 300 && !REFUSALS.has(status)) throw new Error(`${shownRequest}: status ${status}`);
  if (status >= 400 && request.path.startsWith('/matchmake/') && request.method === 'POST' && body) {
    const { error } = JSON.parse(body);
    if (typeof error !== 'string' || error.length === 0) throw new Error(`${shownRequest}: ${status} without an error text: ${body.slice(0, 100)}`);
  }
  return 1;
}

/** Bytes on a bare connection; the client hangs up when the host neither answers nor closes at once. */
export async function attackStream(endpoint, random, tally) {
  const { hostname, port } = new URL(httpOf(endpoint));
  const socket = net.connect(Number(port), hostname);
  const answered = new Promise((resolve) => {
    socket.on('error', (error) => resolve(`stream ${error.code}`));
    socket.on('close', () => resolve('stream closed'));
    socket.on('data', () => resolve('stream answered'));
    socket.on('connect', () => socket.write(hostileStream(random)));
    socket.setTimeout(100, () => resolve('stream left waiting'));
  });
  tally.count(await within(answered, () => 'a bare connection neither opened nor failed', PATIENT));
  socket.destroy();
  return 1;
}
