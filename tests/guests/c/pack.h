// The MessagePack that the rooms need: find a member of a map, read text and numbers, write a few values.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes that somebody else owns, for reading.
typedef struct {
  const uint8_t *ptr;
  size_t len;
} slice;

// Takes the first whole value off `rest`; false where there is none.
bool pack_next(slice *rest, slice *value);
// Takes the head of an array or a map off `rest`: how many elements or pairs follow.
bool pack_array(slice *rest, uint32_t *count);
bool pack_map(slice *rest, uint32_t *count);
// The value under a text key; false if `map` is no map or has no such key.
bool pack_member(slice map, const char *key, slice *value);
bool pack_is_nil(slice value);
bool pack_text(slice value, slice *text);
// Any number, integers beyond 2^53 rounded.
bool pack_number(slice value, double *number);

// A growing buffer; `ptr` is the caller's to free.
typedef struct {
  uint8_t *ptr;
  size_t len, room;
} packer;

void put_map(packer *to, uint32_t pairs);
void put_array(packer *to, uint32_t elements);
void put_text(packer *to, slice text);
void put_nil(packer *to);
// A value that is MessagePack already.
void put_packed(packer *to, slice value);
