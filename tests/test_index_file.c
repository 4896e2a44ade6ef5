/*
 * test_index_file.c - an index saved, loaded, mapped, damaged
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "base/random.h"
#include "failing_memory.h"
#include "math/sift.h"
#include "math/sort.h"
#include "store/store.h"

#define MANY 150
#define DIM 7
#define MOST_BYTES 65536

static ltrec_context *ctx;
static ltrec_index *made;
static char folder[64], path[96];

/* MANY tracks of model 77 and features 78, ids scattered over all 64 bits. */
static int make(ltrec_context *with, ltrec_index **out)
{
    ltrec_index_options options;
    int status;

    ltrec_index_options_init(&options, sizeof options);
    options.model_id = 77;
    options.feature_version = 78;
    options.reserve = MANY;
    status = ltrec_index_create(with, DIM, &options, out, NULL);
    for (uint64_t i = 0; i < MANY && status == LTREC_OK; i++) {
        uint64_t id = ltr_random_bits(1, 0, i);
        float vector[DIM];

        for (size_t j = 0; j < DIM; j++)
            vector[j] = ltr_random_normal(1, i + 1, j);
        status = ltrec_index_add(*out, 1, &id, vector, NULL);
    }
    return status;
}

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-index-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/index", folder);
    ck_assert_int_eq(make(ctx, &made), LTREC_OK);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_index_free(made);
    ltrec_context_free(ctx);
}

static size_t read_all(unsigned char *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t n = fread(bytes, 1, MOST_BYTES, file);

    fclose(file);
    ck_assert_uint_lt(n, MOST_BYTES);
    return n;
}

static void write_all(const unsigned char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");

    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

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

/* ---- Damage ------------------------------------------------------------- */

static void expect_refused(int status)
{
    ck_assert_int_eq(status, LTREC_ERR_FORMAT);
}

/* A mapped file's vectors are not checked: any answer, but an answer. */
static void use_mapped(void)
{
    const float query[DIM] = {1};
    float found[5], vector[DIM];
    ltrec_index *index;
    uint64_t ids[5];
    size_t n = 0;

    if (ltrec_index_map(ctx, path, &index, NULL) != LTREC_OK)
        return;
    ltrec_index_search(index, query, 5, ids, found, &n);
    ck_assert_uint_le(n, 5);
    for (uint64_t i = 0; i < MANY; i++)
        ltrec_index_vector(index, ltr_random_bits(1, 0, i), vector);
    ltrec_index_free(index);
}

START_TEST(a_file_cut_short_anywhere_is_refused)
{
    static unsigned char bytes[MOST_BYTES];
    ltrec_index *index;
    ltrec_error err;
    size_t size;

    ck_assert_int_eq(ltrec_index_save(made, path, NULL), LTREC_OK);
    size = read_all(bytes);
    for (size_t n = 0; n < size; n += n < 700 ? 1 : 97) {
        write_all(bytes, n);
        expect_refused(ltrec_index_load(ctx, path, &index, &err));
        ck_assert_ptr_null(index);
        ck_assert_uint_gt(strlen(err.message), 10);
        expect_refused(ltrec_index_map(ctx, path, &index, NULL));
    }
    write_all(bytes, size + 1);
    expect_refused(ltrec_index_load(ctx, path, &index, NULL));
}
END_TEST

START_TEST(a_flipped_bit_anywhere_is_refused)
{
    static unsigned char bytes[MOST_BYTES];
    ltrec_index *index;
    size_t size;

    ck_assert_int_eq(ltrec_index_save(made, path, NULL), LTREC_OK);
    size = read_all(bytes);
    for (size_t i = 0; i < size; i += i < 700 ? 1 : 13) {
        unsigned char bit = (unsigned char)(1u << i % 8);

        bytes[i] ^= bit;
        write_all(bytes, size);
        ck_assert_int_ne(ltrec_index_load(ctx, path, &index, NULL), LTREC_OK);
        ck_assert_ptr_null(index);
        use_mapped();
        bytes[i] ^= bit;
    }
}
END_TEST

/* The same tracks as libltrec before format 2 saved them. */
static void save_format_1(void)
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
    ltr_store_create(ctx, "index", 1, &w, NULL);
    ltr_store_text(w, "ltrec.metric", "cosine");
    ltr_store_number(w, "ltrec.model_id", 77);
    ltr_store_tensor(w, "ids", LTR_U64, 1, shape, ids);
    ltr_store_tensor(w, "vectors", LTR_F32, 2, shape, vectors);
    ltr_store_tensor(w, "order", LTR_U32, 1, shape, order);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
}

START_TEST(a_file_of_format_1_answers_the_same_and_is_saved_as_it_can_be)
{
    ltrec_index *loaded, *mapped, *again;

    save_format_1();
    ck_assert_int_eq(ltrec_index_map(ctx, path, &mapped, NULL), LTREC_OK);
    check_same(made, mapped);
    ck_assert_uint_eq(ltrec_index_feature_version(mapped), 0);
    ck_assert_int_eq(ltrec_index_save(mapped, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &loaded, NULL), LTREC_OK);
    check_same(made, loaded);
    ck_assert_int_eq(ltrec_index_save(loaded, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_index_map(ctx, path, &again, NULL), LTREC_OK);
    check_same(made, again);
    ltrec_index_free(again);
    ltrec_index_free(loaded);
    ltrec_index_free(mapped);
}
END_TEST

static void lie_about_codes(struct ltr_writer *w, int lie)
{
    static const int8_t codes[LTR_BLOCK * LTR_QUAD * 2];
    static const float zeros[LTR_BLOCK * 2];
    size_t shape[] = {lie == 15 ? 2 : 1, lie == 16 ? 2 : 1, LTR_BLOCK,
                      LTR_QUAD};
    size_t rows[] = {1, LTR_BLOCK}, fewer[] = {1, LTR_BLOCK - 1};

    if (lie != 14)
        ltr_store_tensor(w, "codes", LTR_I8, 4, shape, codes);
    if (lie != 17)
        ltr_store_tensor(w, "scales", LTR_F32, 2, rows, zeros);
    if (lie != 18)
        ltr_store_tensor(w, "margins", LTR_F32, 2, lie == 19 ? fewer : rows,
                         zeros);
}

/*
 * Files whose checksum is right and whose contents are not; 0 and 13 are
 * honest, of either format, but that 13 has codes of other vectors.
 */
static void save_lie(int lie)
{
    static float vectors[3][2] = {{1, 0}, {0, 1}, {-1, 0}};
    uint64_t ids[] = {5, 9, 7};
    uint32_t order[] = {0, 2, 1};
    size_t shape[] = {3, 2}, wrong[] = {2, 2}, flat[] = {3, 0};
    struct ltr_writer *w;

    vectors[1][1] = lie == 1 ? 1.1f : lie == 2 ? NAN : 1;
    order[2] = lie == 3 ? 7 : lie == 4 ? 2 : 1;
    ids[1] = lie == 5 ? 5 : 9;
    ltr_store_create(ctx, lie == 6 ? "factors" : "index",
                     lie == 7   ? 9
                     : lie > 12 ? 2
                                : 1,
                     &w, NULL);
    ltr_store_text(w, "ltrec.metric", lie == 8 ? "euclid" : "cosine");
    if (lie != 9)
        ltr_store_number(w, "ltrec.model_id", 1);
    ltr_store_tensor(w, "ids", LTR_U64, 1, lie == 10 ? wrong : shape, ids);
    ltr_store_tensor(w, "vectors", LTR_F32, 2, lie == 11 ? flat : shape,
                     vectors);
    if (lie != 12)
        ltr_store_tensor(w, "order", LTR_U32, 1, shape, order);
    if (lie > 12)
        lie_about_codes(w, lie);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
}

START_TEST(a_file_that_lies_is_refused)
{
    ltrec_index *index;

    for (int lie = 0; lie <= 19; lie++) {
        int status;

        save_lie(lie);
        status = ltrec_index_load(ctx, path, &index, NULL);
        if (lie == 0 || lie == 13) {
            ck_assert_int_eq(status, LTREC_OK);
            ltrec_index_free(index);
            continue;
        }
        if (lie == 7 || lie == 8)
            ck_assert_int_eq(status, LTREC_ERR_UNSUPPORTED);
        else
            ck_assert_int_eq(status, LTREC_ERR_FORMAT);
        ck_assert_ptr_null(index);
        use_mapped();
    }
    ck_assert_int_eq(ltrec_index_load(ctx, folder, &index, NULL),
                     LTREC_ERR_FORMAT);
    unlink(path);
    ck_assert_int_eq(ltrec_index_load(ctx, path, &index, NULL), LTREC_ERR_IO);
    ck_assert_int_eq(ltrec_index_save(made, "/no/such/folder/x", NULL),
                     LTREC_ERR_IO);
}
END_TEST

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
    tcase_add_test(tests, a_file_cut_short_anywhere_is_refused);
    tcase_add_test(tests, a_flipped_bit_anywhere_is_refused);
    tcase_add_test(
        tests, a_file_of_format_1_answers_the_same_and_is_saved_as_it_can_be);
    tcase_add_test(tests, a_file_that_lies_is_refused);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("index file", add_tests);
}
