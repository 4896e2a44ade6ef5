/*
 * lanes_pairs.h - complex numbers on vectors of WIDTH reals, and butterflies
 *
 * A part of dsp/lanes_loops.h, which see.
 */
#define MOST_TOGETHER 8 /* elements of a butterfly in registers */
#define HALF_ROOT ((real)0.70710678118654752)

struct pair {
    wide r, i;
};

static inline struct pair get(const real *x)
{
    return (struct pair){load(x), load(x + ROWS)};
}

static inline void put(real *x, struct pair v)
{
    store(x, v.r);
    store(x + ROWS, v.i);
}

static inline struct pair add(struct pair a, struct pair b)
{
    return (struct pair){a.r + b.r, a.i + b.i};
}

static inline struct pair subtract(struct pair a, struct pair b)
{
    return (struct pair){a.r - b.r, a.i - b.i};
}

static inline struct pair turn(struct pair a, const real *w)
{
    return (struct pair){a.r * w[0] - a.i * w[1], a.r * w[1] + a.i * w[0]};
}

/* By a quarter: -i a. */
static inline struct pair quarter(struct pair a)
{
    return (struct pair){a.i, -a.r};
}

/* ---- Butterflies -------------------------------------------------------- */

static inline void butterfly_4(struct pair *v)
{
    struct pair s = add(v[0], v[2]), d = subtract(v[0], v[2]);
    struct pair t = add(v[1], v[3]), u = quarter(subtract(v[1], v[3]));

    v[0] = add(s, t);
    v[1] = add(d, u);
    v[2] = subtract(s, t);
    v[3] = subtract(d, u);
}

static inline void butterfly_8(struct pair *v)
{
    struct pair even[4] = {v[0], v[2], v[4], v[6]};
    struct pair odd[4] = {v[1], v[3], v[5], v[7]};
    struct pair eighth, eighths;

    butterfly_4(even);
    butterfly_4(odd);
    eighth = (struct pair){(odd[1].r + odd[1].i) * HALF_ROOT,
                           (odd[1].i - odd[1].r) * HALF_ROOT};
    eighths = (struct pair){(odd[3].i - odd[3].r) * HALF_ROOT,
                            (odd[3].r + odd[3].i) * -HALF_ROOT};
    odd[1] = eighth;
    odd[2] = quarter(odd[2]);
    odd[3] = eighths;
    for (size_t k = 0; k < 4; k++) {
        v[k] = add(even[k], odd[k]);
        v[k + 4] = subtract(even[k], odd[k]);
    }
}

static inline void butterfly(struct pair *v, size_t radix)
{
    struct pair first = v[0];

    if (radix == 8) {
        butterfly_8(v);
    } else if (radix == 4) {
        butterfly_4(v);
    } else if (radix == 2) {
        v[0] = add(first, v[1]);
        v[1] = subtract(first, v[1]);
    }
}
