/*
 * listener.c - who asks: from plays, thumbs and seeds to one vector
 *
 * Plays are folded in as factorizing would have had them (ltrec/factorize.h),
 * against the tracks' vectors of blend.c, so that one without plays counts as
 * well.  A thumb is a pair of that weight: its target is 1 up and 0 down.
 *
 *     (alpha0 G + rho I + sum of w v v') x = sum over all but thumbs down of
 *                                            w v
 *
 * The right-hand side is a sum over the past, and so is the score of a track
 * t, x.t = sum of w v.(A^-1 t): each event has its share (Hu, Koren and
 * Volinsky 2008, section 5).
 */
#include "rec/recommender.h"

#include <math.h>

#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "base/options.h"
#include "cf/foldin.h"
#include "math/sort.h"

static const ltrec_listener defaults = {
    .size = sizeof defaults,
    .thumb = 3,
};

void ltrec_listener_init(ltrec_listener *listener, size_t size)
{
    ltr_options_init(listener, size, &defaults, sizeof defaults);
}

/* ---- Checking ----------------------------------------------------------- */

static int check_plays(const ltrec_listener *l, ltrec_error *err)
{
    for (size_t i = 0; i < l->n_played; i++) {
        if (l->counts && (!(l->counts[i] > 0) || !isfinite(l->counts[i])))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "listener: count %zu is %g, must be above 0 and "
                            "finite",
                            i, (double)l->counts[i]);
        if (l->ages && (!(l->ages[i] >= 0) || !isfinite(l->ages[i])))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "listener: age %zu is %g, must be 0 or more", i,
                            l->ages[i]);
    }
    return LTREC_OK;
}

static int check(const ltrec_listener *l, ltrec_error *err)
{
    if ((l->n_played > 0 && !l->played) || (l->n_liked > 0 && !l->liked) ||
        (l->n_disliked > 0 && !l->disliked) || (l->n_seeds > 0 && !l->seeds))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "listener: a list of ids is NULL");
    if (l->n_played > UINT32_MAX || l->n_liked > UINT32_MAX ||
        l->n_disliked > UINT32_MAX || l->n_seeds > UINT32_MAX ||
        l->n_played + l->n_liked + l->n_disliked + l->n_seeds > UINT32_MAX)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "listener: more than 2^32 - 1 ids");
    if (!(l->thumb > 0) || !isfinite(l->thumb) || !(l->half_life >= 0) ||
        !isfinite(l->half_life))
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "listener: thumb %g must be above 0 and half_life %g "
                        "0 or more",
                        l->thumb, l->half_life);
    return check_plays(l, err);
}

/* ---- Events ------------------------------------------------------------- */

/* Entry `i` of all lists in a row: played, liked, seeds, disliked. */
static uint64_t id_at(const ltrec_listener *l, size_t i)
{
    if (i < l->n_played)
        return l->played[i];
    i -= l->n_played;
    if (i < l->n_liked)
        return l->liked[i];
    i -= l->n_liked;
    return i < l->n_seeds ? l->seeds[i] : l->disliked[i - l->n_seeds];
}

/* What is known of one track, before it is one weight. */
struct past {
    double count, recent; /* plays, and what is left of them by now */
    size_t thumbs;
    bool disliked;
};

static void remember(struct past *p, const ltrec_listener *l, size_t i)
{
    double count, age;

    if (i >= l->n_played) {
        p->disliked |= i >= l->n_played + l->n_liked + l->n_seeds;
        p->thumbs++;
        return;
    }
    count = l->counts ? (double)l->counts[i] : 1;
    age = l->ages && l->half_life > 0 ? l->ages[i] / l->half_life : 0;
    p->count += count;
    p->recent += count * exp2(-age);
}

static double weigh(const ltrec_recommender *r, double count)
{
    return r->foldin ? ltr_recipe_weight(&r->foldin->recipe, (float)count)
                     : log1p(count);
}

static struct ltr_event event_of(const ltrec_recommender *r, uint32_t row,
                                 const struct past *p, double thumb)
{
    double thumbs = (double)p->thumbs * thumb, weight = 0;

    if (p->disliked)
        return (struct ltr_event){row, (float)(-thumb * weigh(r, 1)), 0};
    if (p->count > 0)
        weight = weigh(r, p->count) * p->recent / p->count;
    return (struct ltr_event){row, (float)(weight + thumbs * weigh(r, 1)),
                              (float)(p->recent + thumbs)};
}

static void gather(const ltrec_recommender *r, const ltrec_listener *l,
                   uint64_t *keys, struct ltr_profile *out)
{
    size_t n = l->n_played + l->n_liked + l->n_seeds + l->n_disliked;
    size_t n_keys = 0;

    for (size_t i = 0; i < n; i++) {
        size_t row = ltr_rec_row(r, id_at(l, i));

        if (row != LTR_NO_ROW)
            keys[n_keys++] = (uint64_t)row << 32 | i;
    }
    ltr_sort_in_place(keys, n_keys);
    for (size_t at = 0; at < n_keys;) {
        uint32_t row = (uint32_t)(keys[at] >> 32);
        struct past past = {0};

        for (; at < n_keys && keys[at] >> 32 == row; at++)
            remember(&past, l, (size_t)(uint32_t)keys[at]);
        out->events[out->n_events++] = event_of(r, row, &past, l->thumb);
    }
    for (size_t i = 0; i < out->n_events; i++)
        if (out->events[i].plays > 0) {
            out->ids[out->n_spoken] = r->ids[out->events[i].row];
            out->plays[out->n_spoken++] = out->events[i].plays;
        }
}

/* ---- The vector --------------------------------------------------------- */

static const float *vector_at(const ltrec_recommender *r, size_t row)
{
    return r->vectors + row * r->rank;
}

static bool has_vector(const ltrec_recommender *r, size_t row)
{
    return r->lengths[row] > 0;
}

/* What a play of weight w adds, as folding in does. */
static double pull_of(const ltrec_recommender *r, size_t row, double w)
{
    double emphasis = 1;
    size_t at;

    if (ltrec_factors_find(r->foldin->others, r->ids[row], &at) == LTREC_OK)
        emphasis = ltr_foldin_emphasis(r->foldin, at);
    return ltr_recipe_pull(&r->foldin->recipe, w, emphasis);
}

/* The matrix of the equations above, in e->a. */
static void build(const ltrec_recommender *r, const struct ltr_profile *p,
                  const struct ltr_exact *e)
{
    const struct ltr_recipe *recipe = &r->foldin->recipe;
    size_t n = 0;

    for (size_t i = 0; i < p->n_events; i++)
        n += has_vector(r, p->events[i].row);
    ltr_exact_begin(e, r->foldin->gram, recipe->alpha0,
                    ltr_recipe_rho(recipe, n, r->foldin->n_others, 1), NULL);
    for (size_t i = 0; i < p->n_events; i++) {
        double w = (double)p->events[i].weight;

        if (has_vector(r, p->events[i].row))
            ltr_exact_add(e, vector_at(r, p->events[i].row), fabs(w),
                          w > 0 ? pull_of(r, p->events[i].row, w) : 0);
    }
}

static int make_exact(const ltrec_recommender *r, struct ltr_exact *e)
{
    e->rank = r->rank;
    e->a = ltr_alloc(r->ctx, r->rank * r->rank, sizeof *e->a);
    e->b = ltr_alloc(r->ctx, r->rank, sizeof *e->b);
    return e->a && e->b ? LTREC_OK : LTREC_ERR_MEMORY;
}

static void free_exact(const ltrec_recommender *r, struct ltr_exact *e)
{
    ltr_free(r->ctx, e->a);
    ltr_free(r->ctx, e->b);
}

static int fold_in(const ltrec_recommender *r, struct ltr_profile *p)
{
    struct ltr_exact e = {0};
    int status = make_exact(r, &e);

    if (status == LTREC_OK) {
        build(r, p, &e);
        if (ltr_exact_solve(&e, p->vector) != 0)
            status = LTREC_ERR_ARGUMENT;
    }
    free_exact(r, &e);
    return status;
}

/* Without an equation: the mean direction of the past. */
static void average(const ltrec_recommender *r, const struct ltr_profile *p)
{
    for (size_t i = 0; i < p->n_events; i++) {
        size_t row = p->events[i].row;

        for (size_t j = 0; has_vector(r, row) && j < r->rank; j++)
            p->vector[j] +=
                p->events[i].weight * vector_at(r, row)[j] / r->lengths[row];
    }
}

static int find_vector(const ltrec_recommender *r, struct ltr_profile *p)
{
    double sum = 0;
    size_t known = 0;
    int status = LTREC_OK;

    for (size_t i = 0; i < p->n_events; i++)
        known += p->events[i].weight > 0 && has_vector(r, p->events[i].row);
    if (known == 0)
        return LTREC_OK;
    if (r->foldin && !p->is_track)
        status = fold_in(r, p);
    else
        average(r, p);
    for (size_t i = 0; i < r->rank; i++)
        sum += (double)p->vector[i] * (double)p->vector[i];
    p->length = sqrt(sum);
    return status;
}

int ltr_profile_create(const ltrec_recommender *r, const ltrec_listener *given,
                       struct ltr_profile *out, ltrec_error *err)
{
    ltrec_listener l = defaults;
    uint64_t *keys;
    size_t n;
    ltr_fpu saved;
    int status = ltr_options_read(&l, sizeof l, given, "listener", err);

    if (status == LTREC_OK)
        status = check(&l, err);
    if (status != LTREC_OK)
        return status;
    n = l.n_played + l.n_liked + l.n_seeds + l.n_disliked;
    *out = (struct ltr_profile){.ctx = r->ctx};
    out->is_track = l.n_seeds > 0 && l.n_seeds == n;
    out->events = ltr_alloc(r->ctx, n, sizeof *out->events);
    out->vector = ltr_alloc(r->ctx, r->rank, sizeof *out->vector);
    out->ids = ltr_alloc(r->ctx, n, sizeof *out->ids);
    out->plays = ltr_alloc(r->ctx, n, sizeof *out->plays);
    keys = ltr_alloc(r->ctx, n, sizeof *keys);
    if (!out->events || !out->vector || !out->ids || !out->plays || !keys) {
        status = LTREC_ERR_MEMORY;
    } else {
        saved = ltr_flush_begin();
        gather(r, &l, keys, out);
        status = find_vector(r, out);
        ltr_flush_end(saved);
    }
    ltr_free(r->ctx, keys);
    if (status == LTREC_OK)
        return LTREC_OK;
    ltr_profile_free(out);
    return ltr_fail(err, status,
                    status == LTREC_ERR_MEMORY
                        ? "listener: no memory"
                        : "listener: counts too large to fold in");
}

void ltr_profile_free(struct ltr_profile *profile)
{
    ltr_free(profile->ctx, profile->events);
    ltr_free(profile->ctx, profile->vector);
    ltr_free(profile->ctx, profile->ids);
    ltr_free(profile->ctx, profile->plays);
}

/* ---- Shares ------------------------------------------------------------- */

/* e->b = the solution of the equations for another right-hand side. */
static int solve_toward(const ltrec_recommender *r,
                        const struct ltr_profile *p, const float *toward,
                        const struct ltr_exact *e)
{
    float *unused = ltr_alloc(r->ctx, r->rank, sizeof *unused);
    int status = unused ? LTREC_OK : LTREC_ERR_MEMORY;

    if (status == LTREC_OK) {
        build(r, p, e);
        for (size_t i = 0; i < r->rank; i++)
            e->b[i] = (double)toward[i];
        if (ltr_exact_solve(e, unused) != 0)
            status = LTREC_ERR_ARGUMENT;
    }
    ltr_free(r->ctx, unused);
    return status;
}

int ltr_profile_shares(const ltrec_recommender *r,
                       const struct ltr_profile *profile, const float *toward,
                       double *shares)
{
    struct ltr_exact e = {0};
    bool folded = r->foldin && !profile->is_track;
    int status = LTREC_OK;

    if (folded) {
        status = make_exact(r, &e);
        if (status == LTREC_OK)
            status = solve_toward(r, profile, toward, &e);
    }
    for (size_t i = 0; status == LTREC_OK && i < profile->n_events; i++) {
        size_t row = profile->events[i].row;
        double w = (double)profile->events[i].weight, sum = 0;

        shares[i] = 0;
        if (!has_vector(r, row) || (folded && w < 0))
            continue;
        for (size_t j = 0; j < r->rank; j++)
            sum += (double)vector_at(r, row)[j] *
                   (folded ? e.b[j] : (double)toward[j]);
        shares[i] = folded ? pull_of(r, row, w) * sum
                           : w * sum / (double)r->lengths[row];
    }
    free_exact(r, &e);
    return status;
}
