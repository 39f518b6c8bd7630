// Sends every message to everyone; a counter in the state, groups.
import { joinGroup, leaveGroup } from 'parlor:room/clients@0.1.0';
import { broadcast } from 'parlor:room/room@0.1.0';
import { apply } from 'parlor:room/state@0.1.0';
import { EMPTY, Refusal, UNEXPECTED, mapOf, room, text, value, valueOf } from './glue.js';

const COUNTER = 0;
const EVERYONE = { groups: [], except: [] };

let counter = 0;

function setCounter(to) {
  counter = to;
  // As a float: the field takes it, and JavaScript's numbers are no 64-bit integers.
  apply([{ tag: 'set', val: { node: 0, field: COUNTER, value: { tag: 'float', val: to } } }]);
}

function groupName(payload) {
  const group = valueOf(payload);
  if (typeof group !== 'string') throw new Refusal(UNEXPECTED, 'expected the name of a group');
  return group;
}

const types = {
  others: ({ sender, type, payload }) => broadcast(type, payload, { groups: [], except: [sender] }, {}),
  after({ type, payload }) {
    if (typeof mapOf(payload).n !== 'number') throw new Refusal(UNEXPECTED, 'expected {n}');
    setCounter(counter + 1);
    broadcast(type, payload, EVERYONE, { afterNextPatch: true });
  },
  'join-group': ({ sender, payload }) => joinGroup(sender, groupName(payload)),
  'leave-group': ({ sender, payload }) => leaveGroup(sender, groupName(payload)),
  'to-group'({ payload }) {
    const { group, body } = mapOf(payload);
    if (typeof group !== 'string' || body === undefined) throw new Refusal(UNEXPECTED, 'expected {group, body}');
    broadcast(text('to-group'), value(body), { groups: [group], except: [] }, {});
  },
};
const relay = ({ type, payload }) => broadcast(type, payload, EVERYONE, {});

export const hooks = room({
  state: {
    structs: [{ name: 'Relay', fields: [{ name: 'counter', type: { tag: 'primitive', val: 'number' } }] }],
    root: 0,
  },
  onCreate: () => setCounter(0),
  onMessage(message) {
    const handle = Object.hasOwn(types, message.type.val) ? types[message.type.val] : relay;
    handle(message);
    return EMPTY;
  },
  save: () => counter,
  restore(saved) {
    counter = saved;
  },
});
