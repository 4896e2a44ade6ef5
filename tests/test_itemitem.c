/*
 * test_itemitem.c - item-item weights, held against the dense model
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "cf/itemitem.h"
#include "failing_memory.h"
#include "kernel_sets.h"
#include "small_plays.h"

static struct small_plays plays;
static ltrec_context *ctx;
static ltrec_interactions *x;
static ltrec_itemitem_options o;
static ltrec_itemitem *model;
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    small_plays_draw(&plays);
    x = small_plays_finished(ctx, &plays);
    ltrec_itemitem_options_init(&o, sizeof o);
    o.lambda = 5;
}

static void teardown(void)
{
    ltrec_itemitem_free(model);
    model = NULL;
    ltrec_interactions_free(x);
    ltrec_context_free(ctx);
}

static void fit(void)
{
    ltrec_itemitem_free(model);
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, x, &o, &model, &err), LTREC_OK);
}

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

static double weight(size_t i, size_t j)
{
    const uint32_t *others;
    const float *weights;
    size_t n;

    ltrec_itemitem_row(model, i, &n, &others, &weights);
    for (size_t p = 0; p < n; p++)
        if (others[p] == j)
            return (double)weights[p];
    return 0;
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

/* ---- Asking ------------------------------------------------------------- */

START_TEST(scores_are_the_sum_of_their_parts)
{
    uint64_t ids[] = {1000, 5, 1014, 1007};
    float counts[] = {3, 9, 1, 8}, parts[4];
    float scores[SMALL_ITEMS];
    size_t known;

    fit();
    ck_assert_int_eq(
        ltrec_itemitem_score(model, 4, ids, counts, scores, &known, &err),
        LTREC_OK);
    ck_assert_uint_eq(known, 3);
    for (size_t item = 0; item < model->count; item++) {
        double mean = (log(4) + log(2) + log(9)) / 3, sum = 0;

        sum += log(4) / mean * weight(0, item);
        sum += log(2) / mean * weight(2, item);
        sum += log(9) / mean * weight(1, item);
        ck_assert_double_eq_tol((double)scores[item], sum, 1e-6);
        ck_assert_int_eq(ltrec_itemitem_parts(model, model->ids[item], 4, ids,
                                              counts, parts, &err),
                         LTREC_OK);
        sum = 0;
        for (size_t i = 0; i < 4; i++)
            sum += (double)parts[i];
        ck_assert_double_eq(parts[1], 0);
        ck_assert_double_eq_tol((double)scores[item], sum, 1e-6);
    }
}
END_TEST

START_TEST(nobody_plays_nothing_and_scores_zero)
{
    float scores[SMALL_ITEMS];
    uint64_t stranger = 1;
    size_t known;

    fit();
    for (size_t n = 0; n < 2; n++) {
        memset(scores, 0xff, sizeof scores);
        ck_assert_int_eq(ltrec_itemitem_score(model, n, &stranger, NULL,
                                              scores, &known, &err),
                         LTREC_OK);
        ck_assert_uint_eq(known, 0);
        for (size_t i = 0; i < model->count; i++)
            ck_assert_double_eq(scores[i], 0);
    }
}
END_TEST

START_TEST(similar_items_are_those_a_play_speaks_for_most)
{
    uint64_t ids[SMALL_ITEMS];
    float weights[SMALL_ITEMS];
    size_t n, item, positive = 0;

    fit();
    n_items = ltrec_itemitem_count(model);
    ck_assert_int_eq(
        ltrec_itemitem_similar(model, 1007, SMALL_ITEMS, ids, weights, &n),
        LTREC_OK);
    for (size_t j = 0; j < n_items; j++)
        positive += weight(1, j) > 0;
    ck_assert_uint_eq(n, positive);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(ltrec_itemitem_find(model, ids[i], &item), LTREC_OK);
        ck_assert_double_eq((double)weights[i], weight(1, item));
        ck_assert(i == 0 || weights[i - 1] >= weights[i]);
    }
    ck_assert_int_eq(ltrec_itemitem_similar(model, 1007, 2, ids, weights, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(ltrec_itemitem_similar(model, 8, 2, ids, weights, &n),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

/* ---- What is refused ---------------------------------------------------- */

static void refused(const char *what)
{
    ltrec_itemitem *none = (ltrec_itemitem *)&err;

    ck_assert_int_eq(ltrec_itemitem_fit(ctx, x, &o, &none, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(none);
    ck_assert_msg(strstr(err.message, what) != NULL, "%s", err.message);
    ltrec_itemitem_options_init(&o, sizeof o);
}

START_TEST(options_outside_their_range_are_named)
{
    o.method = 3, refused("method is 3");
    o.value = 0, refused("value is 0");
    o.candidates = 0, refused("0 candidates");
    o.candidates = 5000, refused("5000 candidates");
    o.neighbours = 0, refused("0 neighbours");
    o.epsilon = 0, refused("epsilon is 0");
    o.lambda = 0, refused("lambda is 0");
    o.lambda = NAN, refused("lambda is nan");
    o.dropout = 1, refused("dropout is 1");
    o.shrinkage = -1, refused("shrinkage is -1");
    o.asymmetry = 2, refused("asymmetry is 2");
}
END_TEST

START_TEST(equations_without_an_answer_are_named)
{
    uint64_t user[] = {1, 1, 1}, item[] = {1, 2, 3};
    float count[] = {1, 1, 1};
    ltrec_interactions *one;

    ltrec_interactions_create(ctx, NULL, &one, NULL);
    ltrec_interactions_add(one, 3, user, item, count, NULL);
    ltrec_interactions_finish(one, NULL, NULL, NULL);
    o.lambda = 1e-300;
    o.dropout = 0;
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, one, &o, &model, &err),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "larger lambda"));
    ltrec_interactions_free(one);
}
END_TEST

START_TEST(counts_that_are_none_are_named)
{
    uint64_t ids[] = {1000, 1007};
    float counts[] = {1, NAN}, scores[SMALL_ITEMS], parts[2];

    fit();
    ck_assert_int_eq(
        ltrec_itemitem_score(model, 2, ids, counts, scores, NULL, &err),
        LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "count 1 is nan"));
    ck_assert_int_eq(ltrec_itemitem_parts(model, 3, 2, ids, NULL, parts, &err),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(plays_that_are_not_finished_wait)
{
    ltrec_interactions *open;

    ltrec_interactions_create(ctx, NULL, &open, NULL);
    ck_assert_int_eq(ltrec_itemitem_fit(ctx, open, &o, &model, &err),
                     LTREC_ERR_STATE);
    ltrec_interactions_free(open);
}
END_TEST

START_TEST(nothing_and_next_to_nothing_are_models_too)
{
    uint64_t id = 7, found;
    float count = 1e30f, score;
    ltrec_interactions *few;
    size_t n;

    for (size_t rows = 0; rows < 2; rows++) {
        ltrec_interactions_create(ctx, NULL, &few, NULL);
        ltrec_interactions_add(few, rows, &id, &id, &count, NULL);
        ltrec_interactions_finish(few, NULL, NULL, NULL);
        ltrec_itemitem_free(model);
        ck_assert_int_eq(ltrec_itemitem_fit(ctx, few, &o, &model, &err),
                         LTREC_OK);
        ltrec_interactions_free(few);
        ck_assert_uint_eq(ltrec_itemitem_count(model), rows);
        ck_assert_uint_eq(ltrec_itemitem_n_weights(model), 0);
        ck_assert_int_eq(
            ltrec_itemitem_score(model, 1, &id, &count, &score, &n, &err),
            LTREC_OK);
        ck_assert_uint_eq(n, rows);
    }
    ck_assert_int_eq(ltrec_itemitem_similar(model, 7, 1, &found, &score, &n),
                     LTREC_OK);
    ck_assert_uint_eq(n, 0);
}
END_TEST

/* ---- Stopping, memory, files -------------------------------------------- */

static int calls_left;
static uint64_t last_done, last_total;

static int count_down(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    ck_assert_uint_ge(done, last_done);
    last_done = done;
    last_total = total;
    return calls_left-- == 0;
}

START_TEST(progress_reaches_its_total_and_can_stop_at_any_report)
{
    int calls = 0, status;

    o.memory = 0; /* a pass for every item */
    o.progress = count_down;
    do {
        calls_left = calls++;
        last_done = 0;
        status = ltrec_itemitem_fit(ctx, x, &o, &model, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_CANCELLED);
        ck_assert((status == LTREC_OK) == (model != NULL));
    } while (status != LTREC_OK);
    ck_assert_int_gt(calls, 10);
    ck_assert_uint_eq(last_done, last_total);
}
END_TEST

static int fit_and_load(struct failing_memory *memory)
{
    static const char path[] = "/tmp/ltrec-test-itemitem";
    ltrec_interactions *small = NULL;
    ltrec_itemitem *made = NULL, *loaded = NULL;
    ltrec_context *scarce;
    ltrec_itemitem_options few;
    int status = failing_context(memory, &scarce);

    ltrec_itemitem_options_init(&few, sizeof few);
    few.candidates = 4;
    if (status == LTREC_OK)
        status = ltrec_interactions_create(scarce, NULL, &small, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_add(small, 50, plays.users, plays.items,
                                        plays.counts, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(small, NULL, NULL, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_fit(scarce, small, &few, &made, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_save(made, path, &err);
    if (status == LTREC_OK)
        status = ltrec_itemitem_load(scarce, path, &loaded, &err);
    ck_assert((status == LTREC_OK) == (loaded != NULL));
    ltrec_itemitem_free(loaded);
    ltrec_itemitem_free(made);
    ltrec_interactions_free(small);
    ltrec_context_free(scarce);
    unlink(path);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    ck_assert_int_gt(fail_each_allocation(fit_and_load, 200), 40);
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
    tcase_add_test(tests, scores_are_the_sum_of_their_parts);
    tcase_add_test(tests, nobody_plays_nothing_and_scores_zero);
    tcase_add_test(tests, similar_items_are_those_a_play_speaks_for_most);
    tcase_add_test(tests, options_outside_their_range_are_named);
    tcase_add_test(tests, equations_without_an_answer_are_named);
    tcase_add_test(tests, counts_that_are_none_are_named);
    tcase_add_test(tests, plays_that_are_not_finished_wait);
    tcase_add_test(tests, nothing_and_next_to_nothing_are_models_too);
    tcase_add_test(tests,
                   progress_reaches_its_total_and_can_stop_at_any_report);
    tcase_add_test(tests, any_allocation_may_fail);
    tcase_add_test(tests, a_file_gives_back_every_bit);
}

int main(void)
{
    return check_run("itemitem", add_tests);
}
