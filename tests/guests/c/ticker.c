// Moves many entities every 50 ms.
#include "glue.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECONDS 50
#define SIZE 1000.0
#define MOST 2000
enum { ROOT, ENTITY };
enum { ENTITIES = 0, X = 0, Y = 1 };

// Entity i is node i + 1.
typedef struct {
  double x, y, dx, dy;
} entity;
static entity *entities;
static uint32_t count;

void exports_hooks_define(parlor_string_t *room_type, exports_hooks_definition_t *ret) {
  parlor_string_free(room_type);
  schema_struct_type_t *structs = memory(calloc(2, sizeof *structs));
  schema_element_t element = {SCHEMA_ELEMENT_STRUCT, {.struct_ = ENTITY}};
  structs[ROOT] = structure("Ticker", 1);
  structs[ROOT].fields.ptr[ENTITIES] = field("entities", (schema_field_type_t){SCHEMA_FIELD_TYPE_MAP, {.map = element}});
  structs[ENTITY] = structure("Entity", 2);
  structs[ENTITY].fields.ptr[X] = field("x", PRIMITIVE(NUMBER));
  structs[ENTITY].fields.ptr[Y] = field("y", PRIMITIVE(NUMBER));
  define(ret, structs, 2);
}

static void place(uint32_t i) {
  entities[i] = (entity){fmod(37.77 * i, SIZE), fmod(91.13 * i, SIZE), 0.25 + 0.31 * (i % 7), 0.4 + 0.27 * (i % 5)};
}

static bool show_all(types_fault_t *err) {
  state_change_t *changes = memory(calloc(4 * (size_t)count + 1, sizeof *changes)), *next = changes;
  char(*keys)[8] = memory(calloc((size_t)count + 1, sizeof *keys));
  for (uint32_t i = 0; i < count; i++) {
    snprintf(keys[i], sizeof keys[i], "e%u", (unsigned)i);
    state_value_t node = {STATE_VALUE_NODE, {.node = i + 1}};
    state_map_entry_t entry = {ROOT, ENTITIES, borrow(literal(keys[i])), node};
    *next++ = (state_change_t){STATE_CHANGE_CREATE, {.create = {i + 1, ENTITY}}};
    *next++ = set_number(i + 1, X, entities[i].x);
    *next++ = set_number(i + 1, Y, entities[i].y);
    *next++ = (state_change_t){STATE_CHANGE_MAP_SET, {.map_set = entry}};
  }
  bool fine = apply(changes, 4 * (size_t)count, err);
  free(changes);
  free(keys);
  return fine;
}

static bool wanted(const types_document_t *options, uint32_t *number, types_rejection_t *err) {
  slice value;
  double n = 100;
  *number = 100;
  if (options->tag != TYPES_DOCUMENT_MESSAGE_PACK) return refuse(err, 400, "expected MessagePack");
  if (!pack_member(view(options->val.message_pack), "entities", &value) || pack_is_nil(value)) return true;
  if (!pack_number(value, &n) || n != floor(n) || n < 0 || n > MOST)
    return refuse(err, 400, "entities must be a whole number from 0 to 2000");
  *number = (uint32_t)n;
  return true;
}

bool exports_hooks_on_create(types_document_t *options, types_rejection_t *err) {
  bool fine = wanted(options, &count, err);
  types_document_free(options);
  if (!fine) return false;
  entities = memory(calloc((size_t)count + 1, sizeof *entities));
  for (uint32_t i = 0; i < count; i++) place(i);
  double tick = MILLISECONDS;
  uint32_t patch = MILLISECONDS;
  clock_set_tick_interval(&tick);
  room_set_patch_interval(&patch);
  return show_all(as_fault(err));
}

// Takes a step; beyond a border the rest of the step leads back.
static void step(double *at, double *by) {
  *at += *by;
  if (*at >= 0 && *at <= SIZE) return;
  *at = *at < 0 ? -*at : 2 * SIZE - *at;
  *by = -*by;
}

bool exports_hooks_on_tick(double delta, types_fault_t *err) {
  state_change_t *changes = memory(calloc(2 * (size_t)count + 1, sizeof *changes)), *next = changes;
  for (uint32_t i = 0; i < count; i++) {
    entity *e = &entities[i];
    step(&e->x, &e->dx);
    step(&e->y, &e->dy);
    *next++ = set_number(i + 1, X, e->x);
    *next++ = set_number(i + 1, Y, e->y);
  }
  bool fine = apply(changes, 2 * (size_t)count, err);
  free(changes);
  return fine;
}

bool exports_hooks_save(exports_hooks_saved_t *ret, types_fault_t *err) {
  size_t len = count * sizeof *entities;
  uint8_t *bytes = memory(malloc(len + 1));
  memcpy(bytes, entities, len);
  *ret = (exports_hooks_saved_t){EXPORTS_HOOKS_SAVED_BYTES, {.bytes = {bytes, len}}};
  return true;
}

bool exports_hooks_restore(exports_hooks_saved_t *saved, exports_hooks_state_handover_t state, types_fault_t *err) {
  size_t len = saved->tag == EXPORTS_HOOKS_SAVED_BYTES ? saved->val.bytes.len : 1;
  bool fine = len % sizeof *entities == 0;
  if (fine) {
    count = (uint32_t)(len / sizeof *entities);
    entities = memory(calloc((size_t)count + 1, sizeof *entities));
    memcpy(entities, saved->val.bytes.ptr, len);
  }
  exports_hooks_saved_free(saved);
  if (!fine) return fault(err, "this is not what save wrote");
  return state == EXPORTS_HOOKS_STATE_HANDOVER_KEPT || show_all(err);
}
