// Sends every message to everyone; a counter in the state, groups.
#include "glue.h"
#include <stdlib.h>
#include <string.h>

#define COUNTER 0
#define AT_ONCE 0

static uint32_t counter;
static const room_audience_t everyone;

void exports_hooks_define(parlor_string_t *room_type, exports_hooks_definition_t *ret) {
  parlor_string_free(room_type);
  schema_struct_type_t *root = memory(malloc(sizeof *root));
  *root = structure("Relay", 1);
  root->fields.ptr[COUNTER] = field("counter", PRIMITIVE(NUMBER));
  define(ret, root, 1);
}

static bool set_counter(uint32_t to, types_rejection_t *err) {
  state_change_t change = set_number(0, COUNTER, to);
  counter = to;
  return apply(&change, 1, as_fault(err));
}

bool exports_hooks_on_create(types_document_t *options, types_rejection_t *err) {
  types_document_free(options);
  return set_counter(0, err);
}

static bool after(exports_hooks_message_t *message, types_rejection_t *err) {
  slice wish, n;
  double number;
  room_audience_t audience = everyone;
  if (!one_value(&message->payload, &wish, err)) return false;
  if (!pack_member(wish, "n", &n) || !pack_number(n, &number)) return refuse(err, UNEXPECTED, "expected {n}");
  if (!set_counter(counter + 1, err)) return false;
  room_broadcast(&message->type, &message->payload, &audience, ROOM_SEND_OPTIONS_AFTER_NEXT_PATCH);
  return true;
}

typedef bool grouping(parlor_string_t *who, parlor_string_t *group, clients_client_error_t *err);

static bool regroup(grouping *how, exports_hooks_message_t *message, types_rejection_t *err) {
  slice value, name;
  if (!one_value(&message->payload, &value, err)) return false;
  if (!pack_text(value, &name)) return refuse(err, UNEXPECTED, "expected the name of a group");
  parlor_string_t group = borrow(name);
  clients_client_error_t error;
  return how(&message->sender, &group, &error) || client_fault(err, error);
}

static bool to_group(exports_hooks_message_t *message, types_rejection_t *err) {
  slice wish, value, name, body;
  if (!one_value(&message->payload, &wish, err)) return false;
  if (!pack_member(wish, "group", &value) || !pack_text(value, &name) || !pack_member(wish, "body", &body))
    return refuse(err, UNEXPECTED, "expected {group, body}");
  parlor_string_t group = borrow(name);
  room_audience_t audience = {{&group, 1}, {NULL, 0}};
  types_payload_t payload = packed(body);
  room_broadcast(&message->type, &payload, &audience, AT_ONCE);
  return true;
}

static bool handle(exports_hooks_message_t *message, types_rejection_t *err) {
  if (is_type(message, "after")) return after(message, err);
  if (is_type(message, "join-group")) return regroup(clients_join_group, message, err);
  if (is_type(message, "leave-group")) return regroup(clients_leave_group, message, err);
  if (is_type(message, "to-group")) return to_group(message, err);
  room_audience_t audience = everyone;
  if (is_type(message, "others")) audience.except = (room_list_session_id_t){&message->sender, 1};
  room_broadcast(&message->type, &message->payload, &audience, AT_ONCE);
  return true;
}

bool exports_hooks_on_message(exports_hooks_message_t *message, types_payload_t *ret, types_rejection_t *err) {
  ret->tag = TYPES_PAYLOAD_EMPTY;
  bool fine = handle(message, err);
  exports_hooks_message_free(message);
  return fine;
}

bool exports_hooks_save(exports_hooks_saved_t *ret, types_fault_t *err) {
  uint8_t *bytes = memory(malloc(sizeof counter));
  memcpy(bytes, &counter, sizeof counter);
  *ret = (exports_hooks_saved_t){EXPORTS_HOOKS_SAVED_BYTES, {.bytes = {bytes, sizeof counter}}};
  return true;
}

bool exports_hooks_restore(exports_hooks_saved_t *saved, exports_hooks_state_handover_t state, types_fault_t *err) {
  (void)state;  // It has none.
  bool fine = saved->tag == EXPORTS_HOOKS_SAVED_BYTES && saved->val.bytes.len == sizeof counter;
  if (fine) memcpy(&counter, saved->val.bytes.ptr, sizeof counter);
  exports_hooks_saved_free(saved);
  return fine || fault(err, "this is not what save wrote");
}
