/*
 * lessons.c - the branches that learn from tables: MGP, genre, artist, and
 * MLG where a machine's table is given
 *
 * Each makes a matrix of inputs for the tracks that have what it takes.
 */
#include "train/train_parts.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"

/* What sets one of these branches apart. */
struct table {
    size_t place;
    const struct ltr_names *names; /* NULL for the artist */
    size_t n_scales;
    ltr_eligible eligible;
    void (*fill)(const struct ltr_lesson *lesson, size_t row, void *arg,
                 float *out);
    void *arg;
};

static int teach(const struct ltr_lesson *l, const struct table *table,
                 struct ltr_branch **out)
{
    size_t n = table->names ? table->names->n : l->rank;
    struct ltr_sample sample;
    struct ltr_watch watch = {.options = l->options};
    struct ltr_matrix matrix;
    int status;

    if (n == 0)
        return ltr_fail(l->err, LTREC_ERR_ARGUMENT,
                        "train: the dataset has nothing for branch %s",
                        ltr_branch_names[table->place]);
    status = ltr_sample_factors(l, table->eligible, table->arg, &sample);
    if (status != LTREC_OK)
        return status;
    status = ltr_matrix_create(l->ctx, sample.n,
                               ltr_input_size(table->place, n), &matrix);
    if (status != LTREC_OK)
        ltr_fail(l->err, status, "train: no memory");
    watch.total = sample.n;
    for (size_t i = 0;
         status == LTREC_OK && i < sample.n && !ltr_watch_row(&watch, i); i++)
        table->fill(l, sample.rows[i], table->arg,
                    matrix.rows + i * matrix.width);
    if (watch.cancelled)
        status = ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled");
    if (status == LTREC_OK)
        status = ltr_teach_matrix(l, table->place, &sample, &matrix,
                                  table->n_scales, out);
    if (status == LTREC_OK && table->names &&
        ltr_names_clone(l->ctx, table->names, &(*out)->names) != LTREC_OK)
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    ltr_free(l->ctx, matrix.rows);
    ltr_sample_free(&sample);
    return status;
}

/* ---- MGP ---------------------------------------------------------------- */

static int has_attributes(const ltrec_dataset *d, size_t row, void *arg)
{
    (void)arg;
    return d->tracks[row].attributes != NULL;
}

static void fill_attributes(const struct ltr_lesson *l, size_t row, void *arg,
                            float *out)
{
    (void)arg;
    ltr_input_attributes(l->dataset->tracks[row].attributes,
                         l->dataset->attributes.n, out);
}

int ltr_teach_mgp(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    const struct table table = {LTR_MGP,
                                &lesson->dataset->attributes,
                                0,
                                has_attributes,
                                fill_attributes,
                                NULL};

    return teach(lesson, &table, out);
}

/* ---- Genre -------------------------------------------------------------- */

static int has_genres(const ltrec_dataset *d, size_t row, void *arg)
{
    (void)arg;
    return d->tracks[row].genres != NULL;
}

static void fill_genres(const struct ltr_lesson *l, size_t row, void *arg,
                        float *out)
{
    (void)arg;
    memcpy(out, l->dataset->tracks[row].genres,
           l->dataset->genres.n * sizeof *out);
}

int ltr_teach_genre(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    const struct table table = {
        LTR_GENRE, &lesson->dataset->genres, 0, has_genres, fill_genres, NULL};

    return teach(lesson, &table, out);
}

/* ---- Artist ------------------------------------------------------------- */

static int has_siblings(const ltrec_dataset *d, size_t row, void *arg)
{
    const struct ltr_siblings *siblings = arg;

    (void)d;
    return siblings->counts[row] > 0;
}

static void fill_siblings(const struct ltr_lesson *l, size_t row, void *arg,
                          float *out)
{
    const struct ltr_siblings *siblings = arg;

    ltr_input_artist(siblings->means + row * l->rank, siblings->counts[row],
                     l->rank, out);
}

int ltr_teach_artist(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    struct ltr_siblings siblings;
    const struct table table = {LTR_ARTIST,   NULL,          0,
                                has_siblings, fill_siblings, &siblings};
    int status = ltr_siblings_create(lesson, &siblings);

    if (status != LTREC_OK)
        return status;
    status = teach(lesson, &table, out);
    if (status == LTREC_OK)
        ltr_siblings_fame(lesson, &siblings, &(*out)->fame, &(*out)->usual);
    ltr_siblings_free(lesson->ctx, &siblings);
    return status;
}

/* ---- MLG from a table --------------------------------------------------- */

/* Standardised by all tracks of the dataset that have them. */
struct columns {
    struct ltr_branch scales; /* only mean, scale and n_scales */
};

static int has_machine(const ltrec_dataset *d, size_t row, void *arg)
{
    (void)arg;
    return d->tracks[row].machine != NULL;
}

static void fill_machine(const struct ltr_lesson *l, size_t row, void *arg,
                         float *out)
{
    struct columns *columns = arg;

    ltr_input_machine(&columns->scales, l->dataset->tracks[row].machine, out);
}

static int measure(const struct ltr_lesson *l, double *sums, uint64_t *counts,
                   struct columns *columns)
{
    size_t n = l->dataset->machine.n;
    struct ltr_watch watch = {.options = l->options, .total = l->dataset->n};

    for (size_t row = 0; row < l->dataset->n && !ltr_watch_row(&watch, row);
         row++) {
        const float *values = l->dataset->tracks[row].machine;

        for (size_t i = 0; values && i < n; i++) {
            if (isnan(values[i]))
                continue;
            counts[i]++;
            sums[i] += (double)values[i];
            sums[n + i] += (double)values[i] * (double)values[i];
        }
    }
    ltr_standardise(sums, sums + n, counts, n, columns->scales.mean,
                    columns->scales.scale);
    return watch.cancelled
               ? ltr_fail(l->err, LTREC_ERR_CANCELLED, "train: cancelled")
               : LTREC_OK;
}

static int teach_columns(const struct ltr_lesson *l, struct columns *columns,
                         struct ltr_branch **out)
{
    const struct table table = {
        LTR_MLG,     &l->dataset->machine, l->dataset->machine.n,
        has_machine, fill_machine,         columns};
    size_t bytes = l->dataset->machine.n * sizeof(float);
    int status = teach(l, &table, out);

    if (status == LTREC_OK) {
        memcpy((*out)->mean, columns->scales.mean, bytes);
        memcpy((*out)->scale, columns->scales.scale, bytes);
    }
    return status;
}

static int teach_from_table(const struct ltr_lesson *l,
                            struct ltr_branch **out)
{
    size_t n = l->dataset->machine.n;
    double *sums = ltr_alloc(l->ctx, 2 * n, sizeof *sums);
    uint64_t *counts = ltr_alloc(l->ctx, n, sizeof *counts);
    struct columns columns = {.scales.n_scales = n};
    int status;

    columns.scales.mean = ltr_alloc(l->ctx, n, sizeof(float));
    columns.scales.scale = ltr_alloc(l->ctx, n, sizeof(float));
    if (sums && counts && columns.scales.mean && columns.scales.scale) {
        status = measure(l, sums, counts, &columns);
        if (status == LTREC_OK)
            status = teach_columns(l, &columns, out);
    } else {
        status = ltr_fail(l->err, LTREC_ERR_MEMORY, "train: no memory");
    }
    ltr_free(l->ctx, sums);
    ltr_free(l->ctx, counts);
    ltr_free(l->ctx, columns.scales.mean);
    ltr_free(l->ctx, columns.scales.scale);
    return status;
}

int ltr_teach_mlg(const struct ltr_lesson *lesson, struct ltr_branch **out)
{
    return lesson->dataset->machine.n > 0 ? teach_from_table(lesson, out)
                                          : ltr_teach_mlg_by_ear(lesson, out);
}
