"""Sends every message back to its sender."""
from glue import EMPTY, Room, map_of, parse, refuse, value, whole
from wit_world.imports import clients, room


class Hooks(Room):
    def __init__(self):
        # What each client brought along, by session.
        self.joined = {}

    def on_join(self, client):
        auth = None if client.auth is None else parse(client.auth)
        self.joined[client.session] = {"options": parse(client.options), "auth": auth}

    def on_leave(self, session, close_code):
        self.joined.pop(session, None)

    def on_message(self, message):
        reply = message.payload
        match message.type.value:
            case "kick":
                kick(message.sender, message.payload)
                return EMPTY
            case "fail":
                refuse("custom", 4999)
            case "whoami":
                reply = self.whoami(message.sender)
        if not message.expects_reply:
            clients.send(message.sender, message.type, reply, room.SendOptions(0))
        return reply

    def whoami(self, session):
        own = {"session": session, "room": room.id(), "name": room.name()}
        return value(own | self.joined.get(session, {}))

    def kept(self):
        return self.joined

    def keep(self, kept):
        self.joined = kept


def kick(sender, payload):
    wish = map_of(payload)
    code, reason = wish.get("code"), wish.get("reason")
    if not isinstance(reason, (str, type(None))):
        refuse("reason must be text")
    if code != 1000:
        code = whole("code", code, 3000, 4999)
    clients.leave(sender, int(code), reason or "")
