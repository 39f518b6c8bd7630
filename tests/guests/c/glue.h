// What the three rooms share: hooks that a room leaves out (see glue.c), refusals, copies, payloads.
#pragma once
#include "bindings/parlor.h"
#include "pack.h"

// Refusal code of a payload or option that is not what the type wants.
#define UNEXPECTED 4001
// The same of a message from another room, where the room takes none.
#define NO_ROOM_MESSAGES 4004
// Of the rooms' code.
#define VERSION "0.1.0"

// Ends the instance where there is no memory left.
void *memory(void *allocated);
slice literal(const char *text);
// Of a string of the bindings, or of a list of bytes, which look alike.
#define view(owned) ((slice){(owned).ptr, (owned).len})
bool same(slice text, const char *literal);

// What goes out of an exported hook is freed after the call, so it must be a copy.
parlor_string_t copy(slice text);
// What is passed to an import is only looked at.
parlor_string_t borrow(slice text);

// Each fills in `err` and is false.
bool refuse(types_rejection_t *err, uint16_t code, const char *message);
bool fault(types_fault_t *err, const char *message);
bool client_fault(types_rejection_t *err, clients_client_error_t why);
// Makes `err` a fault, for functions that fill in one when they fail.
types_fault_t *as_fault(types_rejection_t *err);

bool is_type(const exports_hooks_message_t *message, const char *name);
// The one value of a payload, as MessagePack.
bool one_value(const types_payload_t *payload, slice *value, types_rejection_t *err);
// A payload that borrows `value`.
types_payload_t packed(slice value);

schema_field_t field(const char *name, schema_field_type_t type);
// A struct with room for `fields` fields, to be filled in.
schema_struct_type_t structure(const char *name, size_t fields);
#define PRIMITIVE(which) \
  ((schema_field_type_t){SCHEMA_FIELD_TYPE_PRIMITIVE, {.primitive = SCHEMA_PRIMITIVE_##which}})

// What `define` answers: MessagePack, and a state whose root is the first of the structs, if there are any.
void define(exports_hooks_definition_t *ret, schema_struct_type_t *structs, size_t count);

// Applies a batch; false with a message in `err` if the state would not take it.
bool apply(state_change_t *changes, size_t count, types_fault_t *err);
state_change_t set_number(uint32_t node, uint8_t field, double to);
