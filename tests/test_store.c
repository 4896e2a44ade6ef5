/*
 * test_store.c - the container: written, read, damaged, cut short
 */
#include "check_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "failing_memory.h"
#include "store/store.h"

static const float numbers[6] = {1, -2, 3.5f, 4, 5, 6};
static const uint64_t ids[3] = {7, 8, UINT64_MAX};
static const char *const awkward = "a \"quoted\" \\ tab\t caf\xc3\xa9";

static ltrec_context *ctx;
static char folder[64], path[96];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_context_free(ctx);
}

static int save(ltrec_context *with, const char *to, ltrec_error *err)
{
    struct ltr_writer *w;
    int status = ltr_store_create(with, "test", 3, &w, err);

    if (status != LTREC_OK)
        return status;
    ltr_store_text(w, "note", awkward);
    ltr_store_number(w, "count", 42);
    ltr_store_real(w, "rate", 0.1);
    ltr_store_real(w, "tiny", -1.5e-7);
    ltr_store_tensor(w, "bytes", LTR_U8, 1, (size_t[]){5}, "hello");
    ltr_store_tensor(w, "matrix", LTR_F32, 2, (size_t[]){3, 2}, numbers);
    ltr_store_tensor(w, "ids", LTR_U64, 1, (size_t[]){3}, ids);
    ltr_store_tensor(w, "empty", LTR_F32, 2, (size_t[]){0, 2}, NULL);
    return ltr_store_save(w, to, err);
}

static size_t load_bytes(unsigned char *bytes, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t n = fread(bytes, 1, capacity, file);

    fclose(file);
    ck_assert_uint_lt(n, capacity);
    return n;
}

static void check_contents(const struct ltr_reader *r)
{
    size_t shape[2] = {LTR_ANY, 2};
    const float *matrix;
    const void *data;
    uint64_t count;
    double rate;

    ck_assert_str_eq(ltr_store_find_text(r, "note"), awkward);
    ck_assert_int_eq(ltr_store_find_number(r, "count", 1, 50, &count, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(count, 42);
    ck_assert_int_eq(ltr_store_find_real(r, "rate", 0, 1, &rate, NULL),
                     LTREC_OK);
    ck_assert_double_eq(rate, 0.1);
    ck_assert_int_eq(ltr_store_find_real(r, "tiny", -1, 1, &rate, NULL),
                     LTREC_OK);
    ck_assert_double_eq(rate, -1.5e-7);
    ck_assert_int_eq(
        ltr_store_get_floats(r, "matrix", 2, shape, &matrix, NULL), LTREC_OK);
    ck_assert_uint_eq(shape[0], 3);
    ck_assert_mem_eq(matrix, numbers, sizeof numbers);
    ck_assert_int_eq(
        ltr_store_get(r, "ids", LTR_U64, 1, (size_t[]){3}, &data, NULL),
        LTREC_OK);
    ck_assert_mem_eq(data, ids, sizeof ids);
    ck_assert_int_eq(
        ltr_store_get(r, "bytes", LTR_U8, 1, (size_t[]){5}, &data, NULL),
        LTREC_OK);
    ck_assert_mem_eq(data, "hello", 5);
}

START_TEST(what_is_written_is_read)
{
    for (int map = 0; map < 2; map++) {
        struct ltr_reader *r;
        ltrec_error err = {0};

        ck_assert_int_eq(save(ctx, path, &err), LTREC_OK);
        ck_assert_msg(ltr_store_open(ctx, path, "test", 3, map, &r, &err) ==
                          LTREC_OK,
                      "%s", err.message);
        check_contents(r);
        ltr_store_close(r);
    }
}
END_TEST

START_TEST(the_data_begins_at_a_multiple_of_64)
{
    unsigned char bytes[4096];
    size_t n;

    ck_assert_int_eq(save(ctx, path, NULL), LTREC_OK);
    n = load_bytes(bytes, sizeof bytes);
    ck_assert_uint_eq((8 + bytes[0] + 256u * bytes[1]) % 64, 0);
    ck_assert_uint_gt(n, 64);
}
END_TEST

START_TEST(what_does_not_match_is_refused_by_name)
{
    struct ltr_reader *r;
    size_t shape[2] = {4, 2};
    const void *data;
    ltrec_error err;
    uint64_t count;

    ck_assert_int_eq(save(ctx, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltr_store_open(ctx, path, "other", 3, 0, &r, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_null(r);
    ck_assert_ptr_nonnull(strstr(err.message, "'test', wanted 'other'"));
    ck_assert_int_eq(ltr_store_open(ctx, path, "test", 2, 0, &r, &err),
                     LTREC_ERR_UNSUPPORTED);
    ck_assert_int_eq(ltr_store_open(ctx, "/nowhere", "test", 3, 0, &r, &err),
                     LTREC_ERR_IO);
    ck_assert_int_eq(ltr_store_open(ctx, folder, "test", 3, 0, &r, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltr_store_open(ctx, path, "test", 3, 0, &r, &err),
                     LTREC_OK);
    ck_assert_int_eq(
        ltr_store_get(r, "matrix", LTR_F32, 2, shape, &data, &err),
        LTREC_ERR_FORMAT);
    ck_assert_int_eq(
        ltr_store_get(r, "matrix", LTR_U64, 2, shape, &data, &err),
        LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltr_store_get(r, "none", LTR_F32, 2, shape, &data, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltr_store_find_number(r, "count", 0, 41, &count, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltr_store_find_number(r, "note", 0, 41, &count, &err),
                     LTREC_ERR_FORMAT);
    ltr_store_close(r);
}
END_TEST

START_TEST(no_damage_goes_unseen)
{
    unsigned char bytes[4096];
    struct ltr_reader *r;
    size_t n;

    ck_assert_int_eq(save(ctx, path, NULL), LTREC_OK);
    n = load_bytes(bytes, sizeof bytes);
    ck_assert_int_eq(ltr_store_parse(ctx, bytes, n, "test", 3, &r, NULL),
                     LTREC_OK);
    ltr_store_close(r);
    for (size_t cut = 0; cut < n; cut++)
        ck_assert_int_ne(ltr_store_parse(ctx, bytes, cut, "test", 3, &r, NULL),
                         LTREC_OK);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_int_ne(ltr_store_parse(ctx, bytes, n, "test", 3, &r, NULL),
                         LTREC_OK);
        ck_assert_ptr_null(r);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}
END_TEST

/* Parse a header and `data` bytes of zeros as any safetensors file. */
static int parse(const char *header, size_t data)
{
    unsigned char bytes[1024] = {0};
    size_t n = strlen(header);
    struct ltr_reader *r;
    int status;

    bytes[0] = (unsigned char)n;
    bytes[1] = (unsigned char)(n >> 8);
    memcpy(bytes + 8, header, n);
    status = ltr_store_parse(ctx, bytes, 8 + n + data, NULL, 0, &r, NULL);
    ltr_store_close(r);
    return status;
}

START_TEST(headers_that_lie_are_refused)
{
    static const char *const lies[] = {
        "",
        "[]",
        "{",
        "{}}",
        "{} x",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}",
        "{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
        "\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],"
        "\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999999],"
        "\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\\ud800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"
        "}}",
        "{\"a\xff\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        /* A longer form of '/', a surrogate, and past the last character. */
        "{\"__metadata__\":{\"k\":\"\xe0\x80\xaf\"}}",
        "{\"__metadata__\":{\"k\":\"\xed\xa0\x80\"}}",
        "{\"__metadata__\":{\"k\":\"\xf4\x90\x80\x80\"}}",
        "{\"__metadata__\":{\"k\":1}}",
        "{\"__metadata__\":{\"k\":\"v\",\"k\":\"v\"}}",
    };

    ck_assert_int_eq(
        parse("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
              " }  ",
              4),
        LTREC_OK);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        ck_assert_msg(parse(lies[i], 4) == LTREC_ERR_FORMAT, "lie %zu", i);
}
END_TEST

/* Parse a file of ours without tensors that has these entries. */
static int parse_unsigned(const char *entries)
{
    unsigned char bytes[512] = {0};
    struct ltr_reader *r;
    int n = snprintf((char *)bytes + 8, sizeof bytes - 8,
                     "{\"__metadata__\":{\"ltrec.kind\":\"test\","
                     "\"ltrec.format\":\"1\"%s}}",
                     entries);
    int status;

    bytes[0] = (unsigned char)n;
    status = ltr_store_parse(ctx, bytes, 8 + (size_t)n, "test", 3, &r, NULL);
    ltr_store_close(r);
    return status;
}

START_TEST(only_the_word_none_stands_for_a_checksum)
{
    ck_assert_int_eq(parse_unsigned(",\"ltrec.checksum\":\"none\""), LTREC_OK);
    ck_assert_int_eq(parse_unsigned(""), LTREC_ERR_FORMAT);
    ck_assert_int_eq(parse_unsigned(",\"ltrec.checksum\":\"\""),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(parse_unsigned(",\"ltrec.checksum\":\"None\""),
                     LTREC_ERR_FORMAT);
}
END_TEST

START_TEST(numbers_that_are_not_finite_are_refused)
{
    float bad[2] = {1, INFINITY};
    struct ltr_writer *w;
    struct ltr_reader *r;
    const float *data;
    ltrec_error err;

    ck_assert_int_eq(ltr_store_create(ctx, "test", 3, &w, NULL), LTREC_OK);
    ltr_store_tensor(w, "bad", LTR_F32, 1, (size_t[]){2}, bad);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltr_store_open(ctx, path, "test", 3, 0, &r, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltr_store_get_floats(r, "bad", 1, (size_t[]){2}, &data, &err),
        LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "value 1"));
    ltr_store_close(r);
    ck_assert_int_eq(ltr_store_create(ctx, "test", 3, &w, NULL), LTREC_OK);
    ltr_store_real(w, "bad", NAN);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_ERR_ARGUMENT);
}
END_TEST

START_TEST(text_that_is_not_utf8_is_not_written)
{
    struct ltr_writer *w;
    ltrec_error err;

    ck_assert_int_eq(ltr_store_create(ctx, "test", 3, &w, NULL), LTREC_OK);
    ltr_store_text(w, "note", "caf\xe9");
    ck_assert_int_eq(ltr_store_save(w, path, &err), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "UTF-8"));
}
END_TEST

START_TEST(a_save_that_fails_leaves_the_old_file)
{
    unsigned char before[4096], after[4096];
    char there[200];
    size_t n;

    ck_assert_int_eq(save(ctx, path, NULL), LTREC_OK);
    n = load_bytes(before, sizeof before);
    snprintf(there, sizeof there, "%s/none/file", folder);
    ck_assert_int_eq(save(ctx, there, NULL), LTREC_ERR_IO);
    ck_assert_int_eq(save(ctx, folder, NULL), LTREC_ERR_IO);
    ck_assert_int_eq(save(ctx, "/dev/null", NULL), LTREC_ERR_IO);
    ck_assert_uint_eq(load_bytes(after, sizeof after), n);
    ck_assert_mem_eq(before, after, n);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = n};
        struct ltr_reader *r = NULL;
        ltrec_context *failing;

        status = failing_context(&memory, &failing);
        if (status == LTREC_OK) {
            status = save(failing, path, NULL);
            if (status == LTREC_OK)
                status = ltr_store_open(failing, path, "test", 3, 0, &r, NULL);
            ltr_store_close(r);
            ltrec_context_free(failing);
        }
        ck_assert_int_eq(memory.live, 0);
        if (status != LTREC_OK)
            ck_assert_int_eq(status, LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 100);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 15);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_is_written_is_read);
    tcase_add_test(tests, the_data_begins_at_a_multiple_of_64);
    tcase_add_test(tests, what_does_not_match_is_refused_by_name);
    tcase_add_test(tests, no_damage_goes_unseen);
    tcase_add_test(tests, headers_that_lie_are_refused);
    tcase_add_test(tests, only_the_word_none_stands_for_a_checksum);
    tcase_add_test(tests, numbers_that_are_not_finite_are_refused);
    tcase_add_test(tests, text_that_is_not_utf8_is_not_written);
    tcase_add_test(tests, a_save_that_fails_leaves_the_old_file);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("store", add_tests);
}
