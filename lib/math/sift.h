/*
 * sift.h - which of many vectors may reach a score, by their 8-bit codes
 *
 * Rows lie in blocks of LTR_BLOCK, a block being quads of columns:
 * [quads][LTR_BLOCK][4].  One load of any vector instruction set so takes
 * whole quads of neighbouring rows, and no sum has to cross lanes.  The code
 * of a row is -127 to 127 a column, its columns filled up to quads by zeros.
 *
 * Every table of kernels finds the same integers, so the same rows but for
 * float's rounding of the comparison, which the thresholds allow for
 * (index/codes.h).
 */
#ifndef LTR_MATH_SIFT_H
#define LTR_MATH_SIFT_H

#include <stddef.h>
#include <stdint.h>

#define LTR_BLOCK 16
#define LTR_QUAD 4

/* Where a block begins, and those after it. */
struct ltr_sift_rows {
    const int8_t *codes;  /* [][quads][LTR_BLOCK][LTR_QUAD] */
    const float *scales;  /* [][LTR_BLOCK] */
    const float *margins; /* [][LTR_BLOCK] */
    size_t quads;
};

/*
 * The same codes with the upper four bits of each apart from the lower.  A
 * byte of either half has four bits of a quad and, above them, of the next.
 */
struct ltr_sift_halves {
    const uint8_t *uppers;     /* [][pairs of quads][LTR_BLOCK][LTR_QUAD] */
    const uint8_t *lowers;     /* likewise */
    const float *upper_scales; /* [][LTR_BLOCK] */
    const float *scales;       /* [][LTR_BLOCK] of whole codes */
    const uint16_t *upper_margins; /* [][LTR_BLOCK] as bfloat16 */
    const uint16_t *margins;       /* [][LTR_BLOCK] */
    size_t quads;
};

static inline size_t ltr_sift_pairs(size_t quads)
{
    return quads / 2 + quads % 2;
}

/* What the upper half of a code stands for: the middle of its sixteen. */
static inline int32_t ltr_upper_value(int32_t code)
{
    return (code & ~15) + 8;
}

struct ltr_sift_query {
    const int8_t *codes; /* [quads, or twice the pairs][LTR_QUAD], each -127
                            to 127 */
    int32_t sum;         /* of the codes */
    float reach;
    float threshold;
};

/*
 * Bit r of masks[q][b] says whether of row r in block b, of `n_blocks`, and
 * of query q, of `n`,
 *
 *     scale * (the dot product of both codes) + margin * reach >= threshold
 */
typedef void ltr_sift(uint16_t *masks, const struct ltr_sift_rows *rows,
                      size_t n_blocks, const struct ltr_sift_query *queries,
                      size_t n);

/* The same with the upper halves for codes, their scales and margins. */
typedef void ltr_sift_upper(uint16_t *masks,
                            const struct ltr_sift_halves *rows,
                            size_t n_blocks,
                            const struct ltr_sift_query *queries, size_t n);

/*
 * codes[twice the pairs][LTR_BLOCK][LTR_QUAD] of block `block`: the quads, and
 * one more where their number is odd.
 */
typedef void ltr_join(int8_t *codes, const struct ltr_sift_halves *rows,
                      size_t block);

/*
 * dots[q][row] = the dot product of the codes of a query and of a row, of all
 * rows of the blocks.
 */
typedef void ltr_dots(int32_t *dots, const struct ltr_sift_rows *rows,
                      size_t n_blocks, const struct ltr_sift_query *queries,
                      size_t n);

ltr_sift ltr_sift_portable;
ltr_sift ltr_sift_avx2;
ltr_sift ltr_sift_avxvnni;
ltr_sift ltr_sift_avx512vnni;
ltr_sift ltr_sift_amx;

ltr_dots ltr_dots_portable;
ltr_dots ltr_dots_avx2;
ltr_dots ltr_dots_avxvnni;
ltr_dots ltr_dots_avx512vnni;
ltr_dots ltr_dots_amx;

ltr_sift_upper ltr_sift_upper_portable;
ltr_sift_upper ltr_sift_upper_avx2;
ltr_sift_upper ltr_sift_upper_avxvnni;
ltr_sift_upper ltr_sift_upper_avx512vnni;

ltr_join ltr_join_portable;
ltr_join ltr_join_avx2;
ltr_join ltr_join_avx512vnni;

/*
 * The best for a CPU, given the bits of ltrec_context.cpu.  AMX the process is
 * asked for here, the first time (base/cpu.h).
 */
ltr_sift *ltr_sift_for(unsigned cpu);
ltr_dots *ltr_dots_for(unsigned cpu);
ltr_sift_upper *ltr_sift_upper_for(unsigned cpu);
ltr_join *ltr_join_for(unsigned cpu);

#endif /* LTR_MATH_SIFT_H */
