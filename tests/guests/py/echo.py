"""Sends every message back to its sender."""
from glue import EMPTY, Room, map_of, parse, refuse, value, whole
from wit_world.imports import clients, room

# What each client brought along, by session. Not in `Hooks`: every call gets a new instance of it.
joined = {}


class Hooks(Room):
    def on_join(self, client):
        auth = None if client.auth is None else parse(client.auth)
        joined[client.session] = {"options": parse(client.options), "auth": auth}

    def on_leave(self, session, close_code):
        joined.pop(session, None)

    def on_message(self, message):
        reply = message.payload
        match message.type.value:
            case "kick":
                kick(message.sender, message.payload)
                return EMPTY
            case "fail":
                refuse("custom", 4999)
            case "whoami":
                reply = whoami(message.sender)
        if message.expects_reply:
            return reply
        clients.send(message.sender, message.type, reply, room.SendOptions(0))
        return EMPTY

    def kept(self):
        return joined

    def keep(self, kept, handover):
        joined.update(kept)


def whoami(session):
    own = {"session": session, "room": room.id(), "name": room.name()}
    return value(own | joined.get(session, {}))


def kick(sender, payload):
    wish = map_of(payload)
    code, reason = wish.get("code"), wish.get("reason")
    if not isinstance(reason, (str, type(None))):
        refuse("reason must be text")
    if code != 1000:
        code = whole("code", code, 3000, 4999)
    clients.leave(sender, int(code), reason or "")
