/*
 * sort.h - the order of things by their keys, without qsort()
 *
 * The C library's qsort() takes memory of its own and is not stable.
 */
#ifndef LTR_MATH_SORT_H
#define LTR_MATH_SORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * order[n] = the numbers 0 .. n - 1 by ascending keys[], equal keys in
 * ascending order of number.  `scratch[n]` is overwritten.
 */
void ltr_sort_order(const uint64_t *keys, uint32_t *order, uint32_t *scratch,
                    size_t n);

/* keys[n] ascending.  `scratch[n]` is overwritten. */
void ltr_sort_keys(uint64_t *keys, uint64_t *scratch, size_t n);

/* keys[n] ascending, without scratch; for rows that are mostly short. */
void ltr_sort_in_place(uint64_t *keys, size_t n);

/* A key that orders doubles as their values do; NaN comes at either end. */
uint64_t ltr_sort_key_of(double value);
double ltr_sort_value_of(uint64_t key);

#endif /* LTR_MATH_SORT_H */
