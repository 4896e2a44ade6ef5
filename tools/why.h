/*
 * why.h - what a place in a list is made of, told
 */
#ifndef WHY_H
#define WHY_H

#include <jansson.h>

#include <ltrec/explain.h>

#include "sources.h"

/* How many of what was played are named. */
#define WHY_BECAUSE 5

struct why {
    ltrec_explanation parts;
    uint64_t because[WHY_BECAUSE];
    double shares[WHY_BECAUSE];
    size_t n;
};

/* Members "sources", "because", "confidence", "cold" ... of an object. */
json_t *why_json(const struct why *why, const struct titles *titles);

/* A line for people. */
void why_print(const struct why *why, const struct titles *titles,
               const char *indent);

#endif /* WHY_H */
