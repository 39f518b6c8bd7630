// Looks into an SDK's decoded state: its values in order, and whether the decoder's books are right.
//
// The decoders keep `decoder.root.refs` (number -> instance) and `refCount` (number -> how often
// it is referred to). An instance that is tracked but no longer reachable from the root has leaked; one
// that is reachable but not tracked will miss its next change.
import { auditV2 } from './decoder-v2.mjs';

const isCollection = (value) => typeof value.forEach === 'function' && typeof value.toJSON === 'function';
const isMap = (value) => isCollection(value) && typeof value.set === 'function' && typeof value.keys === 'function'
  && value.constructor.name === 'MapSchema';

/** SDK 0.15 puts an empty instance into the root's fields before anything was sent. */
const wasSent = (value) => typeof value !== 'object' || value === null || !('$changes' in value) || value.$changes.refId !== undefined;

function fieldsOf(struct) {
  if (struct._definition?.schema) return Object.keys(struct._definition.schema).filter((name) => wasSent(struct[name]));
  const metadata = struct.constructor[Symbol.metadata] ?? {};
  const names = [];
  for (const index in metadata) names.push(metadata[index].name);
  return names;
}

function childrenOf(value) {
  const children = [];
  if (isCollection(value)) value.forEach((child) => children.push(child));
  else for (const name of fieldsOf(value)) children.push(value[name]);
  return children.filter((child) => typeof child === 'object' && child !== null);
}

/**
 * The state as plain values. Maps become lists of `[key, value]` in their own order, because an object
 * would move keys that look like integers to the front. Unset fields are left out, as in `toJSON()`.
 */
export function ordered(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (isMap(value)) {
    const entries = [];
    value.forEach((child, key) => entries.push([key, ordered(child)]));
    return { $map: entries };
  }
  if (isCollection(value)) {
    const elements = [];
    value.forEach((child) => elements.push(ordered(child)));
    return elements;
  }
  const struct = {};
  for (const name of fieldsOf(value)) {
    if (value[name] !== undefined && value[name] !== null) struct[name] = ordered(value[name]);
  }
  return struct;
}

/** The state as the SDK gives it, without what nobody sent. */
export function json(state) {
  const all = state?.toJSON();
  if (!state?._definition?.schema) return all;
  const sent = new Set(fieldsOf(state));
  return Object.fromEntries(Object.entries(all).filter(([name]) => sent.has(name)));
}

/** `{ tracked, reachable, leaked, untracked, miscounted }`; the last three are lists of descriptions. */
export function audit(room) {
  if (room.state?.$changes?.root?.refCounts) return auditV2(room.state, childrenOf);
  const root = room.serializer.decoder?.root;
  if (!root) return { tracked: 0, reachable: 0, leaked: [], untracked: [], miscounted: [] };
  const numbers = new Map();
  for (const [number, instance] of root.refs) numbers.set(instance, number);

  const referred = new Map([[room.state, 1]]);
  const queue = [room.state];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of childrenOf(next)) {
      if (!referred.has(child)) queue.push(child);
      referred.set(child, (referred.get(child) ?? 0) + 1);
    }
  }
  const describe = (instance, number) => `#${number} ${instance.constructor.name} ${JSON.stringify(instance, bigints)}`;
  const leaked = [];
  const miscounted = [];
  for (const [instance, number] of numbers) {
    const times = referred.get(instance);
    if (times === undefined) leaked.push(describe(instance, number));
    else if (instance !== room.state && root.refCount[number] !== times) {
      miscounted.push(`${describe(instance, number)}: counted ${root.refCount[number]}, referred to ${times} times`);
    }
  }
  const untracked = [];
  for (const instance of referred.keys()) {
    if (!numbers.has(instance)) untracked.push(describe(instance, '?'));
  }
  return { tracked: numbers.size, reachable: referred.size, leaked, untracked, miscounted };
}

const bigints = (_key, value) => (typeof value === 'bigint' ? `${value}n` : value);
