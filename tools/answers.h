/*
 * answers.h - lists of items for people and for programs
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <jansson.h>

#include "args.h"
#include "vectors.h"

/* Places of a list, from 1, such as "1-3,35-158". */
struct ranks {
    size_t n;
    size_t first[16], last[16];
};

/*
 * What -k or --ranks ask for: the places, and the length of the list that
 * has them all.
 */
size_t answers_ranks(struct args *args, struct ranks *ranks);

struct answer {
    uint64_t id;
    double score;
    int64_t plays; /* listeners it has, -1 when not known */
    json_t *more;  /* members to print besides, or NULL; printing releases */
};

/*
 * Print those places of answers[n], as a table or with --json an object a
 * line.  `score` is what the number is called.
 */
void answers_print(struct args *args, const struct ranks *ranks,
                   const struct titles *titles, const char *score, size_t n,
                   const struct answer *answers);

/* The listeners an item has in either file, or -1. */
int64_t answers_plays(const struct titles *titles, uint64_t id);

/* Entries for a command's list of options. */
#define ANSWERS_OPTIONS \
    {"k", "N", "how many answers (default: 10)"}, \
        {"ranks", "R", "places instead, such as 1-3,35-158"}, \
        {"items", "T", "table of item, artist, title, to show those"}, \
    { \
        "json", NULL, "one JSON object an answer" \
    }

#endif /* ANSWERS_H */
