/*
 * test_index_file.c - an index saved, loaded and mapped
 */
#include "failing_memory.h"
#include "index_file_lab.h"

#include <math.h>

#include "math/sift.h"
#include "math/sort.h"
#include "store/store.h"

/* ---- Round trips -------------------------------------------------------- */

/* So few that they are found by their codes. */
static void check_few(const ltrec_index *a, const ltrec_index *b)
{
    float query[DIM], a_found[3], b_found[3];
    uint64_t a_ids[3], b_ids[3];
    size_t a_n, b_n;

    for (uint64_t i = 0; i < 20; i++) {
        for (size_t j = 0; j < DIM; j++)
            query[j] = ltr_random_normal(9, i, j);
        ltrec_index_search(a, query, 3, a_ids, a_found, &a_n);
        ltrec_index_search(b, query, 3, b_ids, b_found, &b_n);
        ck_assert_uint_eq(a_n, 3);
        ck_assert_uint_eq(b_n, 3);
        ck_assert_mem_eq(a_ids, b_ids, sizeof a_ids);
        ck_assert_mem_eq(a_found, b_found, sizeof a_found);
    }
}

static void check_same(const ltrec_index *a, const ltrec_index *b)
{
    float query[DIM], a_found[MANY], b_found[MANY];
    uint64_t a_ids[MANY], b_ids[MANY], id;
    size_t a_n, b_n;

    ck_assert_uint_eq(ltrec_index_count(a), ltrec_index_count(b));
    ck_assert_uint_eq(ltrec_index_dim(a), ltrec_index_dim(b));
    ck_assert_uint_eq(ltrec_index_model_id(a), ltrec_index_model_id(b));
    check_few(a, b);
    for (size_t i = 0; i < ltrec_index_count(a); i++) {
        ck_assert_int_eq(ltrec_index_ids(a, i, 1, &id), LTREC_OK);
        ck_assert_int_eq(ltrec_index_vector(a, id, query), LTREC_OK);
        ltrec_index_search_id(a, id, MANY, NULL, a_ids, a_found, &a_n);
        ltrec_index_search_id(b, id, MANY, NULL, b_ids, b_found, &b_n);
        ck_assert_uint_eq(a_n, b_n);
        ck_assert_mem_eq(a_ids, b_ids, a_n * sizeof *a_ids);
        ck_assert_mem_eq(a_found, b_found, a_n * sizeof *a_found);
    }
}

START_TEST(a_saved_index_answers_the_same_loaded_and_mapped)
{
    ltrec_index *loaded, *mapped, *again;

    ck_assert_int_eq(ltrec_index_save(made, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &loaded, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_map(ctx, path, &mapped, NULL), LTREC_OK);
    check_same(made, loaded);
    check_same(made, mapped);

    /* Over the very file it is mapped from. */
    ck_assert_int_eq(ltrec_index_save(mapped, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &again, NULL), LTREC_OK);
    check_same(mapped, again);
    ck_assert_uint_eq(ltrec_index_feature_version(again), 78);
    ltrec_index_free(again);
    ltrec_index_free(mapped);
    ltrec_index_free(loaded);
}
END_TEST

START_TEST(an_empty_index_can_be_saved_and_opened)
{
    ltrec_index *empty, *opened;
    const float query[DIM] = {1};
    float found;
    uint64_t id;
    size_t n;

    ck_assert_int_eq(ltrec_index_create(ctx, DIM, NULL, &empty, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_index_save(empty, path, NULL), LTREC_OK);
    ltrec_index_free(empty);
    for (int map = 0; map < 2; map++) {
        ck_assert_int_eq((map ? ltrec_index_map
                              : ltrec_index_load)(ctx, path, &opened, NULL),
                         LTREC_OK);
        ck_assert_uint_eq(ltrec_index_dim(opened), DIM);
        ck_assert_int_eq(ltrec_index_contains(opened, 0), 0);
        ck_assert_int_eq(ltrec_index_search(opened, query, 1, &id, &found, &n),
                         LTREC_OK);
        ck_assert_uint_eq(n, 0);
        ltrec_index_free(opened);
    }
}
END_TEST

START_TEST(a_loaded_index_can_be_changed_a_mapped_one_can_not)
{
    const float vector[DIM] = {1, 2};
    const uint64_t id = 5, there = ltr_random_bits(1, 0, 9);
    ltrec_index *index;
    ltrec_error err;

    ck_assert_int_eq(ltrec_index_save(made, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &index, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(index, 1, &there, vector, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_index_add(index, 1, &id, vector, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_remove(index, 1, &there, NULL), LTREC_OK);
    ltrec_index_free(index);

    ck_assert_int_eq(ltrec_index_map(ctx, path, &index, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_add(index, 1, &id, vector, &err),
                     LTREC_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(err.message, "mapped"));
    ck_assert_int_eq(ltrec_index_remove(index, 1, &there, NULL),
                     LTREC_ERR_STATE);
    ltrec_index_free(index);
}
END_TEST

/* ---- Former formats ----------------------------------------------------- */

#define QUADS ((DIM + LTR_QUAD - 1) / LTR_QUAD)
#define BLOCKS (MANY / LTR_BLOCK)

/* The code of a row as formats 2 and 3 had it: a scale, and how far off. */
static void code_plainly(int8_t *block, size_t row, const float *vector,
                         float *scale, float *margin)
{
    double squares = 0;

    *scale = 0;
    for (size_t j = 0; j < DIM; j++)
        *scale = fmaxf(*scale, fabsf(vector[j]) / 127);
    for (size_t j = 0; j < DIM; j++) {
        int8_t code = (int8_t)lrintf(vector[j] / *scale);
        double error = (double)vector[j] - (double)*scale * code;

        block[(j / LTR_QUAD * LTR_BLOCK + row) * LTR_QUAD + j % LTR_QUAD] =
            code;
        squares += error * error;
    }
    *margin = (float)(sqrt(squares) * (1 + 1e-6) + 1e-30);
}

static void add_plain_codes(struct ltr_writer *w, float vectors[][DIM])
{
    static int8_t codes[BLOCKS][QUADS * LTR_BLOCK * LTR_QUAD];
    static float scales[BLOCKS * LTR_BLOCK], margins[BLOCKS * LTR_BLOCK];
    size_t shape[] = {BLOCKS, QUADS, LTR_BLOCK, LTR_QUAD};
    size_t rows[] = {BLOCKS, LTR_BLOCK};

    for (size_t i = 0; i < BLOCKS * LTR_BLOCK; i++)
        code_plainly(codes[i / LTR_BLOCK], i % LTR_BLOCK, vectors[i],
                     &scales[i], &margins[i]);
    ltr_store_tensor(w, "codes", LTR_I8, 4, shape, codes);
    ltr_store_tensor(w, "scales", LTR_F32, 2, rows, scales);
    ltr_store_tensor(w, "margins", LTR_F32, 2, rows, margins);
    ltr_store_real(w, "ltrec.recall", 1);
}

/* Two lists, so wide that they rule nothing out. */
static void add_wide_lists(struct ltr_writer *w)
{
    static const uint32_t begins[] = {0, MANY / 2, MANY};
    static const float centroids[2][DIM] = {{1}, {0, 0, -1}};
    static float angles[2][8];
    size_t n_begins[] = {3}, shape[] = {2, DIM}, parts[] = {2, 8};

    for (size_t i = 0; i < 16; i++)
        angles[i / 8][i % 8] = 3.15f;
    ltr_store_tensor(w, "begins", LTR_U32, 1, n_begins, begins);
    ltr_store_tensor(w, "centroids", LTR_F32, 2, shape, centroids);
    ltr_store_tensor(w, "angles", LTR_F32, 2, parts, angles);
    ltr_store_number(w, "ltrec.probes", 0);
    ltr_store_number(w, "ltrec.probes_100", 0);
    ltr_store_real(w, "ltrec.recall_tracks", 1);
    ltr_store_real(w, "ltrec.recall_queries", -1);
}

/* The same tracks as former versions of libltrec saved them. */
static void save_format(unsigned format)
{
    static float vectors[MANY][DIM];
    uint64_t ids[MANY], order_of[MANY];
    uint32_t order[MANY], scratch[MANY];
    size_t shape[] = {MANY, DIM};
    struct ltr_writer *w;

    ck_assert_int_eq(ltrec_index_ids(made, 0, MANY, ids), LTREC_OK);
    for (size_t i = 0; i < MANY; i++)
        ltrec_index_vector(made, ids[i], vectors[i]);
    memcpy(order_of, ids, sizeof ids);
    ltr_sort_order(order_of, order, scratch, MANY);
    ltr_store_create(ctx, "index", format, &w, NULL);
    ltr_store_text(w, "ltrec.metric", "cosine");
    ltr_store_number(w, "ltrec.model_id", 77);
    ltr_store_tensor(w, "ids", LTR_U64, 1, shape, ids);
    ltr_store_tensor(w, "vectors", LTR_F32, 2, shape, vectors);
    ltr_store_tensor(w, "order", LTR_U32, 1, shape, order);
    if (format == 3) {
        add_plain_codes(w, vectors);
        add_wide_lists(w);
    }
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
}

static void check_former(unsigned format)
{
    ltrec_index *loaded, *mapped, *again;

    save_format(format);
    ck_assert_int_eq(ltrec_index_map(ctx, path, &mapped, NULL), LTREC_OK);
    check_same(made, mapped);
    ck_assert_uint_eq(ltrec_index_feature_version(mapped), 0);
    ck_assert_int_eq(ltrec_index_save(mapped, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_map(ctx, path, &again, NULL), LTREC_OK);
    check_same(made, again);
    ltrec_index_free(again);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &loaded, NULL), LTREC_OK);
    check_same(made, loaded);
    ck_assert_int_eq(ltrec_index_save(loaded, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_map(ctx, path, &again, NULL), LTREC_OK);
    check_same(made, again);
    ltrec_index_free(again);
    ltrec_index_free(loaded);
    ltrec_index_free(mapped);
}

START_TEST(a_file_of_format_1_answers_the_same_and_is_saved_as_it_can_be)
{
    check_former(1);
}
END_TEST

START_TEST(and_so_does_one_of_format_3_with_lists)
{
    check_former(3);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

/* Save and open both ways; LTREC_OK or what failed, leaving nothing. */
static int go_round(struct failing_memory *memory)
{
    ltrec_index *index = NULL, *mapped = NULL, *loaded = NULL;
    ltrec_context *context;
    int status = failing_context(memory, &context);

    if (status != LTREC_OK)
        return status;
    status = make(context, &index);
    if (status == LTREC_OK)
        status = ltrec_index_save(index, path, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_load(context, path, &loaded, NULL);
    if (status == LTREC_OK)
        status = ltrec_index_map(context, path, &mapped, NULL);
    ltrec_index_free(index);
    ltrec_index_free(loaded);
    ltrec_index_free(mapped);
    ltrec_context_free(context);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ck_assert_int_gt(fail_each_allocation(go_round, 200), 20);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_saved_index_answers_the_same_loaded_and_mapped);
    tcase_add_test(tests, an_empty_index_can_be_saved_and_opened);
    tcase_add_test(tests, a_loaded_index_can_be_changed_a_mapped_one_can_not);
    tcase_add_test(
        tests, a_file_of_format_1_answers_the_same_and_is_saved_as_it_can_be);
    tcase_add_test(tests, and_so_does_one_of_format_3_with_lists);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("index file", add_tests);
}
