/*
 * test_sift.c - the sieves and their dot products, each against the definition
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/random.h"
#include "math/sift.h"

#define MOST_QUADS 1024
#define MOST_BLOCKS 5
#define MOST_QUERIES 43
#define BLOCK_BYTES (LTR_BLOCK * LTR_QUAD)

static int8_t codes[MOST_BLOCKS * MOST_QUADS * BLOCK_BYTES];
static float scales[MOST_BLOCKS * LTR_BLOCK];
static float margins[MOST_BLOCKS * LTR_BLOCK];
static int8_t query_codes[MOST_QUERIES][MOST_QUADS * LTR_QUAD];
static struct ltr_sift_query queries[MOST_QUERIES];

static const struct {
    ltr_sift *sift;
    ltr_dots *dots;
    ltr_sift_upper *upper;
    ltr_join *join;
    unsigned needs;
} sieves[] = {
    {ltr_sift_portable, ltr_dots_portable, ltr_sift_upper_portable,
     ltr_join_portable, 0},
#ifdef LTR_BUILD_X86
    {ltr_sift_avx2, ltr_dots_avx2, ltr_sift_upper_avx2, ltr_join_avx2,
     LTR_CPU_AVX2},
    {ltr_sift_avxvnni, ltr_dots_avxvnni, ltr_sift_upper_avxvnni, ltr_join_avx2,
     LTR_CPU_AVX_VNNI},
    {ltr_sift_avx512vnni, ltr_dots_avx512vnni, ltr_sift_upper_avx512vnni,
     ltr_join_avx512vnni, LTR_CPU_AVX512_VNNI},
    {ltr_sift_amx, ltr_dots_amx, ltr_sift_upper_avx512vnni,
     ltr_join_avx512vnni, LTR_CPU_AMX_INT8},
#endif
};

#define SIEVES (sizeof sieves / sizeof sieves[0])

/* Whether this machine can run sieve `i`. */
static int runs(size_t i)
{
    unsigned cpu = ltr_cpu_detect();

    if (!ltr_cpu_ask_for_tiles())
        cpu &= ~(unsigned)LTR_CPU_AMX_INT8;
    return (sieves[i].needs & ~cpu) == 0;
}

/* Whole numbers, which float holds: all sieves then agree to the last bit. */
static void fill(size_t quads, uint64_t stream, int largest)
{
    for (size_t i = 0; i < MOST_BLOCKS * quads * BLOCK_BYTES; i++)
        codes[i] =
            (int8_t)(largest ? 127 - 254 * (int)(i % 3 == 0)
                             : (int)ltr_random_below(1, stream, i, 255) - 127);
    for (size_t r = 0; r < MOST_BLOCKS * LTR_BLOCK; r++) {
        scales[r] = (float)(r % 2 + 1);
        margins[r] = (float)(r % 5);
    }
    for (size_t q = 0; q < MOST_QUERIES; q++) {
        queries[q] = (struct ltr_sift_query){.codes = query_codes[q],
                                             .reach = (float)(100 * q)};
        for (size_t i = 0; i < quads * LTR_QUAD; i++) {
            query_codes[q][i] =
                (int8_t)(largest
                             ? (q % 2 ? 127 : -127)
                             : (int)ltr_random_below(2, stream + q, i, 255) -
                                   127);
            queries[q].sum += query_codes[q][i];
        }
        queries[q].threshold = largest ? 0 : (float)(1000 * (int)q - 4000);
    }
}

static int32_t dot_of(size_t row, size_t q, size_t quads)
{
    const int8_t *block = codes + row / LTR_BLOCK * quads * BLOCK_BYTES;
    int32_t dot = 0;

    for (size_t i = 0; i < quads * LTR_QUAD; i++)
        dot += query_codes[q][i] *
               block[i / LTR_QUAD * BLOCK_BYTES + row % LTR_BLOCK * LTR_QUAD +
                     i % LTR_QUAD];
    return dot;
}

static void check_all(size_t quads, size_t blocks, size_t n)
{
    const struct ltr_sift_rows rows = {codes, scales, margins, quads};
    static int32_t dots[MOST_QUERIES * MOST_BLOCKS * LTR_BLOCK + 1];
    uint16_t masks[MOST_QUERIES * MOST_BLOCKS + 1];
    size_t n_rows = blocks * LTR_BLOCK;

    for (size_t i = 0; i < SIEVES; i++) {
        if (!runs(i))
            continue;
        masks[n * blocks] = 0x5aa5;
        dots[n * n_rows] = 0x5aa5;
        sieves[i].sift(masks, &rows, blocks, queries, n);
        sieves[i].dots(dots, &rows, blocks, queries, n);
        for (size_t q = 0; q < n; q++)
            for (size_t row = 0; row < n_rows; row++) {
                int32_t dot = dot_of(row, q, quads);

                int reaches = (float)dot * scales[row] +
                                  margins[row] * queries[q].reach >=
                              queries[q].threshold;

                /* Check's own comparisons take longer than the sieves. */
                if (dots[q * n_rows + row] != dot ||
                    (masks[q * blocks + row / LTR_BLOCK] >> row % LTR_BLOCK &
                     1) != reaches)
                    ck_abort_msg("sieve %zu, row %zu, query %zu", i, row, q);
            }
        ck_assert_uint_eq(masks[n * blocks], 0x5aa5); /* and no further */
        ck_assert_int_eq(dots[n * n_rows], 0x5aa5);
    }
}

/* ---- Halves ------------------------------------------------------------- */

static uint8_t uppers[sizeof codes / 2 + MOST_BLOCKS * BLOCK_BYTES];
static uint8_t lowers[sizeof uppers];
static uint16_t upper_margins[MOST_BLOCKS * LTR_BLOCK];
static int8_t joined[MOST_QUADS * BLOCK_BYTES + BLOCK_BYTES];

/* The quad that fills the last pair is 0, as are a query's codes there. */
static int8_t code_at(size_t block, size_t i, size_t j, size_t quads)
{
    return i < quads ? codes[(block * quads + i) * BLOCK_BYTES + j] : 0;
}

static void halve(size_t quads)
{
    size_t pairs = ltr_sift_pairs(quads);

    for (size_t b = 0; b < MOST_BLOCKS; b++)
        for (size_t i = 0; i < pairs; i++)
            for (size_t j = 0; j < BLOCK_BYTES; j++) {
                size_t at = (b * pairs + i) * BLOCK_BYTES + j;
                uint8_t even = (uint8_t)code_at(b, 2 * i, j, quads);
                uint8_t odd = (uint8_t)code_at(b, 2 * i + 1, j, quads);

                uppers[at] = (uint8_t)(even >> 4 | (odd & 0xf0));
                lowers[at] = (uint8_t)((even & 15) | odd << 4);
            }
    for (size_t r = 0; r < MOST_BLOCKS * LTR_BLOCK; r++)
        upper_margins[r] = (uint16_t)(0x3f80 + 0x80 * (r % 3)); /* 1, 2, 4 */
    for (size_t q = 0; q < MOST_QUERIES && quads < MOST_QUADS; q++)
        memset(query_codes[q] + quads * LTR_QUAD, 0, LTR_QUAD);
}

static int32_t upper_dot_of(size_t row, size_t q, size_t quads)
{
    int32_t dot = 0;

    for (size_t i = 0; i < quads * LTR_QUAD; i++)
        dot += query_codes[q][i] *
               ltr_upper_value(
                   code_at(row / LTR_BLOCK, i / LTR_QUAD,
                           row % LTR_BLOCK * LTR_QUAD + i % LTR_QUAD, quads));
    return dot;
}

static void check_halves(size_t quads, size_t blocks, size_t n)
{
    const struct ltr_sift_halves rows = {
        uppers, lowers, scales, scales, upper_margins, upper_margins, quads};
    uint16_t masks[MOST_QUERIES * MOST_BLOCKS + 1];

    for (size_t i = 0; i < SIEVES; i++) {
        if (!runs(i))
            continue;
        masks[n * blocks] = 0x5aa5;
        sieves[i].upper(masks, &rows, blocks, queries, n);
        for (size_t q = 0; q < n; q++)
            for (size_t row = 0; row < blocks * LTR_BLOCK; row++) {
                float margin = (float)(1 << row % 3);
                int reaches =
                    (float)upper_dot_of(row, q, quads) * scales[row] +
                        margin * queries[q].reach >=
                    queries[q].threshold;

                if ((masks[q * blocks + row / LTR_BLOCK] >> row % LTR_BLOCK &
                     1) != reaches)
                    ck_abort_msg("sieve %zu, row %zu, query %zu", i, row, q);
            }
        ck_assert_uint_eq(masks[n * blocks], 0x5aa5);
        for (size_t b = 0; b < blocks; b++) {
            size_t bytes = 2 * ltr_sift_pairs(quads) * BLOCK_BYTES;

            joined[bytes] = 0x5a;
            sieves[i].join(joined, &rows, b);
            for (size_t j = 0; j < bytes; j++)
                if (joined[j] !=
                    code_at(b, j / BLOCK_BYTES, j % BLOCK_BYTES, quads))
                    ck_abort_msg("sieve %zu, block %zu, code %zu", i, b, j);
            ck_assert_int_eq(joined[bytes], 0x5a);
        }
    }
}

START_TEST(every_sieve_of_upper_halves_finds_those_of_the_definition)
{
    static const size_t quads[] = {0, 1, 2, 3, 4, 7, 10, 50, 129};

    for (size_t i = 0; i < sizeof quads / sizeof quads[0]; i++) {
        fill(quads[i], quads[i], 0);
        halve(quads[i]);
        for (size_t blocks = 0; blocks <= MOST_BLOCKS; blocks++)
            for (size_t n = 0; n <= 3; n++)
                check_halves(quads[i], blocks, n);
    }
}
END_TEST

START_TEST(the_largest_upper_halves_do_not_overflow)
{
    fill(MOST_QUADS, 0, 1);
    halve(MOST_QUADS);
    check_halves(MOST_QUADS, 2, 3);
}
END_TEST

START_TEST(every_sieve_finds_the_rows_of_the_definition)
{
    for (size_t quads = 0; quads < 12; quads++) {
        fill(quads, quads, 0);
        for (size_t blocks = 0; blocks <= MOST_BLOCKS; blocks++)
            for (size_t n = 0; n <= 9; n++)
                check_all(quads, blocks, n);
    }
}
END_TEST

START_TEST(tiles_that_are_not_full_find_them_too)
{
    static const size_t quads[] = {1, 15, 16, 17, 50, 128, 129};
    static const size_t n[] = {7, 8, 16, 33, MOST_QUERIES};

    for (size_t i = 0; i < sizeof quads / sizeof quads[0]; i++) {
        fill(quads[i], quads[i], 0);
        for (size_t j = 0; j < sizeof n / sizeof n[0]; j++)
            for (size_t blocks = 1; blocks <= 3; blocks++)
                check_all(quads[i], blocks, n[j]);
    }
}
END_TEST

START_TEST(the_largest_codes_of_the_longest_vectors_do_not_overflow)
{
    fill(MOST_QUADS, 0, 1);
    check_all(MOST_QUADS, 2, MOST_QUERIES);
}
END_TEST

START_TEST(a_forced_kernel_set_is_not_given_the_instructions_of_another)
{
    ck_assert(ltr_sift_for(0) == ltr_sift_portable);
    ck_assert(ltr_dots_for(0) == ltr_dots_portable);
    ck_assert(ltr_sift_upper_for(0) == ltr_sift_upper_portable);
    ck_assert(ltr_join_for(0) == ltr_join_portable);
#ifdef LTR_BUILD_X86
    ck_assert(ltr_sift_for(LTR_CPU_AVX2) == ltr_sift_avx2);
    ck_assert(ltr_sift_upper_for(LTR_CPU_AVX2) == ltr_sift_upper_avx2);
    ck_assert(ltr_join_for(LTR_CPU_AVX2) == ltr_join_avx2);
    ck_assert(ltr_sift_for(LTR_CPU_AVX2 | LTR_CPU_AVX512) == ltr_sift_avx2);
    ck_assert(ltr_sift_for(LTR_CPU_AVX2 | LTR_CPU_AVX_VNNI) ==
              ltr_sift_avxvnni);
    ck_assert(ltr_sift_for(LTR_CPU_AVX2 | LTR_CPU_AVX512 |
                           LTR_CPU_AVX512_VNNI) == ltr_sift_avx512vnni);
#endif
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, every_sieve_finds_the_rows_of_the_definition);
    tcase_add_test(tests, tiles_that_are_not_full_find_them_too);
    tcase_add_test(tests,
                   the_largest_codes_of_the_longest_vectors_do_not_overflow);
    tcase_add_test(tests,
                   every_sieve_of_upper_halves_finds_those_of_the_definition);
    tcase_add_test(tests, the_largest_upper_halves_do_not_overflow);
    tcase_add_test(
        tests, a_forced_kernel_set_is_not_given_the_instructions_of_another);
}

int main(void)
{
    return check_run("sift", add_tests);
}
