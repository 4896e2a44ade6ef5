/*
 * als_checkpoint.c - a factorization on disk, to go on from where it was
 *
 * The vectors of both sides are all that one epoch hands to the next.  What
 * else there is says whether they belong to this run: a sum of the plays, and
 * each option that has a say in the bits.
 */
#include "cf/als_checkpoint.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/file.h"
#include "factors/factors.h"
#include "store/store.h"

#define KIND "factorization"
#define FORMAT 1

/* ---- What it was made of ------------------------------------------------ */

enum {
    N_SETTINGS = 16
};

struct setting {
    const char *name;
    double value;
};

static void settings_of(const ltrec_factorize_options *o,
                        struct setting *settings)
{
    const struct setting all[N_SETTINGS] = {
        {"rank", o->rank},
        {"form", o->form},
        {"confidence", o->confidence},
        {"lambda", o->lambda},
        {"nu", o->nu},
        {"item_power", o->item_power},
        {"alpha", o->alpha},
        {"epsilon", o->epsilon},
        {"init_scale", o->init_scale},
        {"solver", o->solver},
        {"cg_steps", o->cg_steps},
        {"patience", o->patience},
        {"validation_share", o->validation_share},
        {"seed, upper half", (double)(o->seed >> 32)},
        {"seed", (double)(uint32_t)o->seed},
        {"alpha0", o->alpha0}, /* may follow from those above */
    };

    memcpy(settings, all, sizeof all);
}

static uint64_t sum_of_pairs(uint64_t sum, const struct ltr_pairs *pairs)
{
    size_t n = (size_t)pairs->starts[pairs->n];

    sum = ltr_checksum(sum, pairs->ids, pairs->n * sizeof *pairs->ids);
    sum = ltr_checksum(sum, pairs->starts,
                       (pairs->n + 1) * sizeof *pairs->starts);
    sum = ltr_checksum(sum, pairs->others, n * sizeof *pairs->others);
    return ltr_checksum(sum, pairs->counts, n * sizeof *pairs->counts);
}

static uint64_t sum_of_plays(const struct ltr_run *run)
{
    const ltrec_interactions *dislikes = run->options.dislikes;
    const struct ltr_pairs *items = &run->plays->by_item;
    uint64_t sum = sum_of_pairs(1, &run->plays->by_user);

    sum = ltr_checksum(sum, items->ids, items->n * sizeof *items->ids);
    if (dislikes && dislikes->n_pairs > 0) {
        sum = sum_of_pairs(sum, &dislikes->by_user);
        sum = ltr_checksum(sum, dislikes->by_item.ids,
                           dislikes->by_item.n * sizeof(uint64_t));
    }
    return sum;
}

static uint64_t sum_of_prior(const struct ltr_run *run)
{
    const ltrec_factors *prior = run->options.item_prior;
    uint64_t sum;

    if (!prior)
        return 0;
    sum = ltr_checksum(1, prior->ids, prior->count * sizeof *prior->ids);
    return ltr_checksum(sum, prior->vectors,
                        prior->count * prior->rank * sizeof(float));
}

void ltr_run_identify(struct ltr_run *run)
{
    run->plays_sum = sum_of_plays(run);
    run->prior_sum = sum_of_prior(run);
}

/* ---- Saving ------------------------------------------------------------- */

int ltr_run_save(const struct ltr_run *run, ltrec_error *err)
{
    const struct ltr_validation *v = &run->validation;
    struct setting settings[N_SETTINGS];
    double values[N_SETTINGS];
    size_t n_settings = N_SETTINGS, epochs = run->report.n_epochs;
    size_t users[] = {run->users.pairs->n, run->width};
    size_t items[] = {run->items.pairs->n, run->width};
    struct ltr_writer *w;
    int status = ltr_store_create(run->ctx, KIND, FORMAT, &w, err);

    if (status != LTREC_OK)
        return status;
    settings_of(&run->options, settings);
    for (size_t i = 0; i < N_SETTINGS; i++)
        values[i] = settings[i].value;
    ltr_store_number(w, "ltrec.epoch", epochs);
    ltr_store_number(w, "ltrec.plays", run->plays_sum);
    ltr_store_number(w, "ltrec.prior", run->prior_sum);
    ltr_store_number(w, "ltrec.best_epoch", v->best_epoch);
    ltr_store_real(w, "ltrec.best", v->best);
    ltr_store_tensor(w, "settings", LTR_F64, 1, &n_settings, values);
    ltr_store_tensor(w, "losses", LTR_F64, 1, &epochs, run->losses);
    ltr_store_tensor(w, "users", LTR_F32, 2, users, run->users.vectors);
    ltr_store_tensor(w, "items", LTR_F32, 2, items, run->items.vectors);
    if (v->best_epoch > 0) {
        ltr_store_tensor(w, "best_users", LTR_F32, 2, users, v->best_users);
        ltr_store_tensor(w, "best_items", LTR_F32, 2, items, v->best_items);
    }
    return ltr_store_save(w, run->options.checkpoint, err);
}

/* ---- Loading ------------------------------------------------------------ */

static int check_number(const struct ltr_reader *r, const char *key,
                        uint64_t wanted, const char *what, ltrec_error *err)
{
    uint64_t found;
    int status = ltr_store_find_number(r, key, 0, UINT64_MAX, &found, err);

    if (status == LTREC_OK && found != wanted)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "factorize: the checkpoint is of %s", what);
    return status;
}

static int check_settings(const struct ltr_run *run,
                          const struct ltr_reader *r, ltrec_error *err)
{
    struct setting settings[N_SETTINGS];
    size_t n[] = {N_SETTINGS};
    const void *found;
    int status = ltr_store_get(r, "settings", LTR_F64, 1, n, &found, err);

    if (status != LTREC_OK)
        return status;
    settings_of(&run->options, settings);
    for (size_t i = 0; i < N_SETTINGS; i++) {
        double value = ((const double *)found)[i];

        if (value != settings[i].value)
            return ltr_fail(err, LTREC_ERR_MISMATCH,
                            "factorize: the checkpoint is of %s %g, not %g",
                            settings[i].name, value, settings[i].value);
    }
    return LTREC_OK;
}

/* Vectors of one side, into memory that is there already. */
static int take_vectors(const struct ltr_run *run, const struct ltr_reader *r,
                        const char *name, size_t n, float *to,
                        ltrec_error *err)
{
    size_t shape[] = {n, run->width};
    const float *found;
    int status = ltr_store_get_floats(r, name, 2, shape, &found, err);

    if (status != LTREC_OK)
        return status;
    /* Past the rank there are zeros, or the sweeps would not work. */
    for (size_t row = 0; row < n; row++)
        for (size_t i = run->options.rank; i < run->width; i++)
            if (found[row * run->width + i] != 0)
                return ltr_fail(err, LTREC_ERR_FORMAT,
                                "factorize: row %zu of '%s' goes on past "
                                "its rank",
                                row, name);
    memcpy(to, found, n * run->width * sizeof *to);
    return LTREC_OK;
}

static int take_sides(struct ltr_run *run, const struct ltr_reader *r,
                      ltrec_error *err)
{
    size_t n_users = run->users.pairs->n, n_items = run->items.pairs->n;
    struct ltr_validation *v = &run->validation;
    int status =
        take_vectors(run, r, "users", n_users, run->users.vectors, err);

    if (status == LTREC_OK)
        status =
            take_vectors(run, r, "items", n_items, run->items.vectors, err);
    if (status == LTREC_OK && v->best_epoch > 0)
        status =
            take_vectors(run, r, "best_users", n_users, v->best_users, err);
    if (status == LTREC_OK && v->best_epoch > 0)
        status =
            take_vectors(run, r, "best_items", n_items, v->best_items, err);
    return status;
}

static int take_progress(struct ltr_run *run, const struct ltr_reader *r,
                         ltrec_error *err)
{
    struct ltr_validation *v = &run->validation;
    uint64_t epoch, best_epoch;
    size_t n[1];
    const void *losses;
    int status =
        ltr_store_find_number(r, "ltrec.epoch", 1, UINT32_MAX, &epoch, err);

    if (status == LTREC_OK && epoch > run->options.epochs)
        return ltr_fail(err, LTREC_ERR_MISMATCH,
                        "factorize: the checkpoint is of epoch %llu, past "
                        "the %u that are wanted",
                        (unsigned long long)epoch, run->options.epochs);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.best_epoch", v->on,
                                       v->on ? epoch : 0, &best_epoch, err);
    if (status == LTREC_OK)
        status = ltr_store_find_real(r, "ltrec.best", 0, 1, &v->best, err);
    if (status != LTREC_OK)
        return status;
    n[0] = (size_t)epoch;
    status = ltr_store_get(r, "losses", LTR_F64, 1, n, &losses, err);
    if (status != LTREC_OK)
        return status;
    memcpy(run->losses, losses, n[0] * sizeof *run->losses);
    run->report.n_epochs = n[0];
    v->best_epoch = (size_t)best_epoch;
    return LTREC_OK;
}

static int take(struct ltr_run *run, const struct ltr_reader *r,
                ltrec_error *err)
{
    int status =
        check_number(r, "ltrec.plays", run->plays_sum, "other plays", err);

    if (status == LTREC_OK)
        status = check_settings(run, r, err);
    if (status == LTREC_OK)
        status = check_number(r, "ltrec.prior", run->prior_sum,
                              "another prior", err);
    if (status == LTREC_OK)
        status = take_progress(run, r, err);
    if (status == LTREC_OK)
        status = take_sides(run, r, err);
    return status;
}

int ltr_run_parse(struct ltr_run *run, const void *bytes, size_t size,
                  ltrec_error *err)
{
    struct ltr_reader *r;
    int status = ltr_store_parse(run->ctx, bytes, size, KIND, FORMAT, &r, err);

    if (status != LTREC_OK)
        return status;
    status = take(run, r, err);
    ltr_store_close(r);
    return status;
}

int ltr_run_load(struct ltr_run *run, ltrec_error *err)
{
    const char *path = run->options.checkpoint;
    ltrec_error inner = {0};
    struct ltr_reader *r;
    int status;

    if (ltr_file_is_missing(path))
        return LTREC_OK;
    status = ltr_store_open(run->ctx, path, KIND, FORMAT, 0, &r, err);
    if (status != LTREC_OK)
        return status;
    status = take(run, r, &inner);
    ltr_store_close(r);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}
