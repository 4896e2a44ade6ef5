/*
 * packing.c - lines of a product, in the order in which tiles want them
 */
#include "math/packing.h"

#include "base/context.h"
#include "base/pool.h"

#define TASK_COLUMNS 528 /* packed by one task, at most */

size_t ltr_depth_of_pieces(const struct ltr_tiles *tiles, size_t k)
{
    size_t most = LTR_TILE_DEPTH * tiles->numbers;
    size_t pieces = (k + most - 1) / most;

    return k > 0 ? ltr_round_up((k + pieces - 1) / pieces, 16 * tiles->numbers)
                 : 1;
}

const float *ltr_line_at(const struct ltr_lines *lines, size_t i)
{
    ptrdiff_t block = 0;

    if (lines->block > 0) {
        block = (ptrdiff_t)(i / lines->block);
        i %= lines->block;
    }
    return lines->data + block * lines->block_stride +
           (ptrdiff_t)i * lines->stride;
}

/* Panels `width` wide, the last one filled up with zeros to `unit`. */
static void pack_along(const struct ltr_tiles *tiles,
                       const struct ltr_lines *lines, struct ltr_piece p,
                       size_t width, size_t unit, float *to)
{
    static const float zeros[LTR_TILE_DEPTH];

    for (size_t panel = 0; panel < p.count; panel += width) {
        size_t wide = ltr_smaller(width, ltr_round_up(p.count - panel, unit));

        for (size_t i = 0; i < wide; i += LTR_TILE_GROUP) {
            const float *group[LTR_TILE_GROUP];

            for (size_t j = 0; j < LTR_TILE_GROUP; j++)
                group[j] =
                    panel + i + j < p.count
                        ? ltr_line_at(lines, p.first + panel + i + j) + p.step
                        : zeros;
            tiles->pack_along(to + i, wide, group,
                              LTR_TILE_GROUP * lines->stride, p.depth);
        }
        to += wide * p.depth;
    }
}

static void pack_across(const struct ltr_tiles *tiles,
                        const struct ltr_lines *lines, struct ltr_piece p,
                        size_t width, size_t unit, float *to)
{
    size_t whole = p.count / width, rest = p.count % width;
    size_t panel = width * p.depth, wide = ltr_round_up(rest, unit);

    for (size_t step = 0; step < p.depth; step += LTR_TILE_GROUP) {
        size_t n = ltr_smaller(LTR_TILE_GROUP, p.depth - step);
        float *last = to + whole * panel + step * wide;
        const float *group[LTR_TILE_GROUP];

        for (size_t j = 0; j < n; j++)
            group[j] = ltr_line_at(lines, p.step + step + j) + p.first;
        tiles->pack_across(to + step * width, width, panel, group, n, whole);
        for (size_t j = 0; j < n && wide > 0; j++, last += wide) {
            const float *from = group[j] + whole * width;

            for (size_t i = 0; i < rest; i++)
                last[i] = from[i];
            for (size_t i = rest; i < wide; i++)
                last[i] = 0;
        }
    }
}

void ltr_pack_left(const struct ltr_tiles *tiles,
                   const struct ltr_lines *lines, struct ltr_piece p,
                   float *to)
{
    if (tiles->pack_left)
        tiles->pack_left(lines, &p, to);
    else if (lines->along)
        pack_along(tiles, lines, p, tiles->rows, LTR_TILE_GROUP, to);
    else
        pack_across(tiles, lines, p, tiles->rows, LTR_TILE_GROUP, to);
}

void ltr_pack_right(const struct ltr_tiles *tiles,
                    const struct ltr_lines *lines, struct ltr_piece p,
                    float *to)
{
    if (tiles->pack_right)
        tiles->pack_right(lines, &p, to);
    else if (lines->along)
        pack_along(tiles, lines, p, tiles->columns, tiles->columns, to);
    else
        pack_across(tiles, lines, p, tiles->columns, tiles->columns, to);
}

/* ---- Packing once ------------------------------------------------------- */

/* Pieces of the depth one after the other, each with all its panels. */
size_t ltr_packed_size(const struct ltr_packs *packs, size_t n, size_t k)
{
    return ltr_round_up(n, packs->tiles->columns) *
           ltr_packed_line(packs->tiles, k);
}

struct packing {
    const struct ltr_tiles *tiles;
    size_t n, k;
    struct ltr_lines b;
    float *packed;
    size_t across; /* tasks for each piece of the depth */
};

static void pack_part(void *arg, size_t i, size_t worker)
{
    struct packing *packing = arg;
    const struct ltr_tiles *tiles = packing->tiles;
    size_t depth = ltr_depth_of_pieces(tiles, packing->k);
    size_t step = i / packing->across * depth;
    size_t each = TASK_COLUMNS / tiles->columns * tiles->columns;
    size_t first = i % packing->across * each;
    struct ltr_piece p = {first, ltr_smaller(each, packing->n - first), step,
                          ltr_smaller(depth, packing->k - step)};

    (void)worker;
    ltr_pack_right(tiles, &packing->b, p,
                   packing->packed +
                       ltr_packed_line(tiles, step) *
                           ltr_round_up(packing->n, tiles->columns) +
                       first * ltr_packed_line(tiles, p.depth));
}

void ltr_pack(struct ltr_packs *packs, size_t n, size_t k, struct ltr_lines b,
              float *packed)
{
    const struct ltr_tiles *tiles = packs->tiles;
    size_t each = TASK_COLUMNS / tiles->columns * tiles->columns;
    size_t depth = ltr_depth_of_pieces(tiles, k);
    struct packing packing = {tiles, n, k, b, packed, (n + each - 1) / each};

    ltr_parallel(packs->ctx, (k + depth - 1) / depth * packing.across,
                 pack_part, &packing);
}
