#include "glue.h"
#include <stdlib.h>
#include <string.h>

void *memory(void *allocated) {
  if (!allocated) abort();
  return allocated;
}

slice literal(const char *text) { return (slice){(const uint8_t *)text, strlen(text)}; }

bool same(slice text, const char *other) {
  return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

parlor_string_t copy(slice text) {
  parlor_string_t to;
  parlor_string_dup_n(&to, (const char *)text.ptr, text.len);
  return to;
}

parlor_string_t borrow(slice text) { return (parlor_string_t){(uint8_t *)text.ptr, text.len}; }

bool refuse(types_rejection_t *err, uint16_t code, const char *message) {
  types_refusal_t refusal = {code, copy(literal(message))};
  *err = (types_rejection_t){TYPES_REJECTION_REFUSED, {.refused = refusal}};
  return false;
}

bool fault(types_fault_t *err, const char *message) {
  *err = copy(literal(message));
  return false;
}

types_fault_t *as_fault(types_rejection_t *err) {
  err->tag = TYPES_REJECTION_FAULT;
  return &err->val.fault;
}

bool client_fault(types_rejection_t *err, clients_client_error_t why) {
  switch (why) {
  case CLIENTS_CLIENT_ERROR_NO_SUCH_CLIENT: return fault(as_fault(err), "no such client");
  case CLIENTS_CLIENT_ERROR_QUEUE_FULL: return fault(as_fault(err), "too much is waiting for the client");
  case CLIENTS_CLIENT_ERROR_TOO_MANY_GROUPS: return fault(as_fault(err), "the client is in too many groups");
  default: return fault(as_fault(err), "the host refused it");
  }
}

bool is_type(const exports_hooks_message_t *message, const char *name) {
  return message->type.tag == TYPES_MESSAGE_TYPE_TEXT && same(view(message->type.val.text), name);
}

bool one_value(const types_payload_t *payload, slice *value, types_rejection_t *err) {
  if (payload->tag != TYPES_PAYLOAD_VALUE) return refuse(err, UNEXPECTED, "expected one value");
  const types_document_t *document = &payload->val.value;
  if (document->tag != TYPES_DOCUMENT_MESSAGE_PACK) return refuse(err, UNEXPECTED, "expected MessagePack");
  *value = view(document->val.message_pack);
  return true;
}

types_payload_t packed(slice value) {
  types_document_t document = {TYPES_DOCUMENT_MESSAGE_PACK,
                               {.message_pack = {(uint8_t *)value.ptr, value.len}}};
  return (types_payload_t){TYPES_PAYLOAD_VALUE, {.value = document}};
}

schema_field_t field(const char *name, schema_field_type_t type) {
  return (schema_field_t){copy(literal(name)), type, {false, 0}};
}

schema_struct_type_t structure(const char *name, size_t fields) {
  schema_field_t *list = memory(calloc(fields, sizeof *list));
  return (schema_struct_type_t){copy(literal(name)), {false, 0}, {list, fields}};
}

void define(exports_hooks_definition_t *ret, schema_struct_type_t *structs, size_t count) {
  *ret = (exports_hooks_definition_t){
      .version = copy(literal(VERSION)),
      .encoding = TYPES_ENCODING_MESSAGE_PACK,
      .state = {count > 0, {{structs, count}, 0}},
  };
}

bool apply(state_change_t *changes, size_t count, types_fault_t *err) {
  state_list_change_t list = {changes, count};
  state_state_error_t refused;
  if (state_apply(&list, &refused)) return true;
  *err = refused.reason; // becomes ours, goes out with the error
  return false;
}

state_change_t set_number(uint32_t node, uint8_t field, double to) {
  state_value_t value = {STATE_VALUE_FLOAT, {.float_ = to}};
  return (state_change_t){STATE_CHANGE_SET, {.set = {node, field, value}}};
}

// The plainest answer of every hook; a room's own definition wins over a weak one. Arguments are
// the hook's to free.
#define DEFAULT __attribute__((weak))

DEFAULT bool exports_hooks_authenticate(exports_hooks_join_request_t *request, exports_hooks_option_document_t *ret,
                                        types_rejection_t *err) {
  exports_hooks_join_request_free(request);
  ret->is_some = false;
  return true;
}

DEFAULT bool exports_hooks_on_create(types_document_t *options, types_rejection_t *err) {
  types_document_free(options);
  return true;
}

DEFAULT bool exports_hooks_on_join(exports_hooks_joining_client_t *client, types_rejection_t *err) {
  exports_hooks_joining_client_free(client);
  return true;
}

DEFAULT bool exports_hooks_on_drop(parlor_string_t *session, uint16_t close_code, exports_hooks_held_seat_t *ret,
                                   types_fault_t *err) {
  parlor_string_free(session);
  ret->tag = EXPORTS_HOOKS_HELD_SEAT_RELEASE;
  return true;
}

DEFAULT bool exports_hooks_on_message(exports_hooks_message_t *message, types_payload_t *ret, types_rejection_t *err) {
  exports_hooks_message_free(message);
  ret->tag = TYPES_PAYLOAD_EMPTY;
  return true;
}

DEFAULT bool exports_hooks_on_room_message(exports_hooks_room_message_t *message, types_payload_t *ret,
                                           types_rejection_t *err) {
  exports_hooks_room_message_free(message);
  return refuse(err, NO_ROOM_MESSAGES, "this room takes no messages from other rooms");
}

DEFAULT bool exports_hooks_on_published(parlor_string_t *channel, types_document_t *payload, types_fault_t *err) {
  parlor_string_free(channel);
  types_document_free(payload);
  return true;
}

DEFAULT bool exports_hooks_on_reconnect(parlor_string_t *session, types_fault_t *err) {
  parlor_string_free(session);
  return true;
}

DEFAULT bool exports_hooks_on_leave(parlor_string_t *session, uint16_t close_code, types_fault_t *err) {
  parlor_string_free(session);
  return true;
}

DEFAULT bool exports_hooks_on_timer(parlor_string_t *tag, types_document_t *maybe_payload, types_fault_t *err) {
  parlor_string_free(tag);
  if (maybe_payload) types_document_free(maybe_payload);
  return true;
}

DEFAULT bool exports_hooks_on_tick(double delta, types_fault_t *err) { return true; }
DEFAULT bool exports_hooks_on_before_patch(types_fault_t *err) { return true; }
DEFAULT bool exports_hooks_on_shutdown(double grace, types_fault_t *err) { return true; }
DEFAULT bool exports_hooks_on_dispose(types_fault_t *err) { return true; }
