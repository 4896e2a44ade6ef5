/*
 * sort.c - the order of things by their keys, without qsort()
 *
 * Radix sort from the least significant byte, which is stable.  Most keys are
 * small numbers whose upper bytes are all equal: those passes are skipped.
 */
#include "math/sort.h"

#include <string.h>

#define BYTES 8
#define VALUES 256
#define SIGN ((uint64_t)1 << 63)

static size_t byte_of(uint64_t key, int byte)
{
    return key >> (8 * byte) & (VALUES - 1);
}

/* counts[b][v] = how many keys have the value v in byte b. */
static void count(size_t counts[BYTES][VALUES], const uint64_t *keys, size_t n)
{
    memset(counts, 0, sizeof(size_t[BYTES][VALUES]));
    for (size_t i = 0; i < n; i++)
        for (int byte = 0; byte < BYTES; byte++)
            counts[byte][byte_of(keys[i], byte)]++;
}

/* Turn counts into places.  0 when one value has them all. */
static int place(size_t counts[VALUES], size_t n)
{
    size_t next = 0;

    for (size_t value = 0; value < VALUES; value++) {
        size_t here = counts[value];

        if (here == n)
            return 0;
        counts[value] = next;
        next += here;
    }
    return 1;
}

void ltr_sort_order(const uint64_t *keys, uint32_t *order, uint32_t *scratch,
                    size_t n)
{
    size_t places[BYTES][VALUES];
    uint32_t *from = order, *to = scratch;

    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    count(places, keys, n);
    for (int byte = 0; byte < BYTES; byte++) {
        uint32_t *sorted = to;

        if (!place(places[byte], n))
            continue;
        for (size_t i = 0; i < n; i++)
            sorted[places[byte][byte_of(keys[from[i]], byte)]++] = from[i];
        to = from;
        from = sorted;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}

void ltr_sort_keys(uint64_t *keys, uint64_t *scratch, size_t n)
{
    size_t places[BYTES][VALUES];
    uint64_t *from = keys, *to = scratch;

    count(places, keys, n);
    for (int byte = 0; byte < BYTES; byte++) {
        uint64_t *sorted = to;

        if (!place(places[byte], n))
            continue;
        for (size_t i = 0; i < n; i++)
            sorted[places[byte][byte_of(from[i], byte)]++] = from[i];
        to = from;
        from = sorted;
    }
    if (from != keys)
        memcpy(keys, from, n * sizeof *keys);
}

/* Let keys[i] sink until no child is above it. */
static void sink(uint64_t *keys, size_t i, size_t n)
{
    uint64_t key = keys[i];

    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && keys[child + 1] > keys[child])
            child++;
        if (keys[child] <= key)
            break;
        keys[i] = keys[child];
        i = child;
    }
    keys[i] = key;
}

static int is_ascending(const uint64_t *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (keys[i] < keys[i - 1])
            return 0;
    return 1;
}

/* A heap sort: n log n whatever comes. */
void ltr_sort_in_place(uint64_t *keys, size_t n)
{
    if (is_ascending(keys, n))
        return; /* tables mostly are */
    for (size_t i = n / 2; i-- > 0;)
        sink(keys, i, n);
    while (n > 1) {
        uint64_t last = keys[--n];

        keys[n] = keys[0];
        keys[0] = last;
        sink(keys, 0, n);
    }
}

/*
 * Positive doubles are ordered as their bits are, negative ones the other way
 * round.
 */
uint64_t ltr_sort_key_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

double ltr_sort_value_of(uint64_t key)
{
    uint64_t bits = key & SIGN ? key & ~SIGN : ~key;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}
