/*
 * test_align.c - spaces turned by a known rotation, and turned back
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "math/polar.h"
#include "small_plays.h"

#define RANK 7
#define ROWS 50

static ltrec_context *ctx;
static ltrec_error err;
static double rotation[RANK][RANK]; /* any orthogonal matrix */
static uint64_t ids[ROWS];
static float old[ROWS][RANK], turned[ROWS][RANK];
static uint32_t plays[ROWS];
static const char *names[ROWS];
static ltrec_factors *from, *to, *aligned;

/* Gram and Schmidt on random vectors; `sign` -1 makes it a reflection. */
static void draw_rotation(double sign)
{
    for (size_t i = 0; i < RANK; i++) {
        double length = 0;

        for (size_t j = 0; j < RANK; j++)
            rotation[i][j] = (double)ltr_random_normal(7, i, j);
        for (size_t r = 0; r < i; r++) {
            double along = 0;

            for (size_t j = 0; j < RANK; j++)
                along += rotation[i][j] * rotation[r][j];
            for (size_t j = 0; j < RANK; j++)
                rotation[i][j] -= along * rotation[r][j];
        }
        for (size_t j = 0; j < RANK; j++)
            length += rotation[i][j] * rotation[i][j];
        for (size_t j = 0; j < RANK; j++)
            rotation[i][j] *= (i == 0 ? sign : 1) / sqrt(length);
    }
}

static ltrec_factors *make(size_t n, const uint64_t *of, float v[][RANK],
                           int known)
{
    ltrec_factors_options o;
    ltrec_factors *f;

    ltrec_factors_options_init(&o, sizeof o);
    o.plays = known ? plays : NULL;
    o.names = known ? names : NULL;
    o.feature_version = known ? 33 : 0;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, n, RANK, of, v[0], &o, &f, &err), LTREC_OK);
    return f;
}

/* `noise` parts the two spaces by more than a rotation. */
static void draw(double sign, float noise)
{
    draw_rotation(sign);
    for (size_t row = 0; row < ROWS; row++) {
        ids[row] = row * 0x9e3779b97f4a7c15u;
        plays[row] = 1 + (uint32_t)row;
        names[row] = row % 2 ? "odd" : "even";
        for (size_t j = 0; j < RANK; j++)
            old[row][j] = ltr_random_normal(8, row, j);
        for (size_t j = 0; j < RANK; j++) {
            double sum = 0;

            for (size_t k = 0; k < RANK; k++)
                sum += (double)old[row][k] * rotation[k][j];
            turned[row][j] = (float)sum + noise * ltr_random_normal(9, row, j);
        }
    }
    to = make(ROWS, ids, old, 0);
    from = make(ROWS, ids, turned, 1);
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
}

static void teardown(void)
{
    ltrec_factors_free(from);
    ltrec_factors_free(to);
    ltrec_factors_free(aligned);
    from = to = aligned = NULL;
    ltrec_context_free(ctx);
}

START_TEST(a_turned_space_is_turned_back_also_out_of_a_mirror)
{
    double found[RANK][RANK];
    ltrec_align_report report = {sizeof report, found[0], 0, 0, 0, 0};
    const float *v;

    draw(_i ? -1 : 1, 0);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, to, NULL, &aligned, &report, &err),
        LTREC_OK);
    v = ltrec_factors_vectors(aligned);
    for (size_t i = 0; i < ROWS * RANK; i++)
        ck_assert_float_eq_tol(v[i], old[i / RANK][i % RANK], 2e-5f);
    for (size_t i = 0; i < RANK; i++)
        for (size_t j = 0; j < RANK; j++)
            ck_assert_double_eq_tol(found[i][j], rotation[j][i], 1e-6);
    ck_assert_uint_eq(report.n_shared, ROWS);
    ck_assert_double_lt(report.residual, 1e-5);
    ck_assert_double_gt(report.cosine, 1 - 1e-9);
    ck_assert_uint_eq(report.kept, 1);
    ck_assert_uint_eq(ltrec_factors_model_id(aligned),
                      ltrec_factors_model_id(to));
    ck_assert_uint_eq(ltrec_factors_feature_version(aligned), 33);
    ck_assert_str_eq(ltrec_factors_name(aligned, 3), "odd");
    ck_assert_mem_eq(ltrec_factors_plays(aligned), plays, sizeof plays);
    ck_assert_mem_eq(ltrec_factors_ids(aligned), ids, sizeof ids);
}
END_TEST

START_TEST(rows_of_one_alone_are_turned_with_the_others)
{
    ltrec_factors *few;
    const float *v;

    draw(1, 0);
    few = make(ROWS / 2, ids, old, 0);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, few, NULL, &aligned, NULL, &err),
        LTREC_OK);
    v = ltrec_factors_vectors(aligned);
    ck_assert_uint_eq(ltrec_factors_count(aligned), ROWS);
    for (size_t i = 0; i < ROWS * RANK; i++)
        ck_assert_float_eq_tol(v[i], old[i / RANK][i % RANK], 2e-5f);
    ltrec_factors_free(few);
}
END_TEST

START_TEST(beyond_the_tolerance_it_is_a_space_of_its_own)
{
    ltrec_align_report report = {sizeof report, NULL, 0, 0, 0, 0};
    ltrec_align_options o;
    uint64_t id;

    draw(1, 0.8f);
    ltrec_align_options_init(&o, sizeof o);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, to, &o, &aligned, &report, &err),
        LTREC_OK);
    id = ltrec_factors_model_id(aligned);
    ck_assert_double_gt(report.residual, o.tolerance);
    ck_assert_double_lt(report.cosine, 0.95);
    ck_assert_uint_eq(report.kept, 0);
    ck_assert_uint_ne(id, ltrec_factors_model_id(to));
    ck_assert_uint_ne(id, ltrec_factors_model_id(from));
    ltrec_factors_free(aligned);
    o.tolerance = 10;
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, to, &o, &aligned, &report, &err),
        LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_model_id(aligned),
                      ltrec_factors_model_id(to));
}
END_TEST

/* The sum that Procrustes minimizes. */
static double distance(const ltrec_factors *a, int weighed)
{
    const float *v = ltrec_factors_vectors(a);
    double sum = 0;

    for (size_t i = 0; i < ROWS * RANK; i++)
        sum += (weighed ? plays[i / RANK] : 1) *
               pow((double)v[i] - (double)old[i / RANK][i % RANK], 2);
    return sum;
}

START_TEST(no_rotation_nearby_is_better_by_its_own_measure)
{
    ltrec_align_options o;
    ltrec_factors *other;

    draw(-1, 0.5f);
    ltrec_align_options_init(&o, sizeof o);
    o.weigh_by_plays = (uint32_t)_i;
    ltrec_factors_align(ctx, from, to, &o, &aligned, NULL, &err);
    o.weigh_by_plays = !_i;
    ltrec_factors_align(ctx, from, to, &o, &other, NULL, &err);
    ck_assert_double_lt(distance(aligned, _i), distance(other, _i));
    ltrec_factors_free(other);
    for (size_t i = 0; i < RANK; i++)
        for (size_t j = 0; j < i; j++)
            for (double angle = -0.01; angle < 0.02; angle += 0.02) {
                double q[RANK][RANK] = {{0}};

                for (size_t k = 0; k < RANK; k++)
                    q[k][k] = k == i || k == j ? cos(angle) : 1;
                q[i][j] = sin(angle);
                q[j][i] = -sin(angle);
                ck_assert_int_eq(
                    ltrec_factors_rotate(ctx, aligned, q[0], to, &other, &err),
                    LTREC_OK);
                ck_assert_double_lt(distance(aligned, _i),
                                    distance(other, _i));
                ltrec_factors_free(other);
            }
}
END_TEST

START_TEST(the_bits_are_the_same_at_any_thread_count)
{
    draw(1, 0.3f);
    ltrec_factors_align(ctx, from, to, NULL, &aligned, NULL, &err);
    for (uint32_t threads = 2; threads < 4; threads++) {
        ltrec_context *many = context_with(LTREC_KERNELS_AUTO, threads);
        ltrec_factors *again;

        ltrec_factors_align(many, from, to, NULL, &again, NULL, &err);
        ck_assert_mem_eq(ltrec_factors_vectors(aligned),
                         ltrec_factors_vectors(again), sizeof old);
        ltrec_factors_free(again);
        ltrec_context_free(many);
    }
}
END_TEST

/* ---- What it is for ----------------------------------------------------- */

START_TEST(a_refit_with_another_seed_answers_as_the_first_did)
{
    static struct small_plays p;
    double q[16];
    ltrec_align_report report = {sizeof report, q, 0, 0, 0, 0};
    ltrec_factors *u1, *i1, *u2, *i2, *listeners;
    ltrec_factorize_options o;
    ltrec_interactions *x;

    small_plays_draw(&p);
    x = small_plays_finished(ctx, &p);
    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = 4;
    o.epochs = 60;
    ltrec_factorize(ctx, x, &o, &u1, &i1, NULL, &err);
    o.seed = 5;
    ltrec_factorize(ctx, x, &o, &u2, &i2, NULL, &err);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, i2, i1, NULL, &aligned, &report, &err),
        LTREC_OK);
    ck_assert_double_lt(report.residual, 0.05);
    ck_assert_int_eq(
        ltrec_factors_rotate(ctx, u2, q, aligned, &listeners, &err), LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_model_id(listeners),
                      ltrec_factors_model_id(i1));
    for (size_t i = 0; i < SMALL_USERS * 4; i++)
        ck_assert_float_eq_tol(ltrec_factors_vectors(listeners)[i],
                               ltrec_factors_vectors(u1)[i], 0.05f);
    /* Folding in goes on as before. */
    ltrec_factorize_options_init(&o, sizeof o);
    ck_assert_int_eq(ltrec_factorize_options_of(aligned, &o), LTREC_OK);
    ltrec_factors_free(u1);
    ltrec_factors_free(i1);
    ltrec_factors_free(u2);
    ltrec_factors_free(i2);
    ltrec_factors_free(listeners);
    ltrec_interactions_free(x);
}
END_TEST

/* ---- Odd ones ----------------------------------------------------------- */

START_TEST(what_says_nothing_of_a_direction_still_gives_a_rotation)
{
    double m[RANK * RANK] = {0}, v[RANK * RANK], q[RANK * RANK];

    m[3 * RANK + 2] = 5; /* rank 1, or 0 */
    for (int rank = 1; rank >= 0; rank--) {
        ck_assert_double_eq(ltr_polar(m, v, q, RANK), rank * 5);
        for (size_t i = 0; i < RANK; i++)
            for (size_t j = 0; j < RANK; j++) {
                double sum = 0;

                for (size_t k = 0; k < RANK; k++)
                    sum += q[i * RANK + k] * q[j * RANK + k];
                ck_assert_double_eq_tol(sum, i == j, 1e-14);
            }
        if (rank == 1)
            ck_assert_double_eq_tol(q[3 * RANK + 2], 1, 1e-14);
        memset(m, 0, sizeof m);
    }
}
END_TEST

START_TEST(what_cannot_be_aligned_is_refused)
{
    double q[RANK][RANK] = {{0}};
    ltrec_align_options o;
    ltrec_factors *other;

    draw(1, 0);
    ltrec_align_options_init(&o, sizeof o);
    other = make(RANK - 1, ids, old, 0);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, other, NULL, &aligned, NULL, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "6 rows are in both"));
    ck_assert_ptr_null(aligned);
    ltrec_factors_free(other);
    ltrec_factors_create(ctx, ROWS, RANK - 1, ids, old[0], NULL, &other, &err);
    ck_assert_int_eq(
        ltrec_factors_align(ctx, from, other, NULL, &aligned, NULL, &err),
        LTREC_ERR_MISMATCH);
    ltrec_factors_free(other);
    o.weigh_by_plays = 1;
    ck_assert_int_eq(
        ltrec_factors_align(ctx, to, from, &o, &aligned, NULL, &err),
        LTREC_ERR_ARGUMENT);
    o.weigh_by_plays = 0;
    o.tolerance = NAN;
    ck_assert_int_eq(
        ltrec_factors_align(ctx, to, from, &o, &aligned, NULL, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_factors_rotate(ctx, from, q[0], to, &aligned, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "not orthogonal"));
}
END_TEST

static int align_scarcely(struct failing_memory *memory)
{
    ltrec_factors *made = NULL;
    ltrec_context *scarce;
    int status = failing_context(memory, &scarce);

    if (status != LTREC_OK)
        return status;
    status = ltrec_factors_align(scarce, from, to, NULL, &made, NULL, &err);
    ck_assert((status == LTREC_OK) == (made != NULL));
    ltrec_factors_free(made);
    ltrec_context_free(scarce);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    draw(1, 0);
    ck_assert_int_gt(fail_each_allocation(align_scarcely, 100), 10);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, a_turned_space_is_turned_back_also_out_of_a_mirror, 0, 2);
    tcase_add_test(tests, rows_of_one_alone_are_turned_with_the_others);
    tcase_add_test(tests, beyond_the_tolerance_it_is_a_space_of_its_own);
    tcase_add_loop_test(tests, no_rotation_nearby_is_better_by_its_own_measure,
                        0, 2);
    tcase_add_test(tests, the_bits_are_the_same_at_any_thread_count);
    tcase_add_test(tests, a_refit_with_another_seed_answers_as_the_first_did);
    tcase_add_test(tests,
                   what_says_nothing_of_a_direction_still_gives_a_rotation);
    tcase_add_test(tests, what_cannot_be_aligned_is_refused);
    tcase_add_test(tests, any_allocation_may_fail);
}

int main(void)
{
    return check_run("align", add_tests);
}
