/*
 * test_scratch.c - memory in a file without a name
 */
#include "check_run.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/context.h"
#include "base/scratch.h"
#include "failing_memory.h"

#define MIB ((size_t)1 << 20)

static ltrec_context *ctx;
static char folder[64];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    strcpy(folder, "/tmp/ltrec-scratch-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    ck_assert_int_eq(rmdir(folder), 0); /* nothing lies in it */
    ltrec_context_free(ctx);
}

static struct ltr_scratch *made(void)
{
    struct ltr_scratch *scratch;

    ck_assert_int_eq(ltr_scratch_create(ctx, folder, &scratch, NULL),
                     LTREC_OK);
    return scratch;
}

static unsigned char *take(struct ltr_scratch *scratch, size_t bytes)
{
    void *taken;

    ck_assert_int_eq(ltr_scratch_take(scratch, bytes, &taken, NULL), LTREC_OK);
    ck_assert_ptr_nonnull(taken);
    return taken;
}

START_TEST(what_was_taken_keeps_its_place_and_its_bytes)
{
    static const size_t sizes[] = {1,       100,      3 * MIB, 70 * MIB,
                                   5 * MIB, 60 * MIB, 0,       64};
    enum {
        N = sizeof sizes / sizeof sizes[0]
    };
    struct ltr_scratch *scratch = made();
    unsigned char *taken[N];

    for (size_t i = 0; i < N; i++) {
        taken[i] = take(scratch, sizes[i]);
        ck_assert_uint_eq((uintptr_t)taken[i] % 64, 0);
        for (size_t j = 0; j < sizes[i]; j += 4096)
            ck_assert_uint_eq(taken[i][j], 0);
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < sizes[i]; j += 1021)
            ck_assert_uint_eq(taken[i][j], i + 1);
    ltr_scratch_free(scratch);
    ltr_scratch_free(NULL);
}
END_TEST

START_TEST(a_folder_that_takes_no_file_is_refused)
{
    struct ltr_scratch *scratch = NULL;
    ltrec_error err;

    ck_assert_int_eq(ltr_scratch_create(ctx, "/nowhere", &scratch, &err),
                     LTREC_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, "/nowhere"));
    ck_assert_ptr_null(scratch);
}
END_TEST

/* A limit on files stands for the end of the disk. */
START_TEST(a_full_disk_is_told_and_what_is_there_stays)
{
    const struct rlimit small = {8 * MIB, RLIM_INFINITY};
    struct rlimit before;
    struct ltr_scratch *scratch = made();
    unsigned char *taken;
    void *more;
    ltrec_error err;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    taken = take(scratch, 6 * MIB);
    memset(taken, 7, 6 * MIB);
    ck_assert_int_eq(ltr_scratch_take(scratch, 4 * MIB, &more, &err),
                     LTREC_ERR_IO);
    ck_assert_ptr_null(more);
    ck_assert_int_eq(err.code, LTREC_ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.message, folder));
    ck_assert_uint_eq(taken[6 * MIB - 1], 7);
    take(scratch, MIB);
    ck_assert_int_eq(ltr_scratch_take(scratch, SIZE_MAX - 7, &more, &err),
                     LTREC_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ltr_scratch_free(scratch);
}
END_TEST

static void ignore(int number)
{
    (void)number;
}

/* A file system in memory breaks off at a signal; a host may have many. */
START_TEST(signals_do_not_keep_it_from_growing)
{
    const struct sigaction action = {.sa_handler = ignore};
    const struct itimerval often = {{0, 2000}, {0, 2000}},
                           never = {{0, 0}, {0, 0}};
    char memory[] = "/dev/shm/ltrec-scratch-test-XXXXXX";
    const char *where = mkdtemp(memory) ? memory : folder;
    struct ltr_scratch *scratch;

    ck_assert_int_eq(ltr_scratch_create(ctx, where, &scratch, NULL), LTREC_OK);
    rmdir(memory);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    take(scratch, 40 * MIB);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    ltr_scratch_free(scratch);
}
END_TEST

static int make_and_take(struct failing_memory *memory)
{
    struct ltr_scratch *scratch;
    ltrec_context *failing;
    void *taken;
    int status = failing_context(memory, &failing);

    if (status != LTREC_OK)
        return status;
    status = ltr_scratch_create(failing, folder, &scratch, NULL);
    if (status == LTREC_OK)
        status = ltr_scratch_take(scratch, 100, &taken, NULL);
    ltr_scratch_free(scratch);
    ltrec_context_free(failing);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    fail_each_allocation(make_and_take, 20);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_was_taken_keeps_its_place_and_its_bytes);
    tcase_add_test(tests, a_folder_that_takes_no_file_is_refused);
    tcase_add_test(tests, a_full_disk_is_told_and_what_is_there_stays);
    tcase_add_test(tests, signals_do_not_keep_it_from_growing);
    tcase_add_test(tests, every_allocation_may_fail);
}

int main(void)
{
    return check_run("scratch", add_tests);
}
