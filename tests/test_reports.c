/*
 * test_reports.c - reports whose callers know less of them than this library,
 * or more
 */
#include "check_run.h"

#include <stddef.h>
#include <string.h>

#include <ltrec/factors.h>

#include "base/options.h"
#include "base/random.h"

struct report {
    size_t size;
    const char *text;
    size_t many;
    uint32_t few;
};

START_TEST(what_is_read_is_whole_fields_that_the_caller_has)
{
    const struct report theirs = {sizeof theirs, "text", 7, 9};

    for (size_t size = 0; size < sizeof theirs + 20; size++) {
        unsigned char given[sizeof theirs + 20];
        struct report known = {0};

        memset(given, 0xff, sizeof given);
        memcpy(given, &theirs, sizeof theirs);
        memcpy(given, &size, sizeof size);
        ltr_report_read(&known, sizeof known, given);
        ck_assert_uint_eq(known.size, sizeof known);
        ck_assert_ptr_eq(known.text, size >= offsetof(struct report, many)
                                         ? theirs.text
                                         : NULL);
        ck_assert_uint_eq(known.many,
                          size >= offsetof(struct report, few) ? 7 : 0);
    }
}
END_TEST

/* The rotation is an array of the caller's, in the first 16 bytes. */
START_TEST(an_alignment_fills_in_as_far_as_the_report_goes)
{
    enum {
        ROWS = 9,
        RANK = 3,
        END = offsetof(ltrec_align_report, kept) + 4
    };
    unsigned char bytes[sizeof(ltrec_align_report) + 9];
    ltrec_align_report whole = {.size = sizeof whole};
    ltrec_factors *factors, *aligned;
    float vectors[ROWS * RANK];
    uint64_t ids[ROWS];
    ltrec_context *ctx;

    for (uint64_t i = 0; i < ROWS * RANK; i++) {
        ids[i / RANK] = i / RANK;
        vectors[i] = ltr_random_normal(1, 1, i);
    }
    ltrec_context_create(NULL, &ctx, NULL);
    ltrec_factors_create(ctx, ROWS, RANK, ids, vectors, NULL, &factors, NULL);
    ck_assert_int_eq(ltrec_factors_align(ctx, factors, factors, NULL, &aligned,
                                         &whole, NULL),
                     LTREC_OK);
    for (size_t size = sizeof size; size < sizeof bytes; size++) {
        size_t known = size < END ? size : END;

        ltrec_factors_free(aligned);
        memset(bytes, 0xff, sizeof bytes); /* where no array begins */
        if (size >= offsetof(ltrec_align_report, n_shared))
            memset(bytes, 0, offsetof(ltrec_align_report, n_shared));
        memcpy(bytes, &size, sizeof size);
        ck_assert_int_eq(ltrec_factors_align(ctx, factors, factors, NULL,
                                             &aligned, (void *)bytes, NULL),
                         LTREC_OK);
        ck_assert_mem_eq(bytes, &size, sizeof size);
        if (known > 16)
            ck_assert_mem_eq(bytes + 16, (char *)&whole + 16, known - 16);
        for (size_t i = size > sizeof whole ? sizeof whole : size;
             i < sizeof bytes; i++)
            ck_assert_uint_eq(bytes[i], i < 16 && size >= 16 ? 0 : 0xff);
    }
    ltrec_factors_free(aligned);
    ltrec_factors_free(factors);
    ltrec_context_free(ctx);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, what_is_read_is_whole_fields_that_the_caller_has);
    tcase_add_test(tests, an_alignment_fills_in_as_far_as_the_report_goes);
}

int main(void)
{
    return check_run("reports", add_tests);
}
