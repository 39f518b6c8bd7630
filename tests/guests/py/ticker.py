"""Moves many entities every 50 ms."""
from dataclasses import asdict, dataclass

from glue import Room, parse, whole
from wit_world.exports.hooks import StateHandover
from wit_world.imports import clock, room, state
from wit_world.imports.schema import (
    Element_Struct,
    Field,
    FieldType_Map,
    FieldType_Primitive,
    Primitive,
    StateSchema,
    StructType,
)
from wit_world.imports.state import (
    Change_Create,
    Change_MapSet,
    Change_Set,
    FieldValue,
    MapEntry,
    NewNode,
    Value_Float,
    Value_Node,
)

MILLISECONDS = 50
SIZE = 1000.0
ROOT, ENTITY = 0, 1
ENTITIES, X, Y = 0, 0, 1
NUMBER = FieldType_Primitive(Primitive.NUMBER)

# Not in `Hooks`: every call gets a new instance of it.
entities = []


@dataclass
class Entity:
    node: int
    x: float
    y: float
    dx: float
    dy: float


def entity(i):
    return Entity(i + 1, 37.77 * i % SIZE, 91.13 * i % SIZE, 0.25 + 0.31 * (i % 7), 0.4 + 0.27 * (i % 5))


def step(at, by):
    """Takes a step from `at`; beyond a border the rest of the step leads back."""
    to = at + by
    if to > SIZE:
        return 2 * SIZE - to, -by
    return (-to, -by) if to < 0 else (to, by)


def position(e):
    return [
        Change_Set(FieldValue(e.node, X, Value_Float(e.x))),
        Change_Set(FieldValue(e.node, Y, Value_Float(e.y))),
    ]


def birth(i, e):
    entry = MapEntry(ROOT, ENTITIES, f"e{i}", Value_Node(e.node))
    return [Change_Create(NewNode(e.node, ENTITY)), *position(e), Change_MapSet(entry)]


def show_all():
    state.apply([change for i, e in enumerate(entities) for change in birth(i, e)])


class Hooks(Room):
    shape = StateSchema(
        [
            StructType("Ticker", None, [Field("entities", FieldType_Map(Element_Struct(ENTITY)), None)]),
            StructType("Entity", None, [Field("x", NUMBER, None), Field("y", NUMBER, None)]),
        ],
        ROOT,
    )

    def on_create(self, options):
        wish = parse(options).get("entities")
        count = 100 if wish is None else whole("entities", wish, 0, 2000, 400)
        entities[:] = [entity(i) for i in range(count)]
        show_all()
        clock.set_tick_interval(MILLISECONDS)
        room.set_patch_interval(MILLISECONDS)

    def on_tick(self, delta):
        changes = []
        for e in entities:
            e.x, e.dx = step(e.x, e.dx)
            e.y, e.dy = step(e.y, e.dy)
            changes += position(e)
        state.apply(changes)

    def kept(self):
        return [asdict(e) for e in entities]

    def keep(self, kept, handover):
        entities[:] = [Entity(**e) for e in kept]
        if handover == StateHandover.EMPTIED:
            show_all()
