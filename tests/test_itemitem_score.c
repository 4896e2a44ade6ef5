/*
 * test_itemitem_score.c - asking an item-item model
 */
#include "itemitem_lab.h"

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
    size_t n, item, n_items, positive = 0;

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

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, scores_are_the_sum_of_their_parts);
    tcase_add_test(tests, nobody_plays_nothing_and_scores_zero);
    tcase_add_test(tests, similar_items_are_those_a_play_speaks_for_most);
    tcase_add_test(tests, nothing_and_next_to_nothing_are_models_too);
    tcase_add_test(tests, counts_that_are_none_are_named);
}

int main(void)
{
    return check_run("itemitem score", add_tests);
}
