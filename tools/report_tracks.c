/*
 * report_tracks.c - the tracks of a report, their neighbours and the map
 */
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "report.h"
#include "term.h"

/* Searched at once, between two looks at the terminal. */
#define BATCH 256

/* ---- Which tracks ------------------------------------------------------- */

static int has_factor(const struct report *r, uint64_t id)
{
    size_t row;

    return ltrec_factors_find(r->factors, id, &row) == LTREC_OK &&
           ltrec_factors_norms(r->factors)[row] > 0;
}

static void take(struct report *r, const ltrec_factors *from, int cold)
{
    size_t rank = ltrec_factors_rank(from);

    for (size_t i = 0; i < ltrec_factors_count(from); i++) {
        uint64_t id = ltrec_factors_ids(from)[i];
        const float *v = ltrec_factors_vectors(from) + i * rank;
        float norm = ltrec_factors_norms(from)[i];
        uint32_t item;

        if (!(norm > 0) || (cold && has_factor(r, id)))
            continue;
        for (size_t j = 0; j < rank; j++)
            r->vectors[r->n * rank + j] = v[j] / norm;
        r->ids[r->n] = id;
        r->cold[r->n] = (unsigned char)cold;
        r->items[r->n++] =
            names_find_id(r->music->items, id, &item) ? item : REPORT_NONE;
    }
}

static void take_all(struct report *r)
{
    size_t most = ltrec_factors_count(r->factors);
    size_t rank = ltrec_factors_rank(r->factors);

    if (r->predicted)
        most += ltrec_factors_count(r->predicted);
    r->ids = tool_alloc(most, sizeof *r->ids);
    r->items = tool_alloc(most, sizeof *r->items);
    r->vectors = tool_alloc(most, rank * sizeof *r->vectors);
    r->cold = tool_alloc(most, 1);
    r->listed = tool_alloc(most, sizeof *r->listed);
    r->points = tool_alloc(most, 2 * sizeof *r->points);
    r->neighbours =
        tool_alloc(most, REPORT_NEIGHBOURS * sizeof *r->neighbours);
    r->similarities =
        tool_alloc(most, REPORT_NEIGHBOURS * sizeof *r->similarities);
    take(r, r->factors, 0);
    if (r->predicted)
        take(r, r->predicted, 1);
}

/* ---- Who is near whom --------------------------------------------------- */

/* The index is over places rather than ids, which saves looking them up. */
static int index_places(const struct report *r, ltrec_index **out,
                        ltrec_error *err)
{
    uint64_t *places = tool_alloc(r->n, sizeof *places);
    int status = ltrec_index_create(r->ctx, ltrec_factors_rank(r->factors),
                                    NULL, out, err);

    for (size_t i = 0; i < r->n; i++)
        places[i] = i;
    if (status == LTREC_OK)
        status = ltrec_index_add(*out, r->n, places, r->vectors, err);
    free(places);
    return status;
}

/* An answer of k + 1 places, less the track itself. */
static void keep(struct report *r, size_t track, size_t n,
                 const uint64_t *found, const float *similarities)
{
    size_t at = track * REPORT_NEIGHBOURS, kept = 0;

    for (size_t i = 0; i < n && kept < REPORT_NEIGHBOURS; i++)
        if (found[i] != track) {
            r->neighbours[at + kept] = (uint32_t)found[i];
            r->similarities[at + kept++] = similarities[i];
        }
    for (; kept < REPORT_NEIGHBOURS; kept++)
        r->neighbours[at + kept] = REPORT_NONE;
}

static int find_neighbours(struct report *r, const ltrec_index *index,
                           ltrec_error *err)
{
    size_t k = REPORT_NEIGHBOURS + 1, rank = ltrec_index_dim(index);
    uint64_t *found = tool_alloc(BATCH * k, sizeof *found);
    float *similarities = tool_alloc(BATCH * k, sizeof *similarities);
    size_t *n_found = tool_alloc(BATCH, sizeof *n_found);
    int status = LTREC_OK;

    term_doing("finding neighbours");
    for (size_t i = 0; i < r->n && status == LTREC_OK; i += BATCH) {
        size_t n = r->n - i < BATCH ? r->n - i : BATCH;

        status = ltrec_index_search_batch(index, n, r->vectors + i * rank, k,
                                          found, similarities, n_found, err);
        for (size_t j = 0; j < n && status == LTREC_OK; j++)
            keep(r, i + j, n_found[j], found + j * k, similarities + j * k);
        if (status == LTREC_OK && term_progress(NULL, i + n, r->n) != 0)
            status = tool_fail(err, LTREC_ERR_CANCELLED, "interrupted");
    }
    term_done();
    free(found);
    free(similarities);
    free(n_found);
    return status;
}

int report_find_tracks(struct report *r, ltrec_error *err)
{
    struct layout layout = {.k = REPORT_NEIGHBOURS};
    ltrec_index *index = NULL;
    int status;

    take_all(r);
    if (r->n == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "no track has factors other than zeros");
    status = index_places(r, &index, err);
    if (status == LTREC_OK)
        status = find_neighbours(r, index, err);
    ltrec_index_free(index);
    if (status != LTREC_OK)
        return status;
    layout.n = r->n;
    layout.dim = ltrec_factors_rank(r->factors);
    layout.vectors = r->vectors;
    layout.neighbours = r->neighbours;
    return layout_make(&layout, r->points, err);
}

/* ---- What they are called ----------------------------------------------- */

const char *report_name(const struct report *r, size_t track)
{
    const struct titles titles = {r->factors, r->predicted, NULL};
    const char *name, *artist, *title;

    if (r->items[track] != REPORT_NONE)
        return names_text(r->music->items, r->items[track]);
    titles_of(&titles, r->ids[track], &name, &artist, &title);
    return name;
}

int report_row(const struct report *r, size_t track, uint32_t *row)
{
    return r->texts &&
           names_find_id(items_names(r->texts), r->ids[track], row);
}

const char *report_text(const struct report *r, size_t track,
                        enum items_text which)
{
    uint32_t row;

    return report_row(r, track, &row) ? items_text(r->texts, row, which) : "";
}

int64_t report_plays(const struct report *r, size_t track)
{
    const ltrec_factors *from = r->cold[track] ? r->predicted : r->factors;
    size_t row;

    if (r->cold[track])
        return 0;
    if (!ltrec_factors_plays(from) ||
        ltrec_factors_find(from, r->ids[track], &row) != LTREC_OK)
        return -1;
    return ltrec_factors_plays(from)[row];
}
