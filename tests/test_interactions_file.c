/*
 * test_interactions_file.c - plays in files
 */
#include <sys/stat.h>

#include "failing_memory.h"
#include "interactions_lab.h"
#include "store/store.h"

#define MOST_BYTES 4096

START_TEST(a_file_brings_everything_back)
{
    struct small_plays p;
    ltrec_interactions *back;

    small_plays_draw(&p);
    ltrec_interactions_add(x, p.n, p.users, p.items, p.counts, NULL);
    finish();
    ck_assert_int_eq(ltrec_interactions_save(x, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_interactions_load(ctx, path, &back, &err),
                     LTREC_OK);
    same(x, back);
    ck_assert_int_eq(
        ltrec_interactions_add(back, 1, p.users, p.items, p.counts, NULL),
        LTREC_ERR_STATE);
    ltrec_interactions_free(back);
}
END_TEST

START_TEST(no_plays_at_all_can_be_saved)
{
    ltrec_interactions *back;

    finish();
    ck_assert_int_eq(ltrec_interactions_save(x, path, &err), LTREC_OK);
    ck_assert_int_eq(ltrec_interactions_load(ctx, path, &back, &err),
                     LTREC_OK);
    ck_assert_uint_eq(ltrec_interactions_n_pairs(back), 0);
    ltrec_interactions_free(back);
}
END_TEST

START_TEST(a_file_cut_short_or_with_a_flipped_bit_is_refused)
{
    static unsigned char bytes[MOST_BYTES];
    ltrec_interactions *back;
    FILE *file;
    size_t size;

    for (uint64_t i = 0; i < 9; i++)
        add(i % 4, i % 5, 1 + (float)i);
    finish();
    ck_assert_int_eq(ltrec_interactions_save(x, path, &err), LTREC_OK);
    file = fopen(path, "rb");
    size = fread(bytes, 1, MOST_BYTES, file);
    fclose(file);
    ck_assert_uint_lt(size, MOST_BYTES);
    for (size_t i = 0; i < size; i++) {
        ck_assert_int_ne(ltr_interactions_parse(ctx, bytes, i, &back, &err),
                         LTREC_OK);
        ck_assert_ptr_null(back);
    }
    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
        ck_assert_int_ne(ltr_interactions_parse(ctx, bytes, size, &back, &err),
                         LTREC_OK);
        ck_assert_ptr_null(back);
        bytes[i / 8] ^= (unsigned char)(1u << i % 8);
    }
}
END_TEST

/* Contents with a right checksum; each lie changes one thing. */
struct contents {
    size_t n_users, n_items, n_starts, n_pairs;
    uint64_t users[2], items[3], starts[3];
    uint32_t columns[4];
    float counts[4];
};

static const struct contents honest = {
    .n_users = 2,
    .n_items = 3,
    .n_starts = 3,
    .n_pairs = 4,
    .users = {5, 6},
    .items = {1, 2, 3},
    .starts = {0, 1, 4},
    .columns = {2, 0, 1, 2},
    .counts = {1, 2, 3, 4},
};

static int load_forged(const struct contents *c)
{
    struct ltr_writer *w;
    ltrec_interactions *back;
    int status;

    ck_assert_int_eq(ltr_store_create(ctx, "interactions", 1, &w, NULL),
                     LTREC_OK);
    ltr_store_tensor(w, "users", LTR_U64, 1, &c->n_users, c->users);
    ltr_store_tensor(w, "items", LTR_U64, 1, &c->n_items, c->items);
    ltr_store_tensor(w, "row_starts", LTR_U64, 1, &c->n_starts, c->starts);
    ltr_store_tensor(w, "columns", LTR_U32, 1, &c->n_pairs, c->columns);
    ltr_store_tensor(w, "counts", LTR_F32, 1, &c->n_pairs, c->counts);
    ck_assert_int_eq(ltr_store_save(w, path, NULL), LTREC_OK);
    status = ltrec_interactions_load(ctx, path, &back, &err);
    ck_assert(status == LTREC_OK || !back);
    ltrec_interactions_free(back);
    return status;
}

#define REFUSE(change) \
    do { \
        struct contents c = honest; \
        change; \
        ck_assert_int_eq(load_forged(&c), LTREC_ERR_FORMAT); \
    } while (0)

START_TEST(a_file_that_lies_is_refused)
{
    ck_assert_int_eq(load_forged(&honest), LTREC_OK);
    REFUSE(c.users[1] = 5);
    REFUSE(c.items[0] = 2);
    REFUSE(c.n_starts = 2);
    REFUSE(c.starts[0] = 1);
    REFUSE(c.starts[1] = UINT64_MAX);
    REFUSE(c.starts[1] = 0);
    REFUSE(c.starts[2] = 3);
    REFUSE(c.columns[0] = 3);
    REFUSE(c.columns[2] = 0);
    REFUSE(c.columns[2] = 2);
    REFUSE(c.counts[1] = 0);
    REFUSE(c.counts[1] = NAN);
    REFUSE(c.counts[1] = -1);
    REFUSE(c.counts[1] = INFINITY);
    REFUSE((c.n_pairs = 3, c.starts[2] = 3, c.columns[0] = 0));
}
END_TEST

static int everything(ltrec_context *with)
{
    const uint64_t users[] = {1, 2, 3}, items[] = {9, 8, 9};
    const float counts[] = {1, 2, 3};
    ltrec_interactions *made, *back = NULL;
    int status = ltrec_interactions_create(with, NULL, &made, &err);

    if (status != LTREC_OK)
        return status;
    status = ltrec_interactions_add(made, 3, users, items, counts, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_finish(made, NULL, NULL, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_save(made, path, &err);
    if (status == LTREC_OK)
        status = ltrec_interactions_load(with, path, &back, &err);
    ltrec_interactions_free(made);
    ltrec_interactions_free(back);
    return status;
}

START_TEST(running_out_of_memory_anywhere_is_reported_and_leaks_nothing)
{
    int status = LTREC_ERR_MEMORY;

    for (long i = 0; status != LTREC_OK; i++) {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *with;

        ck_assert_int_eq(failing_context(&memory, &with), LTREC_OK);
        memory.until_failure = i;
        status = everything(with);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ltrec_context_free(with);
        ck_assert_int_eq(memory.live, 0);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_file_brings_everything_back);
    tcase_add_test(tests, no_plays_at_all_can_be_saved);
    tcase_add_test(tests, a_file_cut_short_or_with_a_flipped_bit_is_refused);
    tcase_add_test(tests, a_file_that_lies_is_refused);
    tcase_add_test(
        tests, running_out_of_memory_anywhere_is_reported_and_leaks_nothing);
}

int main(void)
{
    return check_run("interactions file", add_tests);
}
