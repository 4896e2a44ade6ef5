/*
 * test_factors_file.c - factors saved, loaded, mapped, damaged and forged
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "failing_memory.h"
#include "factors/factors.h"
#include "store/store.h"

#define N 3
#define RANK 2
#define MOST_BYTES 4096

static const uint64_t ids[N] = {9, 2, 5};
static const float vectors[N][RANK] = {{3, 4}, {0, 0}, {-1, 0}};
static const uint32_t plays[N] = {3, 0, 5};
static const float variance[N] = {0.5f, 0, 2};
static const char *const names[N] = {"caf\xc3\xa9", "", "c"};

static ltrec_context *ctx;
static char folder[64], path[96];
static ltrec_error err;

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-factors-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_context_free(ctx);
}

static ltrec_factors *make(bool whole)
{
    const double recipe[LTR_RECIPE_ENTRIES] = {1, 1, 0.01, 1, 0.1, 1, 1};
    ltrec_factors_options o;
    ltrec_factors *f;

    ltrec_factors_options_init(&o, sizeof o);
    o.plays = whole ? plays : NULL;
    o.variance = whole ? variance : NULL;
    o.names = whole ? names : NULL;
    o.feature_version = whole ? UINT64_MAX : 0;
    ck_assert_int_eq(
        ltrec_factors_create(ctx, N, RANK, ids, vectors[0], &o, &f, NULL),
        LTREC_OK);
    if (whole)
        ltr_factors_set_recipe(f, recipe);
    return f;
}

static void save(const ltrec_factors *f)
{
    ck_assert_int_eq(ltrec_factors_save(f, path, &err), LTREC_OK);
}

static size_t read_bytes(unsigned char *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t n = fread(bytes, 1, MOST_BYTES, file);

    fclose(file);
    ck_assert_uint_lt(n, MOST_BYTES);
    return n;
}

START_TEST(a_file_brings_everything_back_read_or_mapped)
{
    for (int i = 0; i < 4; i++) {
        ltrec_factors *made = make(i % 2), *back;
        size_t row;

        save(made);
        ck_assert_int_eq(ltrec_factors_load(ctx, path,
                                            i / 2 ? LTREC_FACTORS_MAP : 0,
                                            &back, &err),
                         LTREC_OK);
        ck_assert_uint_eq(back->count, N);
        ck_assert_uint_eq(back->rank, RANK);
        ck_assert_uint_eq(back->model_id, made->model_id);
        ck_assert_uint_eq(back->feature_version, i % 2 ? UINT64_MAX : 0);
        ck_assert_mem_eq(back->ids, ids, sizeof ids);
        ck_assert_mem_eq(back->vectors, vectors, sizeof vectors);
        ck_assert_mem_eq(back->norms, made->norms, N * sizeof(float));
        ck_assert_mem_eq(back->recipe, made->recipe, sizeof made->recipe);
        ck_assert_int_eq(back->plays != NULL, i % 2);
        ck_assert_int_eq(ltrec_factors_variance(back) != NULL, i % 2);
        ck_assert_int_eq(ltrec_factors_name(back, 0) != NULL, i % 2);
        if (i % 2) {
            ck_assert_mem_eq(back->plays, plays, sizeof plays);
            ck_assert_mem_eq(ltrec_factors_variance(back), variance,
                             sizeof variance);
            for (row = 0; row < N; row++)
                ck_assert_str_eq(ltrec_factors_name(back, row), names[row]);
        }
        ck_assert_int_eq(ltrec_factors_find(back, 5, &row), LTREC_OK);
        ck_assert_uint_eq(row, 2);
        ltrec_factors_free(back);
        ltrec_factors_free(made);
    }
}
END_TEST

START_TEST(no_rows_at_all_can_be_saved)
{
    ltrec_factors *made, *back;

    ck_assert_int_eq(
        ltrec_factors_create(ctx, 0, 7, NULL, NULL, NULL, &made, NULL),
        LTREC_OK);
    save(made);
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &back, &err), LTREC_OK);
    ck_assert_uint_eq(ltrec_factors_count(back), 0);
    ck_assert_uint_eq(ltrec_factors_rank(back), 7);
    ltrec_factors_free(back);
    ltrec_factors_free(made);
}
END_TEST

START_TEST(factors_outlive_the_context_and_a_mapped_file_its_name)
{
    ltrec_factors *made = make(true), *back;
    ltrec_context *other;

    save(made);
    ltrec_factors_free(made);
    ck_assert_int_eq(ltrec_context_create(NULL, &other, NULL), LTREC_OK);
    ck_assert_int_eq(
        ltrec_factors_load(other, path, LTREC_FACTORS_MAP, &back, NULL),
        LTREC_OK);
    ltrec_context_free(other);
    unlink(path);
    ck_assert_float_eq(ltrec_factors_vectors(back)[1], 4);
    ltrec_factors_free(back);
}
END_TEST

START_TEST(a_file_that_is_not_there_or_not_factors_is_refused)
{
    struct ltr_writer *w;
    ltrec_factors *back;

    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &back, &err),
                     LTREC_ERR_IO);
    ck_assert_ptr_null(back);
    ck_assert_int_eq(ltr_store_create(ctx, "index", 1, &w, NULL), LTREC_OK);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &back, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "index"));
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 2, &back, &err),
                     LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_file_cut_short_or_with_a_flipped_bit_is_refused)
{
    static unsigned char bytes[MOST_BYTES];
    ltrec_factors *made = make(true), *back;
    size_t size;

    save(made);
    ltrec_factors_free(made);
    size = read_bytes(bytes);
    ck_assert_int_eq(ltr_factors_parse(ctx, bytes, size, &back, &err),
                     LTREC_OK);
    ltrec_factors_free(back);
    for (size_t i = 0; i < size; i++) {
        ck_assert_int_ne(ltr_factors_parse(ctx, bytes, i, &back, &err),
                         LTREC_OK);
        ck_assert_ptr_null(back);
    }
    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
        ck_assert_int_ne(ltr_factors_parse(ctx, bytes, size, &back, &err),
                         LTREC_OK);
        ck_assert_ptr_null(back);
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
    }
}
END_TEST

/* ---- Files whose checksum is right and whose contents are not ----------- */

/* What the writer is told; each lie changes one thing. */
struct contents {
    size_t rows, rank, n_ids, n_norms, n_ends, n_names;
    uint64_t ids[N], ends[N + 1];
    float vectors[N][RANK], norms[N], variance[N];
    const char *names;
    uint64_t model_id;
};

static const struct contents honest = {
    .rows = N,
    .rank = RANK,
    .n_ids = N,
    .n_norms = N,
    .n_ends = N + 1,
    .n_names = 4,
    .ids = {9, 2, 5},
    .ends = {0, 2, 2, 4},
    .vectors = {{3, 4}, {0, 0}, {-1, 0}},
    .norms = {5, 0, 1},
    .names = "abcd",
    .model_id = 7,
};

static int load_forged(const struct contents *c, uint32_t flags)
{
    struct ltr_writer *w;
    ltrec_factors *back;
    int status;

    ck_assert_int_eq(ltr_store_create(ctx, "factors", 1, &w, NULL), LTREC_OK);
    ltr_store_number(w, "ltrec.model", c->model_id);
    ltr_store_tensor(w, "factors", LTR_F32, 2, (size_t[]){c->rows, c->rank},
                     c->vectors);
    ltr_store_tensor(w, "norms", LTR_F32, 1, &c->n_norms, c->norms);
    ltr_store_tensor(w, "variance", LTR_F32, 1, &c->rows, c->variance);
    ltr_store_tensor(w, "ids", LTR_U64, 1, &c->n_ids, c->ids);
    ltr_store_tensor(w, "name_offsets", LTR_U64, 1, &c->n_ends, c->ends);
    ltr_store_tensor(w, "names", LTR_U8, 1, &c->n_names, c->names);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
    status = ltrec_factors_load(ctx, path, flags, &back, &err);
    ck_assert(status == LTREC_OK || !back);
    ltrec_factors_free(back);
    return status;
}

static void refuse(struct contents c, const char *words)
{
    ck_assert_int_eq(load_forged(&c, 0), LTREC_ERR_FORMAT);
    ck_assert_msg(strstr(err.message, words), "%s", err.message);
}

START_TEST(a_file_that_lies_is_refused)
{
    struct contents c = honest;

    ck_assert_int_eq(load_forged(&c, 0), LTREC_OK);
    c.n_ids = N - 1;
    refuse(c, "'ids'");
    c = honest;
    c.n_norms = N - 1;
    refuse(c, "'norms'");
    c = honest;
    c.rank = 0;
    refuse(c, "rank");
    c = honest;
    c.ids[2] = 9;
    refuse(c, "rows 0 and 2");
    c = honest;
    c.vectors[1][1] = NAN;
    refuse(c, "row 1");
    c = honest;
    c.norms[2] = 2;
    refuse(c, "row 2");
    c = honest;
    c.norms[2] = 1;
    c.variance[1] = -1;
    refuse(c, "variance of row 1");
    c.variance[1] = 0;
    c.norms[2] = INFINITY;
    refuse(c, "row 2");
    c = honest;
    c.model_id = 0;
    refuse(c, "ltrec.model");
}
END_TEST

START_TEST(names_that_lie_are_refused_read_or_mapped)
{
    struct contents c = honest;

    for (uint32_t flags = 0; flags <= LTREC_FACTORS_MAP; flags++) {
        c = honest;
        c.ends[1] = UINT64_MAX;
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
        c = honest;
        c.ends[1] = 3;
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
        c = honest;
        c.ends[0] = 1;
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
        c = honest;
        c.ends[3] = 3;
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
        c = honest;
        c.n_ends = N;
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
        c = honest;
        c.names = "a\0cd";
        ck_assert_int_eq(load_forged(&c, flags), LTREC_ERR_FORMAT);
    }
}
END_TEST

START_TEST(a_save_that_cannot_be_is_reported_and_one_that_can_replaces)
{
    ltrec_factors *made = make(true), *back;

    ck_assert_int_eq(ltrec_factors_save(made, "/no/such/folder/f", &err),
                     LTREC_ERR_IO);
    ck_assert_int_eq(ltrec_factors_save(made, NULL, &err), LTREC_ERR_ARGUMENT);
    save(made);
    save(made); /* over itself */
    ck_assert_int_eq(ltrec_factors_load(ctx, path, 0, &back, NULL), LTREC_OK);
    ltrec_factors_free(back);
    ltrec_factors_free(made);
}
END_TEST

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    ltrec_factors *made = make(true);
    int status = LTREC_ERR_MEMORY;

    save(made);
    ltrec_factors_free(made);
    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_factors *back;
        ltrec_context *with;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = ltrec_factors_load(with, path, 0, &back, &err);
        if (status == LTREC_OK)
            status = ltrec_factors_save(back, path, &err);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_factors_free(back);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_file_brings_everything_back_read_or_mapped);
    tcase_add_test(tests, no_rows_at_all_can_be_saved);
    tcase_add_test(tests,
                   factors_outlive_the_context_and_a_mapped_file_its_name);
    tcase_add_test(tests, a_file_that_is_not_there_or_not_factors_is_refused);
    tcase_add_test(tests, a_file_cut_short_or_with_a_flipped_bit_is_refused);
    tcase_add_test(tests, a_file_that_lies_is_refused);
    tcase_add_test(tests, names_that_lie_are_refused_read_or_mapped);
    tcase_add_test(
        tests, a_save_that_cannot_be_is_reported_and_one_that_can_replaces);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("factors file", add_tests);
}
