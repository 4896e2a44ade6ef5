/*
 * aligning.h - new factors into the space of old ones
 */
#ifndef ALIGNING_H
#define ALIGNING_H

#include <jansson.h>

#include <ltrec/factors.h>

#include "args.h"

/* Entries for a command's list of options. */
#define ALIGNING_OPTIONS \
    {"tolerance", "R", \
     "the residual up to which it is one space (default: 0.35)"}, \
    { \
        "by-plays", NULL, "count an item as often as it was played" \
    }

void aligning_options(struct args *args, ltrec_align_options *options);

/*
 * Turn `*items`, and `*users` unless that is NULL, into the space of the file
 * `to`; they are replaced.
 */
int aligning_do(ltrec_context *ctx, const char *to,
                const ltrec_align_options *options, ltrec_factors **items,
                ltrec_factors **users, ltrec_align_report *report,
                ltrec_error *err);

/* What came of it: members of an object, or a line. */
void aligning_put(const ltrec_align_report *report, json_t *object);
void aligning_print(const ltrec_align_report *report);

#endif /* ALIGNING_H */
