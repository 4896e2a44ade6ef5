/*
 * names.h - strings, and the numbers that stand for them
 *
 * The library knows tracks, listeners and the rest by 64-bit ids; tables know
 * them by any string.  The id of a string is its SipHash-2-4 under the key of
 * that function's published test vectors (bytes 0, 1 ... 15), read as a
 * little-endian number.  It depends on nothing but the string, so factors,
 * indexes and models made by different commands, on different machines, agree
 * without sharing a dictionary.  Two strings of one id are an error, never a
 * mix-up: expect one among 10 million strings with a chance of 1 in 370,000.
 *
 * A `names` also numbers its strings 0, 1, 2 ... in the order of arrival.
 */
#ifndef NAMES_H
#define NAMES_H

#include "tool.h"

struct names;

/* The id of text[length]. */
uint64_t names_id_of(const char *text, size_t length);

/* `what` the strings are, such as "item", for messages; it is not copied. */
struct names *names_create(const char *what);

/* Accepts NULL. */
void names_free(struct names *names);

/*
 * The number of a string, which is new or was there before.
 * LTREC_ERR_STATE when another string has the same id.
 */
int names_add(struct names *names, const char *text, size_t length,
              uint32_t *number, ltrec_error *err);

/* 1 and its number when there is such a string or id, otherwise 0. */
int names_find(const struct names *names, const char *text, size_t length,
               uint32_t *number);
int names_find_id(const struct names *names, uint64_t id, uint32_t *number);

size_t names_count(const struct names *names);
const char *names_text(const struct names *names, uint32_t number);
uint64_t names_id(const struct names *names, uint32_t number);

#endif /* NAMES_H */
