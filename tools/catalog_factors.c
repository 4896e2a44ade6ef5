/*
 * catalog_factors.c - the factors of a catalogue, together
 */
#include "catalog_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

struct gathered {
    size_t rank, n, vectors_room, names_room;
    float *vectors;
    char **names;
};

static void drop(struct gathered *g)
{
    for (size_t i = 0; i < g->n; i++)
        free(g->names[i]);
    free(g->names);
    free(g->vectors);
}

/* All factors of the one model; others are from a scan that is not done. */
static int gather(struct catalog *c, struct gathered *g, ltrec_error *err)
{
    struct catalog_cursor *cursor;
    struct catalog_track track;
    int64_t model, rank;
    int status = catalog_fact(c, "model", 0, &model, err);

    if (status == LTREC_OK)
        status = catalog_fact(c, "rank", 0, &rank, err);
    if (status == LTREC_OK)
        status = catalog_list_where(
            c, "WHERE factor IS NOT NULL AND model = ? ORDER BY id", &cursor,
            err);
    if (status != LTREC_OK)
        return status;
    g->rank = (size_t)rank;
    sqlite3_bind_int64(catalog_statement(cursor), 1, model);
    while ((status = catalog_next(cursor, &track, err)) == 1) {
        if (track.rank != g->rank)
            continue;
        g->vectors = tool_grow(g->vectors, &g->vectors_room,
                               (g->n + 1) * g->rank, sizeof *g->vectors);
        memcpy(g->vectors + g->n * g->rank, track.factor,
               g->rank * sizeof *g->vectors);
        g->names =
            tool_grow(g->names, &g->names_room, g->n + 1, sizeof *g->names);
        g->names[g->n++] = catalog_shown(track.path);
    }
    catalog_end(cursor);
    return status;
}

static int make_factors(const struct gathered *g, uint64_t factors_id,
                        ltrec_context *ctx, ltrec_factors **out,
                        ltrec_error *err)
{
    uint64_t *ids = tool_alloc(g->n, sizeof *ids);
    ltrec_factors_options o;
    int status;

    for (size_t i = 0; i < g->n; i++)
        ids[i] = names_id_of(g->names[i], strlen(g->names[i]));
    ltrec_factors_options_init(&o, sizeof o);
    o.names = (const char *const *)g->names;
    o.model_id = factors_id;
    status = ltrec_factors_create(ctx, g->n, g->rank, ids, g->vectors, &o, out,
                                  err);
    free(ids);
    return status;
}

int catalog_factors(struct catalog *catalog, ltrec_context *ctx,
                    ltrec_factors **out, ltrec_error *err)
{
    struct gathered g = {0};
    int64_t factors_id;
    int status = gather(catalog, &g, err);

    *out = NULL;
    if (status == LTREC_OK)
        status = catalog_fact(catalog, "factors_id", 0, &factors_id, err);
    if (status == LTREC_OK && g.n == 0)
        status = tool_fail(err, LTREC_ERR_STATE,
                           "%.100s: no track has factors; scan with --model",
                           catalog->path);
    if (status == LTREC_OK)
        status = make_factors(&g, (uint64_t)factors_id, ctx, out, err);
    drop(&g);
    return status;
}

int catalog_write_factors(struct catalog *catalog, ltrec_context *ctx,
                          ltrec_error *err)
{
    char *path = catalog_beside(catalog, ".factors");
    ltrec_factors *factors = NULL;
    int64_t stale;
    int status = catalog_fact(catalog, "factors_stale", 1, &stale, err);

    if (status == LTREC_OK && (stale || access(path, F_OK) != 0)) {
        status = catalog_factors(catalog, ctx, &factors, err);
        if (status == LTREC_OK)
            status = ltrec_factors_save(factors, path, err);
        else if (status == LTREC_ERR_STATE) /* none: nor may there be a file */
            status = unlink(path) == 0 || errno == ENOENT
                         ? LTREC_OK
                         : tool_fail_io(err, "cannot remove", path);
        if (status == LTREC_OK && stale)
            status = catalog_set_fact(catalog, "factors_stale", 0, err);
    }
    ltrec_factors_free(factors);
    free(path);
    return status;
}
