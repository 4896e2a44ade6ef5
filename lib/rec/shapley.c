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

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "base/random.h"

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
    double sum = 0;

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

/* The cosine, 0 when there is nothing to predict from. */
static double worth(const struct game *g, const ltrec_track *track)
{
    double dot = 0, length = 0;

    if (ltrec_predictor_run(g->predictor, track, g->predicted, NULL, NULL) !=
        LTREC_OK)
        return 0;
    for (size_t i = 0; i < g->rank; i++) {
        double x = (double)g->predicted[i];

        dot += x * (double)g->target[i];
        length += x * x;
    }
    return length > 0 ? dot / (sqrt(length) * g->length) : 0;
}

/* What is wrong with a track of which nothing can be predicted. */
static int check_track(const struct game *g, const ltrec_track *track,
                       ltrec_error *err)
{
    return ltrec_predictor_run(g->predictor, track, g->predicted, NULL, err);
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

int ltrec_explain_branches(ltrec_context *ctx, ltrec_predictor *predictor,
                           const ltrec_track *track, size_t rank,
                           const float *target,
                           double parts[LTREC_EXPLAIN_BRANCHES],
                           double *similarity, ltrec_error *err)
{
    struct game g = {ctx, predictor, rank, target, 0, NULL};
    double worths[1u << LTREC_EXPLAIN_BRANCHES] = {0};
    ltrec_track t;
    uint32_t present;
    int status;

    if (!ctx || !predictor || !track || !target || rank == 0 || !parts ||
        !similarity)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "explain: needs a predictor, a track, a target and "
                        "room");
    status = read_track(track, &t, err);
    if (status == LTREC_OK)
        status = start(&g, err);
    if (status == LTREC_OK)
        status = check_track(&g, &t, err);
    if (status == LTREC_OK) {
        present = branches_of(&t);
        for (uint32_t set = 1; set <= present; set++) {
            ltrec_track some = only(&t, set);

            if ((set & ~present) == 0)
                worths[set] = worth(&g, &some);
        }
        average_orders(worths, present, parts);
        *similarity = worths[present];
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
    size_t n, n_known;
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
                       size_t n, struct values *v)
{
    v->given = *field(t, branch);
    v->n = n;
    v->unknown = branch == LTREC_BRANCH_GENRE ? 0 : NAN;
    v->known = ltr_alloc(g->ctx, n, sizeof *v->known);
    v->order = ltr_alloc(g->ctx, n, sizeof *v->order);
    v->places = ltr_alloc(g->ctx, n, sizeof *v->places);
    if (!v->known || !v->order || !v->places)
        return LTREC_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v->given[i]) &&
            (branch != LTREC_BRANCH_GENRE || v->given[i] != 0))
            v->places[v->n_known++] = i;
    return LTREC_OK;
}

/* Add to parts[n] what each value adds, in v->order or its reverse. */
static void join(const struct game *g, const ltrec_track *t,
                 const struct values *v, bool reverse, double rest,
                 double *parts)
{
    double before = rest;

    for (size_t i = 0; i < v->n; i++)
        v->known[i] = v->unknown;
    for (size_t i = 0; i < v->n_known; i++) {
        size_t next = v->order[reverse ? v->n_known - 1 - i : i], at;
        double now;

        at = v->places[next];
        v->known[at] = v->given[at];
        now = worth(g, t);
        parts[at] += now - before;
        before = now;
    }
}

static void play(const struct game *g, ltrec_track *t, uint32_t branch,
                 const struct values *v, uint32_t orders, uint64_t seed,
                 double *parts, double *rest, double *similarity)
{
    const float **values = field(t, branch);

    for (size_t i = 0; i < v->n; i++)
        parts[i] = 0;
    *similarity = worth(g, t);
    *values = NULL;
    *rest = worth(g, t);
    *values = v->known;
    for (uint32_t o = 0; o < orders; o++) {
        ltr_random_shuffle(seed, o, v->order, v->n_known);
        join(g, t, v, false, *rest, parts);
        join(g, t, v, true, *rest, parts);
    }
    for (size_t i = 0; i < v->n; i++)
        parts[i] /= 2.0 * orders;
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

    if (!ctx || !predictor || !track || !target || rank == 0 || n == 0 ||
        !parts || !rest || !similarity || orders == 0)
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
        status = check_track(&g, &t, err);
    if (status == LTREC_OK && find_values(&g, &t, branch, n, &v) != LTREC_OK)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "explain: no memory");
    if (status == LTREC_OK)
        play(&g, &t, branch, &v, orders, seed, parts, rest, similarity);
    ltr_free(ctx, g.predicted);
    ltr_free(ctx, v.known);
    ltr_free(ctx, v.order);
    ltr_free(ctx, v.places);
    return status;
}
