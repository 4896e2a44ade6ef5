/*
 * test_factorize_bits.c - the same factors from any thread, and from a seed
 */
#include "kernel_sets.h"
#include "factorize_lab.h"

static void same_bits(const ltrec_factors *a, const ltrec_factors *b)
{
    ck_assert_uint_eq(ltrec_factors_count(a), ltrec_factors_count(b));
    ck_assert_mem_eq(ltrec_factors_vectors(a), ltrec_factors_vectors(b),
                     ltrec_factors_count(a) * RANK * sizeof(float));
}

START_TEST(threads_change_no_bit_with_any_kernels)
{
    o.variance = 1;
    for (int32_t set = 0; set < KERNEL_SETS; set++) {
        ltrec_factors *u1 = NULL, *i1 = NULL;
        double loss = 0;

        for (uint32_t threads = 1; threads <= 4; threads *= 2) {
            ltrec_context *with = context_with(set, threads);
            ltrec_factors *u, *i;

            if (!with)
                continue;
            ck_assert_int_eq(
                ltrec_factorize(with, x, &o, &u, &i, &report, &err), LTREC_OK);
            ltrec_context_free(with);
            if (threads == 1) {
                u1 = u;
                i1 = i;
                loss = report.loss;
                continue;
            }
            same_bits(u, u1);
            same_bits(i, i1);
            ck_assert_mem_eq(ltrec_factors_variance(i),
                             ltrec_factors_variance(i1),
                             ltrec_factors_count(i) * sizeof(float));
            ck_assert_double_eq(loss, report.loss);
            ltrec_factors_free(u);
            ltrec_factors_free(i);
        }
        ltrec_factors_free(u1);
        ltrec_factors_free(i1);
    }
}
END_TEST

START_TEST(kernels_agree_on_the_loss)
{
    double first = 0;

    for (int32_t set = LTREC_KERNELS_PORTABLE; set < KERNEL_SETS; set++) {
        ltrec_context *with = context_with(set, 1);

        if (!with)
            continue;
        ck_assert_int_eq(
            ltrec_factorize(with, x, &o, &users, &items, &report, &err),
            LTREC_OK);
        let_go();
        ltrec_context_free(with);
        if (set == LTREC_KERNELS_PORTABLE)
            first = report.loss;
        ck_assert_double_eq_tol(report.loss, first, 1e-4 * first);
    }
}
END_TEST

/* Three items that nearly all listeners played, and others that few did. */
static ltrec_interactions *make_long(ltrec_context *with, uint64_t n_users)
{
    ltrec_interactions *wide;

    ck_assert_int_eq(ltrec_interactions_create(with, NULL, &wide, NULL),
                     LTREC_OK);
    for (uint64_t user = 0; user < n_users; user++) {
        const uint64_t who[] = {user, user, user};
        const uint64_t what[] = {user % 3, (user + 1) % (4 + user % 2),
                                 10 + user % 50};
        const float counts[] = {1, 2, 1};

        ck_assert_int_eq(
            ltrec_interactions_add(wide, 3, who, what, counts, NULL),
            LTREC_OK);
    }
    ck_assert_int_eq(ltrec_interactions_finish(wide, NULL, NULL, NULL),
                     LTREC_OK);
    return wide;
}

/* Too long for the cache, and long enough to be split among threads. */
START_TEST(a_long_row_is_right_and_the_same_on_threads)
{
    uint64_t n_users = _i ? 120000 : 40000;
    double exact = 0;

    o.epochs = 2;
    o.cg_steps = 20;
    o.confidence = LTREC_CONFIDENCE_CONSTANT;
    for (uint32_t threads = 0; threads <= 4;
         threads += threads ? threads : 1) {
        ltrec_context *with = context_with(0, threads ? threads : 1);
        ltrec_interactions *wide = make_long(with, n_users);
        ltrec_factors *u, *i;

        o.solver = threads ? LTREC_SOLVER_CG : LTREC_SOLVER_CHOLESKY;
        ck_assert_int_eq(
            ltrec_factorize(with, wide, &o, &u, &i, &report, &err), LTREC_OK);
        if (threads == 0)
            exact = report.loss;
        ck_assert_double_eq_tol(report.loss, exact, 1e-4 * exact);
        if (threads == 1) {
            users = u;
            items = i;
        } else {
            if (threads > 1) {
                same_bits(u, users);
                same_bits(i, items);
            }
            ltrec_factors_free(u);
            ltrec_factors_free(i);
        }
        ltrec_interactions_free(wide);
        ltrec_context_free(with);
    }
}
END_TEST

START_TEST(a_seed_repeats_and_another_does_not)
{
    ltrec_factors *u, *i;

    factorize();
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, NULL),
                     LTREC_OK);
    same_bits(u, users);
    ltrec_factors_free(u);
    ltrec_factors_free(i);
    o.seed++;
    ck_assert_int_eq(ltrec_factorize(ctx, x, &o, &u, &i, NULL, NULL),
                     LTREC_OK);
    ck_assert_uint_ne(ltrec_factors_model_id(i),
                      ltrec_factors_model_id(items));
    ltrec_factors_free(u);
    ltrec_factors_free(i);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, threads_change_no_bit_with_any_kernels);
    tcase_add_test(tests, kernels_agree_on_the_loss);
    tcase_add_loop_test(tests, a_long_row_is_right_and_the_same_on_threads, 0,
                        2);
    tcase_add_test(tests, a_seed_repeats_and_another_does_not);
}

int main(void)
{
    return check_run("factorize bits", add_tests);
}
