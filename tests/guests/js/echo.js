// Sends every message back to its sender.
import { leave, send } from 'parlor:room/clients@0.1.0';
import { id, name } from 'parlor:room/room@0.1.0';
import { EMPTY, Refusal, UNEXPECTED, mapOf, parse, room, value, whole } from './glue.js';

/** What each client brought along, by session. */
let joined = new Map();

function kick(sender, payload) {
  const { code, reason } = mapOf(payload);
  if (typeof (reason ?? '') !== 'string') throw new Refusal(UNEXPECTED, 'reason must be text');
  if (code !== 1000) whole('code', code, 3000, 4999);
  leave(sender, code, reason ?? '');
}

const whoami = (session) => value({ session, room: id(), name: name(), ...joined.get(session) });

export const hooks = room({
  onJoin({ session, options, auth }) {
    joined.set(session, { options: parse(options), auth: auth ? parse(auth) : null });
  },
  onLeave(session) {
    joined.delete(session);
  },
  onMessage({ sender, type, payload, expectsReply }) {
    let reply = payload;
    if (type.val === 'kick') {
      kick(sender, payload);
      return EMPTY;
    }
    if (type.val === 'fail') throw new Refusal(4999, 'custom');
    if (type.val === 'whoami') reply = whoami(sender);
    if (expectsReply) return reply;
    send(sender, type, reply, {});
    return EMPTY;
  },
  save: () => [...joined],
  restore(saved) {
    joined = new Map(saved);
  },
});
