// Keeps the rooms that this driver has joined, and reports what happens in them.

/** Bytes arrive as a view of the frame; only the view's own bytes may travel on. */
const detached = (payload) => (payload instanceof Uint8Array ? new Uint8Array(payload) : payload);

/** Registers a joined room: gives it a number and reports its events from now on. */
export function enter(driver, room) {
  const number = driver.rooms.size + 1;
  const report = (event) => driver.report({ room: number, ...event });
  const entry = { room, snapshots: 0, times: [], watchers: new Set(), report, callbacks: () => driver.getStateCallbacks(room) };
  driver.rooms.set(number, entry);

  room.onMessage('*', (type, payload) => report({ event: 'message', type, payload: detached(payload), changes: entry.snapshots }));
  room.onError((code, message) => report({ event: 'error', code, message }));
  room.onLeave((code, reason) => report({ event: 'leave', code, reason: String(reason ?? '') }));
  room.onDrop?.((code, reason) => report({ event: 'drop', code, reason: String(reason ?? '') }));
  room.onReconnect?.(() => report({ event: 'reconnect' }));
  room.onStateChange(() => {
    entry.snapshots += 1;
    entry.times.push(performance.now());
    if (entry.times.length > 4000) entry.times.splice(0, 2000);
    for (const check of [...entry.watchers]) check();
  });
  return {
    number,
    roomId: room.roomId,
    sessionId: room.sessionId,
    name: room.name,
    serializer: room.serializerId,
    reconnectionToken: room.reconnectionToken,
  };
}
