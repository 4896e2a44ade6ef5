/*
 * report.h - a library of music as one page for a browser
 *
 * cmd_report.c reads what is known; report_tracks.c finds each track's
 * neighbours and its place on the map; report_lists.c asks what listeners are
 * recommended; report_json.c writes it all down for report_page.html, which
 * draws it.
 */
#ifndef REPORT_H
#define REPORT_H

#include <ltrec/factors.h>
#include <ltrec/index.h>

#include "interactions.h"
#include "library.h"
#include "music.h"
#include "vectors.h"

#define REPORT_NEIGHBOURS 10
#define REPORT_LIST 20 /* recommendations a listener gets */
#define REPORT_NONE UINT32_MAX

struct report {
    ltrec_context *ctx;
    const char *title;
    struct music *music;
    const ltrec_factors *factors, *predicted; /* the second may be NULL */
    const struct items *texts;                /* NULL where there are none */
    struct library *library;                  /* of a catalogue, or NULL */
    struct matrix matrix;            /* `plays` NULL without a table */
    size_t n_pictures;               /* tracks that get one, at most */
    ltrec_frontend_options frontend; /* of the pictures */

    /* The tracks that have a direction, played ones first. */
    size_t n;
    uint64_t *ids;        /* [n] */
    uint32_t *items;      /* [n], numbers in `music`, or REPORT_NONE */
    float *vectors;       /* [n][rank], of unit length */
    unsigned char *cold;  /* [n], predicted rather than factorized */
    uint32_t *neighbours; /* [n][REPORT_NEIGHBOURS], or REPORT_NONE */
    float *similarities;  /* [n][REPORT_NEIGHBOURS] */
    uint32_t *listed;     /* [n], lists of recommendations it is in */
    size_t n_lists;
    float *points;   /* [n][2] in [0, 1] */
    char **pictures; /* [n], the text of a data URI, or NULL */
    double *seconds; /* [n], of a track that has a picture */
};

/* Fill what is about tracks. */
int report_find_tracks(struct report *report, ltrec_error *err);

/* Fill `listed`; without plays the lists are the neighbours. */
int report_count_lists(struct report *report, ltrec_error *err);

/*
 * What it is called, "" for what nobody knows and never NULL, and its row
 * among the texts: 0 when it has none.
 */
const char *report_name(const struct report *report, size_t track);
int report_row(const struct report *report, size_t track, uint32_t *row);
const char *report_text(const struct report *report, size_t track,
                        enum items_text which);

/* Listeners, or -1 when nobody counted. */
int64_t report_plays(const struct report *report, size_t track);

/* Write the page. */
int report_write(const struct report *report, const char *path,
                 ltrec_error *err);

/*
 * Draw the sound of the first `n_pictures` tracks that have some: the rows
 * that a catalogue has kept, or else the file of the table of items, which
 * lies at `table`.  One that cannot be read is told and counted in `*failed`.
 */
int report_draw_sound(struct report *report, const char *table, size_t *failed,
                      ltrec_error *err);

#endif /* REPORT_H */
