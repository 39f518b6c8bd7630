"""Sends every message to everyone; a counter in the state, groups."""
from glue import EMPTY, Room, map_of, refuse, value, value_of
from wit_world.imports import clients, room, state
from wit_world.imports.room import Audience, SendOptions
from wit_world.imports.schema import Field, FieldType_Primitive, Primitive, StateSchema, StructType
from wit_world.imports.types import MessageType_Text

COUNTER = 0
EVERYONE = Audience([], [])
AT_ONCE = SendOptions(0)

# Not in `Hooks`: every call gets a new instance of it.
counter = 0


class Hooks(Room):
    shape = StateSchema([StructType("Relay", None, [Field("counter", FieldType_Primitive(Primitive.NUMBER), None)])], 0)

    def on_create(self, options):
        set_counter(0)

    def on_message(self, message):
        match message.type.value:
            case "others":
                others = Audience([], [message.sender])
                room.broadcast(message.type, message.payload, others, AT_ONCE)
            case "after":
                after(message)
            case "join-group":
                clients.join_group(message.sender, group_name(message.payload))
            case "leave-group":
                clients.leave_group(message.sender, group_name(message.payload))
            case "to-group":
                to_group(message.payload)
            case _:
                room.broadcast(message.type, message.payload, EVERYONE, AT_ONCE)
        return EMPTY

    def kept(self):
        return counter

    def keep(self, kept, handover):
        global counter
        counter = kept


def set_counter(to):
    global counter
    counter = to
    state.apply([state.Change_Set(state.FieldValue(0, COUNTER, state.Value_Integer(to)))])


def after(message):
    n = map_of(message.payload).get("n")
    if not isinstance(n, (int, float)) or isinstance(n, bool):
        refuse("expected {n}")
    set_counter(counter + 1)
    room.broadcast(message.type, message.payload, EVERYONE, SendOptions.AFTER_NEXT_PATCH)


def group_name(payload):
    group = value_of(payload)
    return group if isinstance(group, str) else refuse("expected the name of a group")


def to_group(payload):
    wish = map_of(payload)
    if not isinstance(wish.get("group"), str) or "body" not in wish:
        refuse("expected {group, body}")
    room.broadcast(MessageType_Text("to-group"), value(wish["body"]), Audience([wish["group"]], []), AT_ONCE)
