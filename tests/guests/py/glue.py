"""What the three rooms share: hooks that a room leaves out, refusals, and JSON payloads."""
import functools
import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.hooks import Definition, HeldSeat_Release, OptionalHooks, Saved_Text
from wit_world.imports.types import (
    Document_Json,
    Encoding,
    Payload_Empty,
    Payload_Value,
    Refusal,
    Rejection_Fault,
    Rejection_Refused,
)

# Refusal code of a payload or option that is not what the type wants.
UNEXPECTED = 4001
# The same of a message from another room, where the room takes none.
NO_ROOM_MESSAGES = 4004
# Of the rooms' code.
VERSION = "0.1.0"

EMPTY = Payload_Empty()


def refuse(message, code=UNEXPECTED):
    raise Err(Rejection_Refused(Refusal(code, message)))


def parse(document):
    """What a document holds. The host gives this room JSON, as `define` asked."""
    if not isinstance(document, Document_Json):
        refuse("expected JSON")
    return json.loads(document.value)


def value_of(payload):
    """The one value of a payload."""
    if not isinstance(payload, Payload_Value):
        refuse("expected one value")
    return parse(payload.value)


def map_of(payload):
    """The one value of a payload, which must be a map."""
    value = value_of(payload)
    return value if isinstance(value, dict) else refuse("expected a map")


def value(any):
    return Payload_Value(Document_Json(json.dumps(any)))


def whole(name, number, low, high, code=UNEXPECTED):
    """A whole number within bounds, else a refusal that names it."""
    fits = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not fits or number != number // 1 or not low <= number <= high:
        refuse(f"{name} must be a whole number from {low} to {high}", code)
    return int(number)


def _rejection(error):
    refused = isinstance(error, Err) and isinstance(error.value, Rejection_Refused)
    return error.value if refused else Rejection_Fault(repr(error))


def _guarded(hook, convert):
    @functools.wraps(hook)
    def call(*given):
        try:
            return hook(*given)
        except Exception as error:
            failure = convert(error)
        raise Err(failure)

    return call


# Hooks that may refuse; the others may only fail.
REJECTING = ("authenticate", "on_create", "on_join", "on_message", "on_room_message")


class Room(exports.Hooks):
    """All exports of `hooks` with their plainest answer; a room is a subclass named `Hooks`."""

    # The state, for `define`; none by default.
    shape = None

    def __init_subclass__(cls):
        # An exception that is not of the WIT's error type would end the instance.
        for name, hook in list(vars(cls).items()):
            if name in REJECTING:
                setattr(cls, name, _guarded(hook, _rejection))
            elif name.startswith("on_"):
                setattr(cls, name, _guarded(hook, repr))

    def define(self, room_type):
        return Definition(VERSION, Encoding.JSON, self.shape, OptionalHooks(0))

    def authenticate(self, request):
        return None

    def on_create(self, options):
        pass

    def on_join(self, client):
        pass

    def on_message(self, message):
        return EMPTY

    def on_room_message(self, message):
        refuse("this room takes no messages from other rooms", NO_ROOM_MESSAGES)

    def on_published(self, channel, payload):
        pass

    def on_drop(self, session, close_code):
        return HeldSeat_Release()

    def on_reconnect(self, session):
        pass

    def on_leave(self, session, close_code):
        pass

    def on_tick(self, delta):
        pass

    def on_timer(self, tag, payload):
        pass

    def on_before_patch(self):
        pass

    def on_shutdown(self, grace):
        pass

    def on_dispose(self):
        pass

    def kept(self):
        """What `save` writes, as JSON."""
        return None

    def keep(self, kept, handover):
        """Goes on from what `kept` gave."""

    def save(self):
        return _guarded(lambda: Saved_Text(json.dumps(self.kept())), repr)()

    def restore(self, saved, state):
        if not isinstance(saved, Saved_Text):
            raise Err("expected what save wrote: text")
        _guarded(lambda: self.keep(json.loads(saved.value), state), repr)()
