/*
 * json.h - results as JSON, through Jansson
 *
 * Numbers are printed with 9 significant digits, which is every bit of a
 * float.  What is not finite has no spelling in JSON and becomes null.
 */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "tool.h"

/* Add a member; keys keep the order they are added in. */
void json_put_real(json_t *object, const char *key, double value);
void json_put_count(json_t *object, const char *key, uint64_t value);
void json_put_text(json_t *object, const char *key, const char *text);

/* A string; names come from tables, which are checked, and from files, which
 * may lie: a byte that is not UTF-8 becomes "\xE9". */
json_t *json_text(const char *text);

/* An id as a string: 64 bits do not fit the numbers of most JSON readers. */
json_t *json_id(uint64_t id);

/* Add `value` to an object or an array, which owns it from then on. */
void json_put(json_t *object, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);

/* Print one document on a line of the standard output, and release it. */
void json_print(json_t *value);

#endif /* JSON_H */
