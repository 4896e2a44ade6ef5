/*
 * test_index_damage.c - index files cut short, flipped and lying
 */
#include "index_file_lab.h"

#include <math.h>

#include "math/sift.h"
#include "store/store.h"

#define MOST_BYTES 65536

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

/* ---- Lies --------------------------------------------------------------- */

/* Of format 4: without part `lacking`, or with one that is too short. */
static void lie_about_halves(struct ltr_writer *w, int lacking, int wrong)
{
    static const struct {
        const char *name;
        enum ltr_dtype type;
    } parts[] = {{"uppers", LTR_U8},         {"lowers", LTR_U8},
                 {"upper_scales", LTR_F32},  {"scales", LTR_F32},
                 {"upper_margins", LTR_U16}, {"margins", LTR_U16}};
    static const uint32_t zeros[LTR_BLOCK * LTR_QUAD];

    ltr_store_real(w, "ltrec.recall", 1);
    for (int i = 0; i < 6; i++) {
        int codes = parts[i].type == LTR_U8;
        size_t shape[] = {0, codes ? 1 : LTR_BLOCK, LTR_BLOCK, LTR_QUAD};

        if (i == wrong)
            shape[codes ? 3 : 1]--;
        if (i != lacking)
            ltr_store_tensor(w, parts[i].name, parts[i].type, codes ? 4 : 2,
                             shape, zeros);
    }
}

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

#define HONEST 0
#define OTHER_CODES 13  /* of format 2, of other vectors */
#define OTHER_HALVES 20 /* the same of format 4 */
#define LACKING_HALVES 21
#define WRONG_HALVES (LACKING_HALVES + 6)
#define LIES (WRONG_HALVES + 6)

/* Files whose checksum is right and whose contents are not. */
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
                     lie == 7              ? 9
                     : lie >= OTHER_HALVES ? 4
                     : lie >= OTHER_CODES  ? 2
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
    if (lie >= OTHER_HALVES)
        lie_about_halves(w, lie - LACKING_HALVES, lie - WRONG_HALVES);
    else if (lie >= OTHER_CODES)
        lie_about_codes(w, lie);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
}

START_TEST(a_file_that_lies_is_refused)
{
    ltrec_index *index;

    for (int lie = 0; lie < LIES; lie++) {
        int status;

        save_lie(lie);
        status = ltrec_index_load(ctx, path, &index, NULL);
        if (lie == HONEST || lie == OTHER_CODES || lie == OTHER_HALVES) {
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

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_file_cut_short_anywhere_is_refused);
    tcase_add_test(tests, a_flipped_bit_anywhere_is_refused);
    tcase_add_test(tests, a_file_that_lies_is_refused);
}

int main(void)
{
    return check_run("index damage", add_tests);
}
