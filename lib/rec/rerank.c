/*
 * rerank.c - from scores to a list that keeps the rules
 *
 * One place after the other gets the best track that the rules allow.  The
 * candidates are the best by score; where they don't fill the list there are
 * more of them, up to all.  Caps are never broken; windows give way when
 * every track that is left breaks one.
 */
#include "rec/recommender.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "math/topk.h"

#define LEAST_CANDIDATES 256
#define MORE_CANDIDATES 8 /* times as many where they were too few */

/* How often a group was chosen, and at which place last, from 1; 0: never. */
struct uses {
    const struct ltr_groups *groups;
    uint32_t *count, *last; /* [groups->n] */
    uint32_t cap, window;   /* 0: none */
};

struct choosing {
    const ltrec_recommender *r;
    const struct ltr_scores *scores;
    const ltrec_list_options *list;
    struct uses artists, albums, recordings;
    bool looks; /* at the vectors of what was chosen */
    size_t k, n_found, n_places;
    uint64_t *ids;     /* [k] of the caller */
    float *out_scores; /* [k] */

    size_t n;             /* candidates, the best first */
    uint64_t *candidates; /* [n], ids */
    uint32_t *rows;       /* [n] */
    float *totals;        /* [n] */
    float *nearest;       /* [n], largest cosine to one chosen */
    bool *used;           /* [n] */
};

/* ---- Groups ------------------------------------------------------------- */

static int make_uses(const ltrec_recommender *r, const struct ltr_groups *g,
                     uint32_t cap, uint32_t window, struct uses *out)
{
    *out = (struct uses){.groups = g, .cap = cap, .window = window};
    if (g->n == 0 || (cap == 0 && window == 0))
        return LTREC_OK;
    out->count = ltr_alloc(r->ctx, g->n, 2 * sizeof *out->count);
    if (!out->count)
        return LTREC_ERR_MEMORY;
    out->last = out->count + g->n;
    return LTREC_OK;
}

static uint32_t group_of(const struct uses *u, size_t row)
{
    return u->count ? u->groups->group[row] : LTR_NO_GROUP;
}

static void use(struct uses *u, size_t row, size_t place, bool counts)
{
    uint32_t g = group_of(u, row);

    if (g == LTR_NO_GROUP)
        return;
    u->count[g] += counts;
    u->last[g] = (uint32_t)place + 1;
}

static void forget(struct uses *u)
{
    for (size_t i = 0; u->count && i < 2 * u->groups->n; i++)
        u->count[i] = 0;
}

static bool cap_allows(const struct uses *u, size_t row)
{
    uint32_t g = group_of(u, row);

    return g == LTR_NO_GROUP || u->cap == 0 || u->count[g] < u->cap;
}

/* The place, from 1, at which the window is broken; 0 when it is not. */
static size_t window_broken(const struct uses *u, size_t row, size_t place)
{
    uint32_t g = group_of(u, row);

    if (g == LTR_NO_GROUP || u->last[g] == 0 ||
        place + 1 - u->last[g] > u->window)
        return 0;
    return u->last[g];
}

/* ---- Choosing ----------------------------------------------------------- */

static void note(struct choosing *c, size_t row, size_t place, bool counts)
{
    use(&c->artists, row, place, counts);
    use(&c->albums, row, place, counts);
    use(&c->recordings, row, place, true);
    if (!c->looks)
        return;
    for (size_t i = 0; i < c->n; i++) {
        float near = (float)ltr_rec_cosine(c->r, row, c->rows[i]);

        if (near > c->nearest[i])
            c->nearest[i] = near;
    }
}

static void put(struct choosing *c, size_t row, float score)
{
    c->ids[c->n_found] = c->r->ids[row];
    c->out_scores[c->n_found++] = score;
    note(c, row, c->n_places++, true);
}

static bool allowed(const struct choosing *c, size_t i, size_t row)
{
    double most = c->list->duplicate_cosine;

    return !c->used[i] && cap_allows(&c->artists, row) &&
           cap_allows(&c->albums, row) && cap_allows(&c->recordings, row) &&
           !(most > 0 && (double)c->nearest[i] > most);
}

/* What a candidate is worth at this place: its score, or MMR. */
static double worth(const struct choosing *c, size_t i)
{
    double best = (double)c->totals[0], range, score, d = c->list->diversity;

    if (d == 0)
        return (double)c->totals[i];
    range = best - (double)c->totals[c->n - 1];
    score = range > 0 ? 1 - (best - (double)c->totals[i]) / range : 1;
    return (1 - d) * score - d * (double)c->nearest[i];
}

/* The candidate for the next place, or c->n.  Those that break a window are
 * considered when there is no other: the one whose use is longest ago. */
static size_t choose(const struct choosing *c, bool give_way)
{
    size_t best = c->n, oldest = c->n, oldest_place = SIZE_MAX;
    double most = 0;

    for (size_t i = 0; i < c->n; i++) {
        size_t row = c->rows[i], broken, other;
        double value;

        if (!allowed(c, i, row))
            continue;
        broken = window_broken(&c->artists, row, c->n_places);
        other = window_broken(&c->albums, row, c->n_places);
        broken = other > broken ? other : broken;
        if (broken > 0) {
            if (broken < oldest_place)
                oldest = i, oldest_place = broken;
            continue;
        }
        value = worth(c, i);
        if (best == c->n || value > most)
            best = i, most = value;
        if (c->list->diversity == 0)
            break; /* they come in order */
    }
    return best == c->n && give_way ? oldest : best;
}

/* ---- Candidates --------------------------------------------------------- */

static void free_candidates(struct choosing *c)
{
    ltr_free(c->r->ctx, c->candidates);
    ltr_free(c->r->ctx, c->rows);
    ltr_free(c->r->ctx, c->totals);
    ltr_free(c->r->ctx, c->nearest);
    ltr_free(c->r->ctx, c->used);
    c->candidates = NULL;
    c->rows = NULL;
    c->totals = c->nearest = NULL;
    c->used = NULL;
}

static int take_candidates(struct choosing *c, size_t n)
{
    ltrec_context *ctx = c->r->ctx;
    struct ltr_topk top;

    free_candidates(c);
    c->candidates = ltr_alloc(ctx, n, sizeof *c->candidates);
    c->rows = ltr_alloc(ctx, n, sizeof *c->rows);
    c->totals = ltr_alloc(ctx, n, sizeof *c->totals);
    c->nearest = ltr_alloc(ctx, n, sizeof *c->nearest);
    c->used = ltr_alloc(ctx, n, sizeof *c->used);
    if (!c->candidates || !c->rows || !c->totals || !c->nearest || !c->used)
        return LTREC_ERR_MEMORY;
    ltr_topk_init(&top, n, c->totals, c->candidates);
    for (size_t row = 0; row < c->r->n; row++)
        if (c->scores->eligible[row])
            ltr_topk_offer(&top, c->scores->total[row], c->r->ids[row]);
    c->n = ltr_topk_finish(&top);
    for (size_t i = 0; i < c->n; i++)
        c->rows[i] = (uint32_t)ltr_rec_row(c->r, c->candidates[i]);
    return LTREC_OK;
}

/* Places before the first, and the pins. */
static void start(struct choosing *c)
{
    const ltrec_list_options *list = c->list;

    c->n_found = c->n_places = 0;
    forget(&c->artists);
    forget(&c->albums);
    forget(&c->recordings);
    for (size_t i = 0; i < list->n_before; i++) {
        size_t row = ltr_rec_row(c->r, list->before[i]);

        if (row != LTR_NO_ROW)
            note(c, row, c->n_places, false);
        c->n_places++;
    }
    for (size_t i = 0; i < list->n_pins && c->n_found < c->k; i++) {
        size_t row = ltr_rec_row(c->r, list->pins[i]);
        bool eligible = c->scores->eligible[row];

        put(c, row, eligible ? c->scores->total[row] : NAN);
    }
    for (size_t i = 0; i < c->n; i++)
        for (size_t p = 0; p < list->n_pins; p++)
            c->used[i] |= c->candidates[i] == list->pins[p];
}

static int fill(struct choosing *c, size_t n_candidates, bool all)
{
    int status = take_candidates(c, n_candidates);

    if (status != LTREC_OK)
        return status;
    start(c);
    while (c->n_found < c->k) {
        size_t i = choose(c, all);

        if (i == c->n)
            break;
        c->used[i] = true;
        put(c, c->rows[i], c->totals[i]);
    }
    return LTREC_OK;
}

static int fill_enough(struct choosing *c)
{
    size_t eligible = 0, n;

    for (size_t row = 0; row < c->r->n; row++)
        eligible += c->scores->eligible[row];
    n = c->k < eligible ? 4 * c->k + LEAST_CANDIDATES : eligible;
    for (;; n *= MORE_CANDIDATES) {
        bool all = n >= eligible;
        int status = fill(c, all ? eligible : n, all);

        if (status != LTREC_OK || c->n_found == c->k || all)
            return status;
    }
}

int ltr_rerank(const ltrec_recommender *r, const struct ltr_scores *scores,
               const ltrec_list_options *list, size_t k, uint64_t *ids,
               float *out_scores, size_t *n_found, ltrec_error *err)
{
    struct choosing c = {.r = r,
                         .scores = scores,
                         .list = list,
                         .k = k,
                         .ids = ids,
                         .out_scores = out_scores};
    ltr_fpu saved = ltr_flush_begin();
    int status = make_uses(r, &r->artists, list->per_artist,
                           list->artist_window, &c.artists);

    c.looks = list->diversity > 0 || list->duplicate_cosine > 0;
    if (status == LTREC_OK)
        status = make_uses(r, &r->albums, list->per_album, list->album_window,
                           &c.albums);
    if (status == LTREC_OK)
        status = make_uses(r, &r->recordings, list->one_recording ? 1 : 0, 0,
                           &c.recordings);
    if (status == LTREC_OK)
        status = fill_enough(&c);
    *n_found = status == LTREC_OK ? c.n_found : 0;
    free_candidates(&c);
    ltr_free(r->ctx, c.artists.count);
    ltr_free(r->ctx, c.albums.count);
    ltr_free(r->ctx, c.recordings.count);
    ltr_flush_end(saved);
    return status == LTREC_OK
               ? LTREC_OK
               : ltr_fail(err, status, "recommender: no memory for a list");
}
