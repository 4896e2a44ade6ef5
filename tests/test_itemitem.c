/*
 * test_itemitem.c - item-item weights, held against the dense model
 */
#include <unistd.h>

#include "kernel_sets.h"
#include "itemitem_lab.h"

/* ---- The dense model ---------------------------------------------------- */

static double matrix[SMALL_USERS + 1][SMALL_ITEMS]; /* X */
static double gram[SMALL_ITEMS][SMALL_ITEMS];
static double dense[SMALL_ITEMS][SMALL_ITEMS]; /* from row to column */
static size_t n_users, n_items;

static void fill_gram(void)
{
    n_users = ltrec_interactions_n_users(x);
    n_items = ltrec_interactions_n_items(x);
    memset(matrix, 0, sizeof matrix);
    for (size_t u = 0; u < n_users; u++) {
        const uint32_t *items;
        const float *counts;
        double sum = 0;
        size_t n;

        ltrec_interactions_user_row(x, u, &n, &items, &counts);
        for (size_t i = 0; i < n; i++) {
            matrix[u][items[i]] = o.value == LTREC_ITEMITEM_LOG
                                      ? log(1 + (double)counts[i] / o.epsilon)
                                      : 1;
            sum += matrix[u][items[i]];
        }
        for (size_t i = 0; i < n; i++)
            matrix[u][items[i]] *= (double)n / sum;
    }
    for (size_t i = 0; i < n_items; i++)
        for (size_t j = 0; j < n_items; j++) {
            gram[i][j] = 0;
            for (size_t u = 0; u < n_users; u++)
                gram[i][j] += matrix[u][i] * matrix[u][j];
        }
}

/* The inverse of the regularised G, by Gauss and Jordan. */
static void invert(double a[SMALL_ITEMS][2 * SMALL_ITEMS])
{
    for (size_t i = 0; i < n_items; i++) {
        double pivot = a[i][i];

        for (size_t c = 0; c < 2 * n_items; c++)
            a[i][c] /= pivot;
        for (size_t r = 0; r < n_items; r++) {
            double factor = a[r][i];

            for (size_t c = 0; r != i && c < 2 * n_items; c++)
                a[r][c] -= factor * a[i][c];
        }
    }
}

/* W = -P / diag P by columns, with P that inverse (Steck 2019, eq. 8). */
static void fit_dense(void)
{
    static double a[SMALL_ITEMS][2 * SMALL_ITEMS];

    fill_gram();
    memset(a, 0, sizeof a);
    for (size_t i = 0; i < n_items; i++) {
        for (size_t j = 0; j < n_items; j++)
            a[i][j] = gram[i][j];
        a[i][i] += o.lambda + o.dropout / (1 - o.dropout) * gram[i][i];
        a[i][n_items + i] = 1;
    }
    invert(a);
    for (size_t i = 0; i < n_items; i++)
        for (size_t j = 0; j < n_items; j++)
            dense[i][j] = i == j ? 0 : -a[i][n_items + j] / a[j][n_items + j];
}

/* A listener who played everything, so that all items share one. */
static void add_an_omnivore(void)
{
    ltrec_interactions_free(x);
    ck_assert_int_eq(ltrec_interactions_create(ctx, NULL, &x, &err), LTREC_OK);
    ltrec_interactions_add(x, plays.n - SMALL_ITEMS, plays.users, plays.items,
                           plays.counts, &err);
    for (size_t i = 0; i < SMALL_ITEMS; i++) {
        uint64_t item = 1000 + 7 * i, user = 5;

        ltrec_interactions_add(x, 1, &user, &item, &plays.counts[i], &err);
    }
    ck_assert_int_eq(ltrec_interactions_finish(x, NULL, NULL, &err), LTREC_OK);
}

START_TEST(with_every_item_a_candidate_it_is_the_dense_model)
{
    add_an_omnivore();
    o.value = _i ? LTREC_ITEMITEM_LOG : LTREC_ITEMITEM_PLAYED;
    o.epsilon = 3;
    fit();
    fit_dense();
    ck_assert_uint_eq(ltrec_itemitem_count(model), n_items);
    for (size_t i = 0; i < n_items; i++)
        for (size_t j = 0; j < n_items; j++)
            ck_assert_double_eq_tol(weight(i, j), dense[i][j], 1e-6);
}
END_TEST

START_TEST(with_few_candidates_each_item_solves_its_own_equations)
{
    o.candidates = 6;
    fit();
    fill_gram();
    for (size_t j = 0; j < n_items; j++) {
        size_t n = 0;

        /* What is left of G_Nj when the answer is put in is lambda's part. */
        for (size_t i = 0; i < n_items; i++) {
            double w = weight(i, j), left = gram[i][j];

            if (w == 0)
                continue;
            n++;
            for (size_t k = 0; k < n_items; k++)
                left -= gram[i][k] * weight(k, j);
            left -= (o.lambda + gram[i][i]) * w;
            ck_assert_double_eq_tol(left, 0, 1e-4);
        }
        ck_assert_uint_eq(n, 6);
    }
}
END_TEST

START_TEST(candidates_share_most_listeners_for_their_popularity)
{
    o.method = LTREC_ITEMITEM_COSINE;
    o.asymmetry = 0.3;
    o.candidates = 5;
    fit();
    fill_gram();
    for (size_t j = 0; j < n_items; j++) {
        double least = INFINITY;
        size_t n = 0;

        for (size_t i = 0; i < n_items; i++) {
            double size = sqrt(gram[i][i] * gram[j][j]) + o.shrinkage;
            double wanted =
                gram[i][j] /
                (pow(gram[i][i], 0.3) * pow(gram[j][j], 0.7) + o.shrinkage);

            if (weight(i, j) == 0)
                continue;
            n++;
            ck_assert_double_eq_tol(weight(i, j), wanted, 1e-6);
            least = fmin(least, gram[i][j] / size);
        }
        ck_assert_uint_eq(n, 5);
        for (size_t i = 0; i < n_items; i++)
            if (i != j && weight(i, j) == 0)
                ck_assert_double_le(
                    gram[i][j] / (sqrt(gram[i][i] * gram[j][j]) + o.shrinkage),
                    least + 1e-6);
    }
}
END_TEST

START_TEST(the_largest_weights_are_kept)
{
    static double all[SMALL_ITEMS][SMALL_ITEMS];

    fit();
    n_items = ltrec_itemitem_count(model);
    for (size_t i = 0; i < n_items; i++)
        for (size_t j = 0; j < n_items; j++)
            all[i][j] = weight(i, j);
    o.neighbours = 4;
    fit();
    ck_assert_uint_eq(ltrec_itemitem_n_weights(model), 4 * n_items);
    for (size_t j = 0; j < n_items; j++)
        for (size_t i = 0; i < n_items; i++) {
            size_t larger = 0;

            for (size_t k = 0; k < n_items; k++)
                larger += fabs(all[k][j]) > fabs(all[i][j]);
            if (i != j)
                ck_assert_double_eq(weight(i, j), larger < 4 ? all[i][j] : 0);
        }
}
END_TEST

/* ---- The same bits ------------------------------------------------------ */

static void same(const ltrec_itemitem *a, const ltrec_itemitem *b)
{
    size_t n = a->count, weights = ltrec_itemitem_n_weights(a);

    ck_assert_uint_eq(n, b->count);
    ck_assert_int_eq(a->value, b->value);
    ck_assert_double_eq(a->epsilon, b->epsilon);
    ck_assert_mem_eq(a->ids, b->ids, n * sizeof *a->ids);
    ck_assert_mem_eq(a->plays, b->plays, n * sizeof *a->plays);
    ck_assert_mem_eq(a->starts, b->starts, (n + 1) * sizeof *a->starts);
    ck_assert_mem_eq(a->others, b->others, weights * sizeof *a->others);
    ck_assert_mem_eq(a->weights, b->weights, weights * sizeof *a->weights);
}

START_TEST(threads_memory_and_kernels_do_not_change_a_bit)
{
    static const uint64_t memory[] = {0, 5000, 20000, UINT64_MAX / 2};

    o.candidates = 9;
    fit();
    for (int32_t kernels = 0; kernels < KERNEL_SETS; kernels++)
        for (uint32_t i = 0; i < 4; i++) {
            ltrec_context *other = context_with(kernels, i + 1);
            ltrec_itemitem *again;

            if (!other)
                continue;
            o.memory = memory[i];
            ck_assert_int_eq(ltrec_itemitem_fit(other, x, &o, &again, &err),
                             LTREC_OK);
            same(model, again);
            ltrec_itemitem_free(again);
            ltrec_context_free(other);
        }
}
END_TEST

START_TEST(a_file_gives_back_every_bit)
{
    static const char path[] = "/tmp/ltrec-test-itemitem-saved";
    ltrec_itemitem *loaded;

    o.candidates = 10;
    fit();
    ck_assert_int_eq(ltrec_itemitem_save(model, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_itemitem_load(ctx, path, &loaded, &err), LTREC_OK);
    same(model, loaded);
    ltrec_itemitem_free(loaded);
    ck_assert_int_eq(ltrec_interactions_save(x, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_itemitem_load(ctx, path, &loaded, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_null(loaded);
    unlink(path);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(
        tests, with_every_item_a_candidate_it_is_the_dense_model, 0, 2);
    tcase_add_test(tests,
                   with_few_candidates_each_item_solves_its_own_equations);
    tcase_add_test(tests,
                   candidates_share_most_listeners_for_their_popularity);
    tcase_add_test(tests, the_largest_weights_are_kept);
    tcase_add_test(tests, threads_memory_and_kernels_do_not_change_a_bit);
    tcase_add_test(tests, a_file_gives_back_every_bit);
}

int main(void)
{
    return check_run("itemitem", add_tests);
}
