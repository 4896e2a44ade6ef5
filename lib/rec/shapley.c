/*
 * shapley.c - which branches, and which values, make a prediction similar
 *
 * A game whose players are what is known of a track, and whose worth is the
 * cosine of what is then predicted with the target.  A player's part is what
 * it adds to the worth, averaged over orders of joining: within each order
 * the additions telescope, so parts add up whatever the network does.
 */
#include <ltrec/explain.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "base/random.h"
#include "model/predictor.h"

struct game {
    ltrec_context *ctx;
    ltrec_predictor *predictor;
    size_t rank;
    const float *target;
    double length;    /* of the target */
    float *predicted; /* [rank] */
};

static int start(struct game *g, ltrec_error *err)
{
    size_t rank = ltrec_model_rank(g->predictor->model);
    double sum = 0;

    if (g->rank != rank)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "explain: a target of %zu floats, the model's have "
                        "%zu",
                        g->rank, rank);
    for (size_t i = 0; i < g->rank; i++)
        sum += (double)g->target[i] * (double)g->target[i];
    g->length = sqrt(sum);
    if (!(sum > 0) || !isfinite(sum))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: the target is zero or not finite");
    g->predicted = ltr_alloc(g->ctx, g->rank, sizeof *g->predicted);
    return g->predicted
               ? LTREC_OK
               : ltr_fail(err, LTREC_ERR_MEMORY, "explain: no memory");
}

/* The cosine with the target. */
static int run(const struct game *g, const ltrec_track *track, double *cosine,
               ltrec_error *err)
{
    double dot = 0, length = 0;
    int status =
        ltrec_predictor_run(g->predictor, track, g->predicted, NULL, err);

    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < g->rank; i++) {
        double x = (double)g->predicted[i];

        dot += x * (double)g->target[i];
        length += x * x;
    }
    *cosine = dot / (sqrt(length) * g->length);
    return LTREC_OK;
}

/*
 * The same of a part of a track that can be predicted from, 0 when there is
 * nothing left to predict from.  Values were checked with the whole, so what
 * else can fail is a prediction without direction.
 */
static int worth(const struct game *g, const ltrec_track *track,
                 double *cosine, ltrec_error *err)
{
    ltrec_error inner = {0};
    int status = run(g, track, cosine, &inner);

    if (status == LTREC_ERR_ARGUMENT && g->predictor->heard.present == 0) {
        *cosine = 0;
        return LTREC_OK;
    }
    return status == LTREC_OK ? LTREC_OK
                              : ltr_fail(err, status, "%s", inner.message);
}

static int read_track(const ltrec_track *given, ltrec_track *out,
                      ltrec_error *err)
{
    ltrec_track_init(out, sizeof *out);
    return ltr_options_read(out, sizeof *out, given, "track", err);
}

/* ---- Branches ----------------------------------------------------------- */

static uint32_t branches_of(const ltrec_track *t)
{
    return (t->mel ? LTREC_BRANCH_AUDIO : 0u) |
           (t->attributes ? LTREC_BRANCH_MGP : 0u) |
           (t->machine ? LTREC_BRANCH_MLG : 0u) |
           (t->genres ? LTREC_BRANCH_GENRE : 0u) |
           (t->artist && t->artist_tracks > 0 ? LTREC_BRANCH_ARTIST : 0u);
}

static ltrec_track only(const ltrec_track *t, uint32_t branches)
{
    ltrec_track out = *t;

    if (!(branches & LTREC_BRANCH_AUDIO))
        out.mel = NULL, out.n_frames = 0;
    if (!(branches & LTREC_BRANCH_MGP))
        out.attributes = NULL;
    if (!(branches & LTREC_BRANCH_MLG))
        out.machine = NULL;
    if (!(branches & LTREC_BRANCH_GENRE))
        out.genres = NULL;
    if (!(branches & LTREC_BRANCH_ARTIST))
        out.artist = NULL, out.artist_tracks = 0;
    return out;
}

static unsigned bits_in(uint32_t set)
{
    unsigned n = 0;

    for (; set; set &= set - 1)
        n++;
    return n;
}

static double factorial(unsigned n)
{
    return n < 2 ? 1 : n * factorial(n - 1);
}

/* Over all orders: a set of s before a player comes about in s! (n - s - 1)!
 * of n! of them. */
static void average_orders(const double *worths, uint32_t present,
                           double *parts)
{
    unsigned n = bits_in(present);

    for (uint32_t i = 0; i < LTREC_EXPLAIN_BRANCHES; i++) {
        parts[i] = 0;
        for (uint32_t set = 0; present & 1u << i && set <= present; set++) {
            unsigned s = bits_in(set);

            if ((set & ~present) == 0 && !(set & 1u << i))
                parts[i] += factorial(s) * factorial(n - s - 1) /
                            factorial(n) *
                            (worths[set | 1u << i] - worths[set]);
        }
    }
}

/* Of every set of branches; `worths` of those not present stay as they are. */
static int play_branches(const struct game *g, const ltrec_track *track,
                         uint32_t present, double *worths, ltrec_error *err)
{
    int status = run(g, track, &worths[present], err);

    for (uint32_t set = 1; set < present && status == LTREC_OK; set++) {
        ltrec_track some = only(track, set);

        if ((set & ~present) == 0)
            status = worth(g, &some, &worths[set], err);
    }
    return status;
}

int ltrec_explain_branches(ltrec_context *ctx, ltrec_predictor *predictor,
                           const ltrec_track *track, size_t rank,
                           const float *target,
                           double parts[LTREC_EXPLAIN_BRANCHES],
                           double *similarity, ltrec_error *err)
{
    struct game g = {ctx, predictor, rank, target, 0, NULL};
    double worths[1u << LTREC_EXPLAIN_BRANCHES] = {0};
    ltrec_track t;
    int status;

    if (!ctx || !predictor || !track || !target || !parts || !similarity)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: needs a predictor, a track, a target and "
                        "room");
    status = read_track(track, &t, err);
    if (status == LTREC_OK)
        status = start(&g, err);
    if (status == LTREC_OK)
        status = play_branches(&g, &t, branches_of(&t), worths, err);
    if (status == LTREC_OK) {
        average_orders(worths, branches_of(&t), parts);
        *similarity = worths[branches_of(&t)];
    }
    ltr_free(ctx, g.predicted);
    return status;
}

/* ---- Values of a branch ------------------------------------------------- */

struct values {
    const float *given; /* [n] of the track */
    float *known;       /* [n] as the network gets them */
    float unknown;      /* what stands for one that is not */
    size_t *order;      /* [n_known] */
    size_t *places;     /* [n_known], of the known ones */
    double *parts;      /* [n] */
    size_t n, n_known;
    double rest, similarity;
};

static const float **field(ltrec_track *t, uint32_t branch)
{
    switch (branch) {
    case LTREC_BRANCH_MGP:
        return &t->attributes;
    case LTREC_BRANCH_MLG:
        return &t->machine;
    default:
        return &t->genres;
    }
}

static int find_values(struct game *g, ltrec_track *t, uint32_t branch,
                       size_t n, struct values *v, ltrec_error *err)
{
    size_t wanted = ltrec_model_vocabulary(g->predictor->model, branch);

    if (n != wanted)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "explain: %zu values of branch %u, the model's has "
                        "%zu",
                        n, (unsigned)branch, wanted);
    v->given = *field(t, branch);
    v->n = n;
    v->unknown = branch == LTREC_BRANCH_GENRE ? 0 : NAN;
    v->known = ltr_alloc(g->ctx, n, sizeof *v->known);
    v->order = ltr_alloc(g->ctx, n, sizeof *v->order);
    v->places = ltr_alloc(g->ctx, n, sizeof *v->places);
    v->parts = ltr_alloc(g->ctx, n, sizeof *v->parts);
    if (!v->known || !v->order || !v->places || !v->parts)
        return ltr_fail(err, LTREC_ERR_MEMORY, "explain: no memory");
    for (size_t i = 0; i < n; i++)
        if (!isnan(v->given[i]) &&
            (branch != LTREC_BRANCH_GENRE || v->given[i] != 0))
            v->places[v->n_known++] = i;
    return LTREC_OK;
}

/* Add to v->parts what each value adds, in v->order or its reverse. */
static int join(const struct game *g, const ltrec_track *t, struct values *v,
                bool reverse, ltrec_error *err)
{
    double before = v->rest, now;

    for (size_t i = 0; i < v->n; i++)
        v->known[i] = v->unknown;
    for (size_t i = 0; i < v->n_known; i++) {
        size_t next = v->order[reverse ? v->n_known - 1 - i : i];
        size_t at = v->places[next];
        int status;

        v->known[at] = v->given[at];
        status = worth(g, t, &now, err);
        if (status != LTREC_OK)
            return status;
        v->parts[at] += now - before;
        before = now;
    }
    return LTREC_OK;
}

static int play_values(const struct game *g, ltrec_track *t, uint32_t branch,
                       struct values *v, uint32_t orders, uint64_t seed,
                       ltrec_error *err)
{
    const float **values = field(t, branch);
    int status = run(g, t, &v->similarity, err);

    *values = NULL;
    if (status == LTREC_OK)
        status = worth(g, t, &v->rest, err);
    *values = v->known;
    for (uint32_t o = 0; o < orders && status == LTREC_OK; o++) {
        ltr_random_shuffle(seed, o, v->order, v->n_known);
        status = join(g, t, v, false, err);
        if (status == LTREC_OK)
            status = join(g, t, v, true, err);
    }
    for (size_t i = 0; i < v->n; i++)
        v->parts[i] /= 2.0 * orders;
    return status;
}

static void free_values(ltrec_context *ctx, struct values *v)
{
    ltr_free(ctx, v->known);
    ltr_free(ctx, v->order);
    ltr_free(ctx, v->places);
    ltr_free(ctx, v->parts);
}

int ltrec_explain_attributes(ltrec_context *ctx, ltrec_predictor *predictor,
                             const ltrec_track *track, uint32_t branch,
                             size_t rank, const float *target, uint32_t orders,
                             uint64_t seed, size_t n, double *parts,
                             double *rest, double *similarity,
                             ltrec_error *err)
{
    struct game g = {ctx, predictor, rank, target, 0, NULL};
    struct values v = {0};
    ltrec_track t;
    int status;

    if (!ctx || !predictor || !track || !target || !parts || !rest ||
        !similarity || orders == 0)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: needs a predictor, a track, a target, "
                        "orders and room");
    status = read_track(track, &t, err);
    if (status == LTREC_OK &&
        ((branch != LTREC_BRANCH_MGP && branch != LTREC_BRANCH_MLG &&
          branch != LTREC_BRANCH_GENRE) ||
         !*field(&t, branch)))
        status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                          "explain: branch %u has no values to explain",
                          (unsigned)branch);
    if (status == LTREC_OK)
        status = start(&g, err);
    if (status == LTREC_OK)
        status = find_values(&g, &t, branch, n, &v, err);
    if (status == LTREC_OK)
        status = play_values(&g, &t, branch, &v, orders, seed, err);
    if (status == LTREC_OK) {
        memcpy(parts, v.parts, n * sizeof *parts);
        *rest = v.rest;
        *similarity = v.similarity;
    }
    ltr_free(ctx, g.predicted);
    free_values(ctx, &v);
    return status;
}
