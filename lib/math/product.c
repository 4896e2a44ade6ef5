/*
 * product.c - cut products into what fits the caches, pack, multiply
 *
 * K. Goto, R. van de Geijn, "Anatomy of high-performance matrix
 * multiplication", ACM TOMS 34(3), 2008.  A part of the result belongs to one
 * worker, who takes the depth in pieces: for each, the columns of b are packed
 * into the second-level cache, then some rows of a at a time, and tiles of
 * the result are summed from the two.
 */
#include "math/product.h"

#include <string.h>

#include "base/context.h"
#include "base/pool.h"
#include "math/tile.h"

#define MOST_ROWS 192    /* packed at a time; a multiple of all tiles' */
#define MOST_COLUMNS 528 /* packed at a time, of any tile's */
#define PART_ROWS 768    /* of the result that one task makes, at most */
#define PARTS 4          /* a worker, at least, where there is enough to do */

struct ltr_packs {
    ltrec_context *ctx;
    const struct ltr_tiles *tiles;
    float *left;  /* [workers][LEFT] */
    float *right; /* [workers][RIGHT] */
};

#define LEFT (MOST_ROWS * LTR_TILE_DEPTH)
#define RIGHT (MOST_COLUMNS * LTR_TILE_DEPTH)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

int ltr_packs_create(ltrec_context *ctx, struct ltr_packs **out)
{
    size_t workers = ltr_workers(ctx);
    struct ltr_packs *packs = ltr_alloc(ctx, 1, sizeof *packs);

    *out = NULL;
    if (!packs)
        return LTREC_ERR_MEMORY;
    packs->ctx = ltr_context_ref(ctx);
    packs->tiles = ltr_tiles_for(ctx->cpu);
    packs->left = ltr_alloc(ctx, workers, LEFT * sizeof *packs->left);
    packs->right = ltr_alloc(ctx, workers, RIGHT * sizeof *packs->right);
    if (!packs->left || !packs->right) {
        ltr_packs_free(packs);
        return LTREC_ERR_MEMORY;
    }
    *out = packs;
    return LTREC_OK;
}

void ltr_packs_free(struct ltr_packs *packs)
{
    ltrec_context *ctx;

    if (!packs)
        return;
    ctx = packs->ctx;
    ltr_free(ctx, packs->left);
    ltr_free(ctx, packs->right);
    ltr_free(ctx, packs);
    ltr_context_unref(ctx);
}

/* ---- Packing ------------------------------------------------------------ */

/* Depths are cut evenly, so that no piece is much shorter than the others. */
static size_t depth_of_pieces(size_t k)
{
    size_t pieces = (k + LTR_TILE_DEPTH - 1) / LTR_TILE_DEPTH;

    return k > 0 ? round_up((k + pieces - 1) / pieces, 16) : 1;
}

static const float *line_at(const struct ltr_lines *lines, size_t i)
{
    ptrdiff_t block = 0;

    if (lines->block > 0) {
        block = (ptrdiff_t)(i / lines->block);
        i %= lines->block;
    }
    return lines->data + block * lines->block_stride +
           (ptrdiff_t)i * lines->stride;
}

/* What is packed: lines or places on them, over a piece of the depth. */
struct piece {
    size_t first, count; /* of rows of a or columns of b */
    size_t step, depth;
};

/* Panels `width` wide, the last one filled up with zeros to `unit`. */
static void pack_along(const struct ltr_tiles *tiles,
                       const struct ltr_lines *lines, struct piece p,
                       size_t width, size_t unit, float *to)
{
    static const float zeros[LTR_TILE_DEPTH];

    for (size_t panel = 0; panel < p.count; panel += width) {
        size_t wide = smaller(width, round_up(p.count - panel, unit));

        for (size_t i = 0; i < wide; i += LTR_TILE_GROUP) {
            const float *group[LTR_TILE_GROUP];

            for (size_t j = 0; j < LTR_TILE_GROUP; j++)
                group[j] =
                    panel + i + j < p.count
                        ? line_at(lines, p.first + panel + i + j) + p.step
                        : zeros;
            tiles->pack_along(to + i, wide, group,
                              LTR_TILE_GROUP * lines->stride, p.depth);
        }
        to += wide * p.depth;
    }
}

static void pack_across(const struct ltr_tiles *tiles,
                        const struct ltr_lines *lines, struct piece p,
                        size_t width, size_t unit, float *to)
{
    size_t whole = p.count / width, rest = p.count % width;
    size_t panel = width * p.depth, wide = round_up(rest, unit);

    for (size_t step = 0; step < p.depth; step++) {
        const float *line = line_at(lines, p.step + step) + p.first;
        float *last = to + whole * panel + step * wide;

        tiles->pack_across(to + step * width, width, panel, line, whole);
        for (size_t i = 0; i < wide; i++)
            last[i] = i < rest ? line[whole * width + i] : 0;
    }
}

static void pack_left(const struct ltr_tiles *tiles,
                      const struct ltr_lines *lines, struct piece p, float *to)
{
    if (lines->along)
        pack_along(tiles, lines, p, tiles->rows, LTR_TILE_GROUP, to);
    else
        pack_across(tiles, lines, p, tiles->rows, LTR_TILE_GROUP, to);
}

static void pack_right(const struct ltr_tiles *tiles,
                       const struct ltr_lines *lines, struct piece p,
                       float *to)
{
    if (lines->along)
        pack_along(tiles, lines, p, tiles->columns, tiles->columns, to);
    else
        pack_across(tiles, lines, p, tiles->columns, tiles->columns, to);
}

/* ---- Packing once ------------------------------------------------------- */

/* Pieces of the depth one after the other, each with all its panels. */
size_t ltr_packed_size(const ltrec_context *ctx, size_t n, size_t k)
{
    return round_up(n, ltr_tiles_for(ctx->cpu)->columns) * k;
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
    size_t columns = packing->tiles->columns;
    size_t depth = depth_of_pieces(packing->k);
    size_t step = i / packing->across * depth;
    size_t each = MOST_COLUMNS / columns * columns;
    size_t first = i % packing->across * each;
    struct piece p = {first, smaller(each, packing->n - first), step,
                      smaller(depth, packing->k - step)};

    (void)worker;
    pack_right(packing->tiles, &packing->b, p,
               packing->packed + step * round_up(packing->n, columns) +
                   first * p.depth);
}

void ltr_pack(ltrec_context *ctx, size_t n, size_t k, struct ltr_lines b,
              float *packed)
{
    const struct ltr_tiles *tiles = ltr_tiles_for(ctx->cpu);
    size_t each = MOST_COLUMNS / tiles->columns * tiles->columns;
    size_t depth = depth_of_pieces(k);
    struct packing packing = {tiles, n, k, b, packed, (n + each - 1) / each};

    ltr_parallel(ctx, (k + depth - 1) / depth * packing.across, pack_part,
                 &packing);
}

/* ---- Multiplying -------------------------------------------------------- */

/* A part of the result, and where its worker packs. */
struct part {
    const struct ltr_product *product;
    const struct ltr_tiles *tiles;
    size_t row, n_rows, column, n_columns;
    float *left, *right;
    size_t worker;
};

/* A tile that is not whole goes by way of one that is. */
static void multiply_edge(const struct part *part, const float *a, size_t rows,
                          size_t n_rows, size_t n_columns, const float *b,
                          size_t depth, float *out, bool add)
{
    float tile[LTR_TILE_MOST];
    size_t columns = part->tiles->columns, stride = part->product->stride;

    part->tiles->multiply(a, rows, b, depth, tile, columns, false);
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < n_columns; j++) {
            float *to = out + i * stride + j;

            *to = add ? *to + tile[i * columns + j] : tile[i * columns + j];
        }
}

/*
 * All tiles of some rows, by a piece of the depth that is packed.  A panel of
 * a stays in the first-level cache while those of b pass by, and the result
 * is visited along its rows.
 */
static void multiply_packed(const struct part *part, const float *right,
                            size_t row, size_t n_rows, size_t depth, bool add)
{
    const struct ltr_tiles *tiles = part->tiles;
    const struct ltr_product *p = part->product;

    for (size_t i = 0; i < n_rows; i += tiles->rows) {
        size_t left = smaller(tiles->rows, n_rows - i);
        size_t rows = round_up(left, LTR_TILE_GROUP);
        const float *a = part->left + i * depth;
        float *out = p->out + (row + i) * p->stride + part->column;

        for (size_t j = 0; j < part->n_columns; j += tiles->columns) {
            size_t n_columns = smaller(tiles->columns, part->n_columns - j);
            const float *b = right + j * depth;

            if (rows == left && n_columns == tiles->columns)
                tiles->multiply(a, rows, b, depth, out + j, p->stride, add);
            else
                multiply_edge(part, a, rows, left, n_columns, b, depth,
                              out + j, add);
        }
    }
}

static void multiply_part(const struct part *part)
{
    const struct ltr_product *p = part->product;
    size_t each = depth_of_pieces(p->k), depth;

    for (size_t step = 0; step < p->k; step += depth) {
        const float *right = part->right;

        depth = smaller(each, p->k - step);
        if (p->packed)
            right = p->packed + step * round_up(p->n, part->tiles->columns) +
                    part->column * depth;
        else
            pack_right(
                part->tiles, &p->b,
                (struct piece){part->column, part->n_columns, step, depth},
                part->right);
        for (size_t i = 0; i < part->n_rows; i += MOST_ROWS) {
            size_t n_rows = smaller(MOST_ROWS, part->n_rows - i);
            size_t row = part->row + i;

            pack_left(part->tiles, &p->a,
                      (struct piece){row, n_rows, step, depth}, part->left);
            multiply_packed(part, right, row, n_rows, depth,
                            p->add || step > 0);
            if (p->finish && step + depth == p->k)
                p->finish(p->arg, row, n_rows, part->column, part->n_columns);
            if (p->tick && part->worker == 0)
                p->tick(p->user);
        }
    }
}

/* ---- Sharing out -------------------------------------------------------- */

struct shares {
    struct ltr_packs *packs;
    const struct ltr_product *product;
    size_t rows, columns; /* of a part */
    size_t across;        /* parts in a row of them */
};

static void multiply_share(void *arg, size_t i, size_t worker)
{
    struct shares *s = arg;
    const struct ltr_product *p = s->product;
    size_t row = i / s->across * s->rows, column = i % s->across * s->columns;
    struct part part = {p,
                        s->packs->tiles,
                        row,
                        smaller(s->rows, p->m - row),
                        column,
                        smaller(s->columns, p->n - column),
                        s->packs->left + worker * LEFT,
                        s->packs->right + worker * RIGHT,
                        worker};

    multiply_part(&part);
}

static size_t parts_of(size_t n, size_t each)
{
    return (n + each - 1) / each;
}

/*
 * Large parts pack least.  Where they are too few for the workers, the longer
 * side is halved.
 */
static struct shares share_out(struct ltr_packs *packs,
                               const struct ltr_product *p, size_t wanted)
{
    const struct ltr_tiles *t = packs->tiles;
    size_t most = MOST_COLUMNS / t->columns * t->columns;
    struct shares s = {packs, p, smaller(PART_ROWS, round_up(p->m, t->rows)),
                       smaller(most, round_up(p->n, t->columns)), 1};

    while (parts_of(p->m, s.rows) * parts_of(p->n, s.columns) < wanted &&
           (s.rows > 4 * t->rows || s.columns > 2 * t->columns)) {
        if (s.columns > 2 * t->columns && s.columns >= s.rows)
            s.columns = round_up(s.columns / 2, t->columns);
        else if (s.rows > 4 * t->rows)
            s.rows = round_up(s.rows / 2, t->rows);
        else
            s.columns = round_up(s.columns / 2, t->columns);
    }
    s.across = parts_of(p->n, s.columns);
    return s;
}

/* An empty sum. */
static void clear(const struct ltr_product *p)
{
    for (size_t i = 0; i < p->m && !p->add; i++)
        memset(p->out + i * p->stride, 0, p->n * sizeof *p->out);
    if (p->finish)
        p->finish(p->arg, 0, p->m, 0, p->n);
}

void ltr_multiply(struct ltr_packs *packs, const struct ltr_product *product)
{
    size_t workers = ltr_workers(packs->ctx);
    struct shares s =
        share_out(packs, product, workers > 1 ? PARTS * workers : 1);

    if (product->k == 0)
        clear(product);
    ltr_parallel(packs->ctx, parts_of(product->m, s.rows) * s.across,
                 multiply_share, &s);
}

void ltr_multiply_alone(struct ltr_packs *packs,
                        const struct ltr_product *product, size_t worker)
{
    struct shares s = share_out(packs, product, 1);
    size_t n = parts_of(product->m, s.rows) * s.across;

    if (product->k == 0)
        clear(product);
    for (size_t i = 0; i < n; i++)
        multiply_share(&s, i, worker);
}
