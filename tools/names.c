/*
 * names.c - strings, and the numbers that stand for them
 *
 * A hash table with open addressing over the ids.  Everybody can compute ids,
 * and so could choose strings whose ids collide in their low bits and make
 * every look-up walk the whole table.  The slot of an id therefore comes from
 * a multiplication by an odd number drawn anew for each table.
 */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unistd.h>

/* Slots at first; always a power of two and at least half of them free. */
#define FIRST_SLOT_BITS 10

struct names {
    const char *what;
    uint64_t multiplier;
    unsigned slot_bits;
    uint32_t *slots; /* [2^slot_bits], a number + 1 or 0 for a free slot */
    size_t count;
    uint64_t *ids;   /* [count] */
    size_t *offsets; /* [count], where each terminated string begins */
    char *bytes;     /* [used] */
    size_t used;
    size_t ids_capacity, offsets_capacity, bytes_capacity;
};

/* ---- SipHash-2-4 (Aumasson, Bernstein 2012) ----------------------------- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t little_endian(const unsigned char *bytes, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

uint64_t names_id_of(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    const uint64_t k0 = 0x0706050403020100u, k1 = 0x0f0e0d0c0b0a0908u;
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                     k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    size_t whole = length / 8 * 8;

    for (size_t i = 0; i <= whole; i += 8) {
        uint64_t word = little_endian(bytes + i, i < whole ? 8 : length % 8);

        if (i == whole)
            word |= (uint64_t)length << 56;
        v[3] ^= word;
        sip_rounds(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- Life cycle --------------------------------------------------------- */

static uint64_t odd_number(const void *salt)
{
    uint64_t random = 0;

    /* Without entropy the table is still right, only easier to slow down. */
    if (getentropy(&random, sizeof random) != 0)
        random = (uint64_t)time(NULL) ^ (uint64_t)(uintptr_t)salt;
    return random | 1;
}

struct names *names_create(const char *what)
{
    struct names *names = tool_alloc(1, sizeof *names);

    names->what = what;
    names->multiplier = odd_number(names);
    names->slot_bits = FIRST_SLOT_BITS;
    names->slots = tool_alloc((size_t)1 << FIRST_SLOT_BITS, sizeof(uint32_t));
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    free(names->slots);
    free(names->ids);
    free(names->offsets);
    free(names->bytes);
    free(names);
}

/* ---- Strings ------------------------------------------------------------ */

/* The slot that holds `id`, or the free one where it belongs. */
static size_t slot_of(const struct names *names, uint64_t id)
{
    size_t mask = ((size_t)1 << names->slot_bits) - 1;
    size_t slot = (size_t)(id * names->multiplier >> (64 - names->slot_bits));

    while (names->slots[slot] != 0 && names->ids[names->slots[slot] - 1] != id)
        slot = (slot + 1) & mask;
    return slot;
}

static void double_slots(struct names *names)
{
    free(names->slots);
    names->slot_bits++;
    names->slots =
        tool_alloc((size_t)1 << names->slot_bits, sizeof *names->slots);
    for (size_t i = 0; i < names->count; i++)
        names->slots[slot_of(names, names->ids[i])] = (uint32_t)i + 1;
}

static int same_text(const struct names *names, uint32_t number,
                     const char *text, size_t length)
{
    const char *known = names_text(names, number);

    return strlen(known) == length && memcmp(known, text, length) == 0;
}

static void append(struct names *names, uint64_t id, const char *text,
                   size_t length)
{
    size_t n = names->count;

    names->ids =
        tool_grow(names->ids, &names->ids_capacity, n + 1, sizeof *names->ids);
    names->offsets = tool_grow(names->offsets, &names->offsets_capacity, n + 1,
                               sizeof *names->offsets);
    names->bytes = tool_grow(names->bytes, &names->bytes_capacity,
                             names->used + length + 1, 1);
    names->ids[n] = id;
    names->offsets[n] = names->used;
    memcpy(names->bytes + names->used, text, length);
    names->bytes[names->used + length] = '\0';
    names->used += length + 1;
    names->count++;
}

int names_add(struct names *names, const char *text, size_t length,
              uint32_t *number, ltrec_error *err)
{
    uint64_t id = names_id_of(text, length);
    size_t slot = slot_of(names, id);

    if (names->slots[slot] != 0) {
        *number = names->slots[slot] - 1;
        if (same_text(names, *number, text, length))
            return LTREC_OK;
        return tool_fail(err, LTREC_ERR_STATE,
                         "the %ss '%.60s' and '%.60s' have the same 64-bit "
                         "id; rename one",
                         names->what, names_text(names, *number), text);
    }
    if (names->count >= UINT32_MAX - 1)
        return tool_fail(err, LTREC_ERR_CAPACITY, "more than %u %ss",
                         UINT32_MAX - 1, names->what);
    if (names->count + 1 > (size_t)1 << (names->slot_bits - 1)) {
        double_slots(names);
        slot = slot_of(names, id);
    }
    *number = (uint32_t)names->count;
    append(names, id, text, length);
    names->slots[slot] = *number + 1;
    return LTREC_OK;
}

int names_find_id(const struct names *names, uint64_t id, uint32_t *number)
{
    size_t slot = slot_of(names, id);

    if (names->slots[slot] == 0)
        return 0;
    *number = names->slots[slot] - 1;
    return 1;
}

int names_find(const struct names *names, const char *text, size_t length,
               uint32_t *number)
{
    return names_find_id(names, names_id_of(text, length), number) &&
           same_text(names, *number, text, length);
}

size_t names_count(const struct names *names)
{
    return names->count;
}

const char *names_text(const struct names *names, uint32_t number)
{
    return names->bytes + names->offsets[number];
}

uint64_t names_id(const struct names *names, uint32_t number)
{
    return names->ids[number];
}
