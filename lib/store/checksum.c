/*
 * checksum.c - rot detection, and the names of types
 *
 * Each step maps the state one-to-one for a given word and a word one-to-one
 * for a given state, so no change of a single word can go unseen.  This finds
 * accidents; it is no signature.
 */
#include "store/internal.h"

#include <string.h>

#define ODD UINT64_C(0x9FB21C651E98DF25)

static uint64_t mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * ODD;
    return state ^ state >> 29;
}

static uint64_t little_endian(const unsigned char *bytes, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t ltr_checksum(uint64_t start, const void *data, size_t n)
{
    const unsigned char *bytes = data;
    /* Four lanes, because one would wait out every multiplication. */
    uint64_t lanes[4] = {start, start + 1, start + 2, start + 3};
    uint64_t sum;
    size_t i = 0;

    for (; i + 32 <= n; i += 32)
        for (size_t lane = 0; lane < 4; lane++)
            lanes[lane] =
                mix(lanes[lane], little_endian(bytes + i + 8 * lane, 8));
    sum = mix(start, n);
    for (; i < n; i += 8)
        sum = mix(sum, little_endian(bytes + i, n - i < 8 ? n - i : 8));
    for (size_t lane = 0; lane < 4; lane++)
        sum = mix(sum, lanes[lane]);
    return sum;
}

void ltr_checksum_digits(uint64_t sum, char *digits)
{
    for (size_t i = 0; i < 16; i++)
        digits[i] = "0123456789abcdef"[sum >> (60 - 4 * i) & 15];
}

static const struct {
    const char *name;
    size_t size;
} types[LTR_DTYPES] = {
    [LTR_F32] = {"F32", 4}, [LTR_F64] = {"F64", 8}, [LTR_U8] = {"U8", 1},
    [LTR_I8] = {"I8", 1},   [LTR_U16] = {"U16", 2}, [LTR_U32] = {"U32", 4},
    [LTR_I32] = {"I32", 4}, [LTR_U64] = {"U64", 8}, [LTR_I64] = {"I64", 8},
    [LTR_F16] = {"F16", 2},
};

const char *ltr_dtype_name(enum ltr_dtype type)
{
    return types[type].name;
}

size_t ltr_dtype_size(enum ltr_dtype type)
{
    return types[type].size;
}

enum ltr_dtype ltr_dtype_of(const char *name)
{
    int type = 0;

    while (type < LTR_DTYPES && strcmp(types[type].name, name) != 0)
        type++;
    return (enum ltr_dtype)type;
}
