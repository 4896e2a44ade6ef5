/*
 * rules.h - the rules of a list, as a person writes them
 *
 * Numbers are options.  What is about single tracks or artists is a table:
 *
 *     rule          item    value
 *     pin           s17             first in the list, in the table's order
 *     ban           s12             never
 *     boost         s5      0.5     added to its score
 *     like          s3              a thumb up, and
 *     dislike       s4              a thumb down of the listener, who wants
 *     seed          s7              more like this one
 *     ban-artist    Nickelback      never anything of theirs
 *     heard         s9              before the list, the last of them last:
 *                                   not again, and windows count from there
 */
#ifndef RULES_H
#define RULES_H

#include "sources.h"

struct rules {
    ltrec_list_options list; /* points into the arrays below */
    uint64_t *pins, *banned, *banned_artists, *boosted, *liked, *disliked;
    uint64_t *before, *seeds;
    float *boosts;
    size_t capacity[9];
    size_t n_liked, n_disliked, n_seeds;
};

/* Entries for a command's list of options. */
#define RULES_OPTIONS \
    {"per-artist", "N", "at most N of one artist"}, \
        {"per-album", "N", "at most N of one album"}, \
        {"artist-window", "N", "N places between two of one artist"}, \
        {"album-window", "N", "N places between two of one album"}, \
        {"diversity", "D", "against more of the same, 0 (default) to 1"}, \
        {"discount", "G", "against popularity: off a score a log of plays"}, \
    { \
        "rules", "T", "table of rule, item, value: pin, ban, boost, like ..." \
    }

/* Whether any of them was given. */
int rules_given(const struct args *args);

/* The numbers; the tables are read by rules_read(). */
void rules_options(struct args *args, struct rules *rules);

int rules_read(struct rules *rules, struct args *args,
               const struct sources *sources, ltrec_error *err);

void rules_free(struct rules *rules);

#endif /* RULES_H */
