/*
 * sources.h - a recommender from the files that a command names
 */
#ifndef SOURCES_H
#define SOURCES_H

#include <ltrec/itemitem.h>
#include <ltrec/recommender.h>

#include "args.h"
#include "interactions.h"
#include "library.h"
#include "vectors.h"

struct sources {
    ltrec_context *ctx; /* the command's */
    const ltrec_factors *factors, *predicted;
    ltrec_factors *own_factors, *own_predicted; /* what is to be freed */
    struct library *library;
    ltrec_itemitem *itemitem;
    struct items *own_items;
    const struct items *items;
    struct matrix plays; /* all zero without a table */
    struct titles titles;
    ltrec_recommender *recommender;
    size_t n;                      /* tracks */
    uint64_t *ids;                 /* [n] */
    uint64_t *artists;             /* [n]; NULL without a table of items */
    uint64_t *albums, *recordings; /* likewise */
};

/* Entries for a command's list of options; CONTENT_TABLES has a catalogue of
 * its own. */
#define SOURCES_OPTIONS \
    {"factors", "F", "the factor file of the items"}, \
        {"predicted", "P", \
         "a factor file of predictions, for what has few plays"}, \
        {"itemitem", "I", "a model of ltrec itemitem fit, as a source"}, \
    { \
        "weights", "W", "of the sources, such as factors=1,artist=0.2" \
    }

#define SOURCES_CATALOG \
    { \
        "catalog", "C.db", "of ltrec scan, for its tracks' predictions" \
    }

/* What --weights says, over the defaults. */
void sources_weights(struct args *args, ltrec_recommender_options *options);

/* Whether the options are sound, before anything is read. */
void sources_check(struct args *args);

/* Read the files and make the recommender; `ctx` is set. */
int sources_open(struct sources *sources, struct args *args, ltrec_error *err);

void sources_close(struct sources *sources);

/* The id that somebody means by `text`, or an error that names it: what the
 * factors call so comes first, then what the catalogue does. */
int sources_find(const struct sources *sources, const char *text, uint64_t *id,
                 ltrec_error *err);

/* What the sources are called, by LTREC_SOURCE_... */
extern const char *const source_names[LTREC_SOURCES];

#endif /* SOURCES_H */
