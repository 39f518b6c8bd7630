// Sends every message back to its sender.
#include "glue.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a client brought along, all owned; options and auth as MessagePack.
typedef struct {
  parlor_string_t session, options, auth;
} client;
static client *clients;
static size_t count;

static slice document(const types_document_t *d) {
  return d && d->tag == TYPES_DOCUMENT_MESSAGE_PACK ? view(d->val.message_pack) : literal("\xc0");
}

static void add(slice session, slice options, slice auth) {
  clients = memory(realloc(clients, (count + 1) * sizeof *clients));
  clients[count++] = (client){copy(session), copy(options), copy(auth)};
}

static void drop_at(size_t i) {
  parlor_string_free(&clients[i].session);
  parlor_string_free(&clients[i].options);
  parlor_string_free(&clients[i].auth);
  clients[i] = clients[--count];
}

static size_t find(slice session) {
  size_t i = 0;
  while (i < count && !(clients[i].session.len == session.len &&
                        memcmp(clients[i].session.ptr, session.ptr, session.len) == 0))
    i++;
  return i;
}

void exports_hooks_define(parlor_string_t *room_type, exports_hooks_definition_t *ret) {
  parlor_string_free(room_type);
  define(ret, NULL, 0);
}

bool exports_hooks_on_join(exports_hooks_joining_client_t *joining, types_rejection_t *err) {
  add(view(joining->session), document(&joining->options),
      document(joining->auth.is_some ? &joining->auth.val : NULL));
  exports_hooks_joining_client_free(joining);
  return true;
}

bool exports_hooks_on_leave(parlor_string_t *session, uint16_t close_code, types_fault_t *err) {
  size_t i = find(view(*session));
  if (i < count) drop_at(i);
  parlor_string_free(session);
  return true;
}

static bool kick(const exports_hooks_message_t *message, types_rejection_t *err) {
  slice wish, member, reason = literal("");
  double code;
  if (!one_value(&message->payload, &wish, err)) return false;
  if (!pack_member(wish, "code", &member) || !pack_number(member, &code) || code != floor(code) ||
      (code != 1000 && !(code >= 3000 && code <= 4999)))
    return refuse(err, UNEXPECTED, "code must be 1000 or a whole number from 3000 to 4999");
  if (pack_member(wish, "reason", &member) && !pack_is_nil(member) && !pack_text(member, &reason))
    return refuse(err, UNEXPECTED, "reason must be text");
  parlor_string_t who = message->sender, why = borrow(reason);
  clients_client_error_t error;
  return clients_leave(&who, (uint16_t)code, &why, &error) || client_fault(err, error);
}

static types_payload_t whoami(slice session) {
  parlor_string_t id, name;
  room_id(&id);
  room_name(&name);
  size_t i = find(session);
  packer to = {0};
  put_map(&to, 5);
  put_text(&to, literal("session")), put_text(&to, session);
  put_text(&to, literal("room")), put_text(&to, view(id));
  put_text(&to, literal("name")), put_text(&to, view(name));
  put_text(&to, literal("options")), put_packed(&to, i < count ? view(clients[i].options) : literal("\xc0"));
  put_text(&to, literal("auth")), put_packed(&to, i < count ? view(clients[i].auth) : literal("\xc0"));
  parlor_string_free(&id);
  parlor_string_free(&name);
  return packed((slice){to.ptr, to.len});
}

// Moves the payload out of the message.
static types_payload_t take(exports_hooks_message_t *message) {
  types_payload_t payload = message->payload;
  message->payload.tag = TYPES_PAYLOAD_EMPTY;
  return payload;
}

static bool reply(exports_hooks_message_t *message, types_payload_t *ret, types_rejection_t *err) {
  ret->tag = TYPES_PAYLOAD_EMPTY;
  if (is_type(message, "kick")) return kick(message, err);
  if (is_type(message, "fail")) return refuse(err, 4999, "custom");
  types_payload_t answer = is_type(message, "whoami") ? whoami(view(message->sender)) : take(message);
  if (message->expects_reply) return *ret = answer, true;
  clients_client_error_t error;
  bool sent = clients_send(&message->sender, &message->type, &answer, 0, &error);
  types_payload_free(&answer);
  return sent || client_fault(err, error);
}

bool exports_hooks_on_message(exports_hooks_message_t *message, types_payload_t *ret, types_rejection_t *err) {
  bool fine = reply(message, ret, err);
  exports_hooks_message_free(message);
  return fine;
}

// An array of [session, options, auth].
bool exports_hooks_save(exports_hooks_saved_t *ret, types_fault_t *err) {
  packer to = {0};
  put_array(&to, (uint32_t)count);
  for (size_t i = 0; i < count; i++) {
    put_array(&to, 3);
    put_text(&to, view(clients[i].session));
    put_packed(&to, view(clients[i].options));
    put_packed(&to, view(clients[i].auth));
  }
  *ret = (exports_hooks_saved_t){EXPORTS_HOOKS_SAVED_BYTES, {.bytes = {to.ptr, to.len}}};
  return true;
}

static bool restore_all(const exports_hooks_saved_t *saved) {
  uint32_t left, three;
  if (saved->tag != EXPORTS_HOOKS_SAVED_BYTES) return false;
  slice rest = view(saved->val.bytes), session, text, options, auth;
  if (!pack_array(&rest, &left)) return false;
  for (; left > 0; left--) {
    if (!pack_array(&rest, &three) || three != 3) return false;
    if (!pack_next(&rest, &session) || !pack_next(&rest, &options) || !pack_next(&rest, &auth)) return false;
    if (!pack_text(session, &text)) return false;
    add(text, options, auth);
  }
  return true;
}

bool exports_hooks_restore(exports_hooks_saved_t *saved, exports_hooks_state_handover_t state, types_fault_t *err) {
  (void)state;  // It has none.
  bool fine = restore_all(saved) || fault(err, "this is not what save wrote");
  exports_hooks_saved_free(saved);
  return fine;
}
