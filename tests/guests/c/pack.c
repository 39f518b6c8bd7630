#include "pack.h"
#include "glue.h"
#include <stdlib.h>
#include <string.h>

typedef enum { NIL, NUMBER, TEXT, ARRAY, MAP, OTHER } kind;

// The first byte of a value and what it says about the rest.
typedef struct {
  kind kind;
  uint32_t size;     // bytes that belong to the value itself, after `skip`
  uint32_t children; // values that follow it
  uint32_t skip;     // bytes of the head
} head;

static uint64_t big_endian(const uint8_t *at, unsigned width) {
  uint64_t number = 0;
  while (width--) number = number << 8 | *at++;
  return number;
}

// A head whose length stands in `width` bytes after the first; `extra` bytes follow it.
static bool sized(slice rest, unsigned width, kind kind, uint32_t extra, head *out) {
  if (rest.len < 1 + width) return false;
  uint32_t length = (uint32_t)big_endian(rest.ptr + 1, width);
  *out = (head){kind, 0, 0, 1 + width};
  if (kind == ARRAY || kind == MAP) out->children = length;
  else if (length > UINT32_MAX - extra) return false;
  else out->size = length + extra;
  return true;
}

static bool read_head(slice rest, head *out) {
  if (rest.len == 0) return false;
  uint8_t first = rest.ptr[0];
  if (first < 0x80 || first >= 0xe0) return *out = (head){NUMBER, 0, 0, 1}, true;
  if (first < 0x90) return *out = (head){MAP, 0, first & 15, 1}, true;
  if (first < 0xa0) return *out = (head){ARRAY, 0, first & 15, 1}, true;
  if (first < 0xc0) return *out = (head){TEXT, first & 31, 0, 1}, true;
  switch (first) {
  case 0xc0: return *out = (head){NIL, 0, 0, 1}, true;
  case 0xc2: case 0xc3: return *out = (head){OTHER, 0, 0, 1}, true;
  case 0xc4: case 0xc5: case 0xc6: return sized(rest, 1u << (first - 0xc4), OTHER, 0, out);
  case 0xc7: case 0xc8: case 0xc9: return sized(rest, 1u << (first - 0xc7), OTHER, 1, out);
  case 0xca: case 0xcb: return *out = (head){NUMBER, first == 0xca ? 4 : 8, 0, 1}, true;
  case 0xcc: case 0xcd: case 0xce: case 0xcf: return *out = (head){NUMBER, 1u << (first - 0xcc), 0, 1}, true;
  case 0xd0: case 0xd1: case 0xd2: case 0xd3: return *out = (head){NUMBER, 1u << (first - 0xd0), 0, 1}, true;
  case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
    return *out = (head){OTHER, 1 + (1u << (first - 0xd4)), 0, 1}, true;
  case 0xd9: case 0xda: case 0xdb: return sized(rest, 1u << (first - 0xd9), TEXT, 0, out);
  case 0xdc: case 0xdd: return sized(rest, first == 0xdc ? 2 : 4, ARRAY, 0, out);
  case 0xde: case 0xdf: return sized(rest, first == 0xde ? 2 : 4, MAP, 0, out);
  default: return false;
  }
}

static bool drop(slice *rest, uint64_t bytes) {
  if (bytes > rest->len) return false;
  rest->ptr += bytes;
  rest->len -= (size_t)bytes;
  return true;
}

bool pack_next(slice *rest, slice *value) {
  slice after = *rest;
  // Counted rather than called for each level, so that depth costs no stack.
  for (uint64_t wanted = 1; wanted > 0; wanted--) {
    head h;
    if (!read_head(after, &h) || !drop(&after, (uint64_t)h.skip + h.size)) return false;
    wanted += h.kind == MAP ? 2 * (uint64_t)h.children : h.children;
  }
  *value = (slice){rest->ptr, rest->len - after.len};
  *rest = after;
  return true;
}

static bool container(slice *rest, kind kind, uint32_t *count) {
  head h;
  if (!read_head(*rest, &h) || h.kind != kind) return false;
  *count = h.children;
  return drop(rest, h.skip);
}

bool pack_array(slice *rest, uint32_t *count) { return container(rest, ARRAY, count); }
bool pack_map(slice *rest, uint32_t *count) { return container(rest, MAP, count); }

bool pack_is_nil(slice value) { return value.len == 1 && value.ptr[0] == 0xc0; }

bool pack_text(slice value, slice *text) {
  head h;
  if (!read_head(value, &h) || h.kind != TEXT || value.len < (size_t)h.skip + h.size) return false;
  *text = (slice){value.ptr + h.skip, h.size};
  return true;
}

bool pack_member(slice map, const char *key, slice *value) {
  uint32_t pairs;
  if (!pack_map(&map, &pairs)) return false;
  for (slice name, text; pairs > 0; pairs--) {
    if (!pack_next(&map, &name) || !pack_next(&map, value)) return false;
    if (pack_text(name, &text) && same(text, key)) return true;
  }
  return false;
}

bool pack_number(slice value, double *number) {
  head h;
  if (!read_head(value, &h) || h.kind != NUMBER || value.len < 1 + (size_t)h.size) return false;
  uint8_t first = value.ptr[0];
  uint64_t bits = big_endian(value.ptr + 1, h.size);
  if (first < 0x80) *number = first;
  else if (first >= 0xe0) *number = (int8_t)first;
  else if (first == 0xca) {
    uint32_t narrow = (uint32_t)bits;
    float single;
    memcpy(&single, &narrow, sizeof single);
    *number = single;
  } else if (first == 0xcb) memcpy(number, &bits, sizeof bits);
  else if (first < 0xd0) *number = (double)bits;
  else {
    unsigned unused = 64 - 8 * h.size;
    *number = (double)((int64_t)(bits << unused) >> unused);
  }
  return true;
}

static void put(packer *to, const void *bytes, size_t len) {
  if (len > to->room - to->len) {
    to->room = 2 * to->room + len + 64;
    to->ptr = memory(realloc(to->ptr, to->room));
  }
  if (len) memcpy(to->ptr + to->len, bytes, len);
  to->len += len;
}

static void put_head(packer *to, uint8_t first, uint32_t n) {
  uint8_t bytes[5] = {first, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
  put(to, bytes, sizeof bytes);
}

void put_map(packer *to, uint32_t pairs) { put_head(to, 0xdf, pairs); }
void put_array(packer *to, uint32_t elements) { put_head(to, 0xdd, elements); }
void put_nil(packer *to) { put(to, "\xc0", 1); }
void put_packed(packer *to, slice value) { put(to, value.ptr, value.len); }
void put_text(packer *to, slice text) {
  put_head(to, 0xdb, (uint32_t)text.len);
  put(to, text.ptr, text.len);
}
