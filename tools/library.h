/*
 * library.h - a catalogue as the commands about tracks use it
 *
 * Tables call a track by whatever their author called it; a catalogue knows
 * its path, its id and "artist - title".  A track takes that of these which
 * the plays or the factors know - the path first, then the id, then the names
 * - and its path when they know none; no two tracks take the same one.
 *
 *     library_open("C.db", ctx, known, user, &library, &err);
 *     library_find(library, "Miles Davis - So What", &id, &err);
 *     ltrec_index_search_id(index, id, ...);
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "catalog.h"
#include "items.h"

/* Whether the tables have an item of this id. */
typedef int (*library_known)(void *user, uint64_t id);

/* For factors and for names as the tables have them; NULL knows nothing. */
int library_in_factors(void *factors, uint64_t id);
int library_in_names(void *names, uint64_t id);

/* ---- What a track is called --------------------------------------------- */

struct library_naming;

struct library_naming *library_naming_create(library_known known, void *user);
void library_naming_free(struct library_naming *naming); /* accepts NULL */

/* The name of the next track; valid until the next call. */
int library_name(struct library_naming *naming,
                 const struct catalog_track *track, const char **name,
                 ltrec_error *err);

/* ---- All of it ---------------------------------------------------------- */

struct library {
    struct catalog *catalog;
    ltrec_factors *factors; /* NULL when no track has any */
    struct items *items;    /* all tracks: artist, title and the rest */
    int64_t *ids;           /* [items], the catalogue's */
    size_t n, capacity;
};

int library_open(const char *path, ltrec_context *ctx, library_known known,
                 void *user, struct library **out, ltrec_error *err);

/* Accepts NULL. */
void library_free(struct library *library);

/*
 * The id under which the track that `text` means is in `factors`.
 * LTREC_ERR_ARGUMENT as from catalog_find(), LTREC_ERR_STATE with the reason
 * when the track has no factors.
 */
int library_find(const struct library *library, const char *text, uint64_t *id,
                 ltrec_error *err);

#endif /* LIBRARY_H */
