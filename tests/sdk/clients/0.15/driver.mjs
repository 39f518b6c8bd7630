// Drives the unmodified 0.15 SDK. A global WebSocket (newer Nodes have one) would be preferred by the
// SDK to its own `ws`, which cannot be dropped or paused from outside: hide it before the SDK loads.
delete globalThis.WebSocket;
const { Client } = await import('colyseus.js');
const { WebSocket } = await import('ws');
const { Reflection } = await import('@colyseus/schema');
const { drive } = await import('../shared/drive.mjs');

drive({ Client, WebSocket, Reflection });
