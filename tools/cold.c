/*
 * cold.c - a track on its way from what it is to what its plays say
 */
#include "cold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/evaluate.h>

#include "content_parts.h"
#include "synth_random.h"
#include "term.h"

#define STREAM 0x636f6c64 /* of random numbers: the order of listeners */

/* The tracks of a fold with enough listeners, and what they are judged by. */
struct trial {
    struct fold *fold;
    struct cold *cold;
    const ltrec_factors *users;
    ltrec_foldin *foldin;
    size_t n, most; /* tracks, and the most plays that are ever seen */
    float norm;     /* that a prediction gets */

    /* Every track's known listeners: the first `most` in the order in which
     * they are seen, then those it is judged by, ascending by row. */
    size_t *starts; /* [n + 1] */
    uint64_t *ids;
    float *counts;
    float *prior, *truth, *vectors; /* [n][rank] */
    uint64_t *seen_offsets, *left_offsets;
    uint32_t *seen, *left; /* rows, ascending: never ranked, and to be found */
};

/* ---- Listeners ---------------------------------------------------------- */

struct listener {
    uint64_t key, id;
    size_t row;
    float count;
};

static int by_chance(const void *left, const void *right)
{
    const struct listener *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static int by_row(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* One track's listeners, in their order; how many are known. */
static size_t order_listeners(const struct trial *t, size_t item,
                              const struct fold_plays *plays,
                              struct listener *out)
{
    uint64_t id = music_id(t->fold->music, t->fold->items[item]);
    uint64_t seed = t->fold->options->train.seed;
    size_t n = 0;

    for (size_t i = plays->starts[item]; i < plays->starts[item + 1]; i++) {
        struct listener *l = &out[n];

        l->id = plays->users[i];
        l->count = plays->counts[i];
        l->key = synth_bits(synth_bits(seed, STREAM, id), STREAM, l->id);
        n += ltrec_factors_find(t->users, l->id, &l->row) == LTREC_OK;
    }
    qsort(out, n, sizeof *out, by_chance);
    return n;
}

/* Take a track in, as number t->n. */
static void take_track(struct trial *t, const struct listener *listeners,
                       size_t n, const float *guess)
{
    size_t first = t->starts[t->n], rank = t->fold->rank;
    size_t left = n - t->most, at_seen = t->n * t->most;
    size_t at_left = (size_t)t->left_offsets[t->n];
    double squares = 0;

    for (size_t i = 0; i < n; i++) {
        t->ids[first + i] = listeners[i].id;
        t->counts[first + i] = listeners[i].count;
        if (i < t->most)
            t->seen[at_seen + i] = (uint32_t)listeners[i].row;
        else
            t->left[at_left + i - t->most] = (uint32_t)listeners[i].row;
    }
    qsort(t->seen + at_seen, t->most, sizeof *t->seen, by_row);
    qsort(t->left + at_left, left, sizeof *t->left, by_row);
    for (size_t i = 0; i < rank; i++)
        squares += (double)guess[i] * (double)guess[i];
    /* Its direction counts here, whatever its length. */
    for (size_t i = 0; i < rank && squares > 0; i++)
        t->prior[t->n * rank + i] =
            (float)((double)guess[i] * (double)t->norm / sqrt(squares));
    t->n++;
    t->starts[t->n] = first + n;
    t->seen_offsets[t->n] = at_seen + t->most;
    t->left_offsets[t->n] = at_left + left;
}

static void take_memory(struct trial *t, size_t n_plays)
{
    size_t n = t->fold->n + 1, floats = t->fold->rank * sizeof(float);

    t->starts = tool_alloc(n, sizeof *t->starts);
    t->ids = tool_alloc(n_plays, sizeof *t->ids);
    t->counts = tool_alloc(n_plays, sizeof *t->counts);
    t->seen_offsets = tool_alloc(n, sizeof *t->seen_offsets);
    t->left_offsets = tool_alloc(n, sizeof *t->left_offsets);
    t->seen = tool_alloc(n_plays, sizeof *t->seen);
    t->left = tool_alloc(n_plays, sizeof *t->left);
    t->prior = tool_alloc(n, floats);
    t->truth = tool_alloc(n, floats);
    t->vectors = tool_alloc(n, floats);
}

static void take_tracks(struct trial *t)
{
    struct fold *f = t->fold;
    struct fold_plays plays = fold_plays_of(f);
    size_t n_plays = plays.starts[f->n];
    struct listener *listeners = tool_alloc(n_plays, sizeof *listeners);

    take_memory(t, n_plays);
    for (size_t i = 0; i < f->n; i++) {
        size_t n = order_listeners(t, i, &plays, listeners);

        if (n > t->most)
            take_track(t, listeners, n, f->guess + i * f->rank);
    }
    free(listeners);
    fold_plays_free(&plays);
}

/* ---- Vectors ------------------------------------------------------------ */

static int compare_floats(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;

    return (a > b) - (a < b);
}

/* As ltrec_model_norm(): the median length of what predictions learn from. */
static float typical_norm(const ltrec_factors *items, uint32_t least)
{
    size_t n = ltrec_factors_count(items), taught = 0;
    const uint32_t *plays = ltrec_factors_plays(items);
    float *norms = tool_alloc(n, sizeof *norms), norm;

    for (size_t i = 0; i < n; i++)
        if (plays[i] >= least)
            norms[taught++] = ltrec_factors_norms(items)[i];
    qsort(norms, taught, sizeof *norms, compare_floats);
    norm = norms[taught / 2];
    free(norms);
    return norm;
}

/* Every track's vector from its first `seen` plays. */
static int solve_all(const struct trial *t, int with_prior, size_t seen,
                     float *vectors, ltrec_error *err)
{
    size_t rank = t->fold->rank;
    int status = LTREC_OK;

    for (size_t i = 0; i < t->n && status == LTREC_OK; i++) {
        size_t first = t->starts[i], n = t->starts[i + 1] - first;

        status = term_go_on(err);
        if (status == LTREC_OK)
            status = ltrec_foldin_solve(
                t->foldin, seen < n ? seen : n, t->ids + first,
                t->counts + first, with_prior ? t->prior + i * rank : NULL,
                vectors + i * rank, NULL, err);
    }
    return status;
}

/* Both lengths and the product of two vectors. */
static void compare(const float *a, const float *b, size_t rank,
                    struct cold_figures *out)
{
    double dot = 0, left = 0, right = 0;

    for (size_t i = 0; i < rank; i++) {
        dot += (double)a[i] * (double)b[i];
        left += (double)a[i] * (double)a[i];
        right += (double)b[i] * (double)b[i];
    }
    out->cosine = dot / sqrt(left * right);
    out->length = sqrt(left / right);
}

/* ---- Judging ------------------------------------------------------------ */

/* NDCG@100 of each track's listeners that were never seen. */
static int rank_listeners(const struct trial *t, double *ndcg,
                          ltrec_error *err)
{
    ltrec_evaluation_options o;
    ltrec_evaluation *evaluation = NULL;
    int status;

    ltrec_evaluation_options_init(&o, sizeof o);
    o.listeners = 1;
    status = ltrec_evaluation_create(
        t->fold->ctx, ltrec_factors_count(t->users), &o, &evaluation, err);
    if (status == LTREC_OK)
        status = ltrec_evaluation_add_factors(
            evaluation, t->n, t->vectors, t->fold->rank,
            ltrec_factors_vectors(t->users), t->seen_offsets, t->seen,
            t->left_offsets, t->left, term_progress_within, NULL, err);
    if (status == LTREC_OK)
        status = ltrec_evaluation_listeners(evaluation, LTREC_FIGURE_NDCG_100,
                                            t->n, ndcg, NULL, err);
    ltrec_evaluation_free(evaluation);
    return status;
}

/* One vector of every track, after seen[level] plays. */
static int judge(struct trial *t, struct cold_curve *curve, size_t level,
                 int vector, ltrec_error *err)
{
    const struct cold *c = t->cold;
    size_t seen = vector == COLD_PRIOR ? 0 : c->seen[level], rank;
    double *ndcg;
    int status = solve_all(t, vector != COLD_PLAYS, seen, t->vectors, err);

    if (status != LTREC_OK)
        return status;
    ndcg = tool_alloc(t->n, sizeof *ndcg);
    rank = t->fold->rank;
    status = rank_listeners(t, ndcg, err);
    for (size_t i = 0; i < t->n && status == LTREC_OK; i++) {
        struct cold_figures *f =
            &curve->of[((curve->n + i) * c->n_seen + level) * COLD_VECTORS +
                       (size_t)vector];

        compare(t->vectors + i * rank, t->truth + i * rank, rank, f);
        f->ndcg = ndcg[i];
        if (isnan(f->cosine))
            *f = (struct cold_figures){(double)NAN, (double)NAN, (double)NAN};
    }
    free(ndcg);
    return status;
}

static struct cold_curve *find_curve(struct cold *c, const char *name)
{
    struct cold_curve *curve = c->curves;

    while (curve < c->curves + c->n_curves && strcmp(curve->name, name) != 0)
        curve++;
    c->n_curves += curve == c->curves + c->n_curves;
    strcpy(curve->name, name);
    return curve;
}

static int judge_all(struct trial *t, const char *name, ltrec_error *err)
{
    struct cold *c = t->cold;
    struct cold_curve *curve = find_curve(c, name);
    size_t a_track = c->n_seen * COLD_VECTORS;
    int status = solve_all(t, 0, SIZE_MAX, t->truth, err);

    curve->of = tool_grow(curve->of, &curve->capacity,
                          (curve->n + t->n) * a_track, sizeof *curve->of);
    term_doing(name);
    for (size_t level = 0; level < c->n_seen; level++)
        for (int v = 0; v < COLD_VECTORS && status == LTREC_OK; v++)
            status = term_progress(NULL, level, c->n_seen) != 0
                         ? tool_fail(err, LTREC_ERR_CANCELLED, "interrupted")
                         : judge(t, curve, level, v, err);
    term_done();
    if (status == LTREC_OK)
        curve->n += t->n;
    return status;
}

static void end_trial(struct trial *t)
{
    ltrec_foldin_free(t->foldin);
    free(t->starts);
    free(t->ids);
    free(t->counts);
    free(t->seen_offsets);
    free(t->left_offsets);
    free(t->seen);
    free(t->left);
    free(t->prior);
    free(t->truth);
    free(t->vectors);
}

/* As the factors were made, but for what is asked of the prior. */
static int begin_folding(struct trial *t, ltrec_error *err)
{
    ltrec_factorize_options o;
    int status;

    ltrec_factorize_options_init(&o, sizeof o);
    status = ltrec_factorize_options_of(t->users, &o);
    o.prior_plays = t->cold->prior_plays;
    return status == LTREC_OK ? ltrec_foldin_create(t->fold->ctx, t->users, &o,
                                                    &t->foldin, err)
                              : status;
}

int cold_judge(struct fold *f, const char *name, ltrec_error *err)
{
    struct trial t = {
        .fold = f, .cold = f->options->cold, .users = f->content->users};
    int status = begin_folding(&t, err);

    t.most = t.cold->seen[t.cold->n_seen - 1];
    t.norm = (float)t.cold->prior_length *
             typical_norm(f->content->items, f->options->train.min_plays);
    take_tracks(&t);
    if (status == LTREC_OK && t.n > 0)
        status = judge_all(&t, name, err);
    end_trial(&t);
    return status;
}

void cold_free(struct cold *cold)
{
    for (size_t i = 0; i < cold->n_curves; i++)
        free(cold->curves[i].of);
}
