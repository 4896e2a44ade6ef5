/*
 * library.c - a catalogue as the commands about tracks use it
 */
#include "library.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "names.h"
#include "vectors.h"

/* ---- What a track is called --------------------------------------------- */

struct library_naming {
    library_known known;
    void *user;
    struct names *taken;
};

int library_in_factors(void *factors, uint64_t id)
{
    size_t row;

    return ltrec_factors_find(factors, id, &row) == LTREC_OK;
}

int library_in_names(void *names, uint64_t id)
{
    uint32_t number;

    return names_find_id(names, id, &number);
}

struct library_naming *library_naming_create(library_known known, void *user)
{
    struct library_naming *naming = tool_alloc(1, sizeof *naming);

    naming->known = known;
    naming->user = user;
    naming->taken = names_create("track");
    return naming;
}

void library_naming_free(struct library_naming *naming)
{
    if (!naming)
        return;
    names_free(naming->taken);
    free(naming);
}

/* Whether the tables have that and no track before was it. */
static int is_free(const struct library_naming *naming, const char *text)
{
    size_t length = strlen(text);
    uint32_t number;

    return naming->known &&
           naming->known(naming->user, names_id_of(text, length)) &&
           !names_find(naming->taken, text, length, &number);
}

/* The id, or "artist - title", if the tables call it so; else its path. */
static char *choose(const struct library_naming *naming,
                    const struct catalog_track *track)
{
    char *path = lines_shown(track->path);
    size_t bytes = strlen(track->artist) + strlen(track->title) + 24;
    char *other;

    if (!naming->known || is_free(naming, path))
        return path;
    other = tool_alloc(bytes, 1);
    snprintf(other, bytes, "%" PRId64, track->id);
    if (!is_free(naming, other))
        snprintf(other, bytes, "%s - %s", track->artist, track->title);
    if (is_free(naming, other)) {
        free(path);
        return other;
    }
    free(other);
    return path;
}

int library_name(struct library_naming *naming,
                 const struct catalog_track *track, const char **name,
                 ltrec_error *err)
{
    char *chosen = choose(naming, track);
    uint32_t number;
    int status =
        names_add(naming->taken, chosen, strlen(chosen), &number, err);

    free(chosen);
    if (status == LTREC_OK)
        *name = names_text(naming->taken, number);
    return status;
}

/* ---- All of it ---------------------------------------------------------- */

struct gathered {
    int64_t model, rank;
    size_t n, vectors_room, variance_room, items_room;
    float *vectors;
    float *variance; /* [n] */
    uint32_t *items; /* [n], numbers in the library's */
};

static void keep_factor(struct gathered *g, const struct catalog_track *track,
                        uint32_t item)
{
    size_t rank = (size_t)g->rank;
    double square = 0;

    g->vectors = tool_grow(g->vectors, &g->vectors_room, (g->n + 1) * rank,
                           sizeof *g->vectors);
    memcpy(g->vectors + g->n * rank, track->factor, rank * sizeof *g->vectors);
    for (size_t i = 0; i < rank; i++)
        square += (double)track->factor[i] * (double)track->factor[i];
    g->variance = tool_grow(g->variance, &g->variance_room, g->n + 1,
                            sizeof *g->variance);
    g->variance[g->n] = vectors_variance(sqrt(square), track->confidence);
    g->items = tool_grow(g->items, &g->items_room, g->n + 1, sizeof *g->items);
    g->items[g->n++] = item;
}

/* What a file without tags is called by whoever looks at the folder. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int keep_track(struct library *l, const struct catalog_track *track,
                      const char *name, ltrec_error *err)
{
    char *path = lines_shown(track->path);
    const char *texts[ITEMS_TEXTS];
    int status;

    texts[ITEMS_ARTIST] = track->artist;
    texts[ITEMS_TITLE] = *track->title ? track->title : file_name(path);
    texts[ITEMS_ALBUM] = track->album;
    texts[ITEMS_GENRE] = track->genre;
    texts[ITEMS_PATH] = track->path;
    texts[ITEMS_RELEASED] = "";
    status = items_add(l->items, name, texts, track->seconds, err);
    free(path);
    l->ids = tool_grow(l->ids, &l->capacity, l->n + 1, sizeof *l->ids);
    l->ids[l->n++] = track->id;
    return status;
}

/* Factors of another model are from a scan that is not done with yet. */
static int gather(struct library *l, struct library_naming *naming,
                  struct gathered *g, ltrec_error *err)
{
    struct catalog_cursor *cursor;
    struct catalog_track track;
    int status = catalog_fact(l->catalog, "model", 0, &g->model, err);

    if (status == LTREC_OK)
        status = catalog_fact(l->catalog, "rank", 0, &g->rank, err);
    if (status == LTREC_OK)
        status = catalog_list(l->catalog, &cursor, err);
    if (status != LTREC_OK)
        return status;
    while ((status = catalog_next(cursor, &track, err)) == 1) {
        const char *name;

        status = library_name(naming, &track, &name, err);
        if (status == LTREC_OK)
            status = keep_track(l, &track, name, err);
        if (status != LTREC_OK)
            break;
        if (track.factor && track.rank == (size_t)g->rank &&
            track.model == (uint64_t)g->model)
            keep_factor(g, &track, (uint32_t)l->n - 1);
    }
    catalog_end(cursor);
    return status;
}

static int make_factors(struct library *l, const struct gathered *g,
                        ltrec_context *ctx, ltrec_error *err)
{
    const struct names *known = items_names(l->items);
    const char **names;
    uint64_t *ids;
    ltrec_factors_options o;
    int64_t factors_id, features;
    int status = catalog_fact(l->catalog, "factors_id", 0, &factors_id, err);

    if (status == LTREC_OK)
        status = catalog_fact(l->catalog, "features", 0, &features, err);
    if (status != LTREC_OK || g->n == 0)
        return status;
    names = tool_alloc(g->n, sizeof *names);
    ids = tool_alloc(g->n, sizeof *ids);
    for (size_t i = 0; i < g->n; i++) {
        names[i] = names_text(known, g->items[i]);
        ids[i] = names_id(known, g->items[i]);
    }
    ltrec_factors_options_init(&o, sizeof o);
    o.names = names;
    o.variance = g->variance;
    o.model_id = (uint64_t)factors_id;
    o.feature_version = (uint64_t)features;
    status = ltrec_factors_create(ctx, g->n, (size_t)g->rank, ids, g->vectors,
                                  &o, &l->factors, err);
    free(names);
    free(ids);
    return status;
}

int library_open(const char *path, ltrec_context *ctx, library_known known,
                 void *user, struct library **out, ltrec_error *err)
{
    struct library_naming *naming = library_naming_create(known, user);
    struct library *l = tool_alloc(1, sizeof *l);
    struct gathered g = {0};
    int status = catalog_open(path, CATALOG_READ, &l->catalog, err);

    l->items = items_create();
    if (status == LTREC_OK)
        status = gather(l, naming, &g, err);
    if (status == LTREC_OK)
        status = make_factors(l, &g, ctx, err);
    free(g.vectors);
    free(g.variance);
    free(g.items);
    library_naming_free(naming);
    if (status != LTREC_OK) {
        library_free(l);
        l = NULL;
    }
    *out = l;
    return status;
}

void library_free(struct library *library)
{
    if (!library)
        return;
    catalog_close(library->catalog);
    ltrec_factors_free(library->factors);
    items_free(library->items);
    free(library->ids);
    free(library);
}

/* Why a track has no factors, as the catalogue knows it. */
static int no_factor(const struct library *l, int64_t id, ltrec_error *err)
{
    struct catalog_cursor *cursor;
    struct catalog_track t;
    int status = catalog_list_where(l->catalog, "WHERE id = ?", &cursor, err);

    if (status != LTREC_OK)
        return status;
    sqlite3_bind_int64(catalog_statement(cursor), 1, id);
    status = catalog_next(cursor, &t, err);
    if (status == 1)
        status = tool_fail(err, LTREC_ERR_STATE,
                           "track %" PRId64 " has no factors: %.150s", id,
                           *t.error ? t.error
                           : *t.note && !t.factor && t.model
                               ? t.note
                               : "scan with --model finds them");
    catalog_end(cursor);
    return status;
}

int library_find(const struct library *library, const char *text, uint64_t *id,
                 ltrec_error *err)
{
    const struct names *names = items_names(library->items);
    int64_t wanted;
    size_t row;
    int status = catalog_find(library->catalog, text, &wanted, err);

    for (uint32_t i = 0; status == LTREC_OK && i < library->n; i++) {
        if (library->ids[i] != wanted)
            continue;
        *id = names_id(names, i);
        if (library->factors &&
            ltrec_factors_find(library->factors, *id, &row) == LTREC_OK)
            return LTREC_OK;
        status = no_factor(library, wanted, err);
    }
    return status;
}
