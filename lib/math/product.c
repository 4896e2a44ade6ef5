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
#include "math/packing.h"
#include "math/terms.h"

#define MOST_ROWS 192    /* packed at a time; a multiple of all tiles' */
#define MOST_COLUMNS 528 /* packed at a time, of any tile's */
#define PART_ROWS 768    /* of the result that one task makes, at most */
#define PARTS 2          /* a worker, at least, where there is enough to do */

#define LEFT LTR_TERMS_ROOM
_Static_assert(LEFT >= MOST_ROWS * LTR_TILE_DEPTH, "room for packed rows");
#define RIGHT (MOST_COLUMNS * LTR_TILE_DEPTH)

int ltr_packs_create(ltrec_context *ctx, int32_t precision,
                     struct ltr_packs **out)
{
    size_t workers = ltr_workers(ctx);
    struct ltr_packs *packs = ltr_alloc(ctx, 1, sizeof *packs);

    *out = NULL;
    if (!packs)
        return LTREC_ERR_MEMORY;
    packs->ctx = ltr_context_ref(ctx);
    packs->tiles = ltr_tiles_for(ctx->cpu, precision);
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

    for (size_t i = 0; i < n_rows && add; i++)
        memcpy(tile + i * columns, out + i * stride, n_columns * sizeof *out);
    part->tiles->multiply(a, rows, b, depth, tile, columns, add);
    for (size_t i = 0; i < n_rows; i++)
        memcpy(out + i * stride, tile + i * columns, n_columns * sizeof *out);
}

/* How many of n columns from `column` are wanted of the rows before `end`. */
static size_t wanted(const struct ltr_product *p, size_t end, size_t column,
                     size_t n)
{
    if (p->lower)
        return end > column ? ltr_smaller(n, end - column) : 0;
    return n;
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
    _Alignas(LTR_TILE_STATE) unsigned char before[LTR_TILE_STATE];
    size_t line = ltr_packed_line(tiles, depth);

    if (tiles->begin)
        tiles->begin(before);
    for (size_t i = 0; i < n_rows; i += tiles->rows) {
        size_t left = ltr_smaller(tiles->rows, n_rows - i);
        size_t rows = ltr_round_up(left, tiles->group);
        const float *a = part->left + i * line;
        float *out = p->out + (row + i) * p->stride + part->column;
        size_t end = wanted(p, row + i + left, part->column, part->n_columns);

        for (size_t j = 0; j < end; j += tiles->columns) {
            size_t n_columns =
                ltr_smaller(tiles->columns, part->n_columns - j);
            const float *b = right + j * line;

            if (rows == left && n_columns == tiles->columns)
                tiles->multiply(a, rows, b, depth, out + j, p->stride, add);
            else
                multiply_edge(part, a, rows, left, n_columns, b, depth,
                              out + j, add);
        }
    }
    if (tiles->end)
        tiles->end(before);
}

/* ---- A part --------------------------------------------------------------
 */

/* Some rows of the part by a piece of the depth. */
static void multiply_rows(const struct part *part, const float *right,
                          struct ltr_piece p)
{
    const struct ltr_product *product = part->product;
    bool add = product->add || p.step > 0;
    struct ltr_terms terms;

    if (product->sparse && part->tiles->find_terms &&
        ltr_terms_find(part->tiles, &product->a, p, part->left, &terms)) {
        ltr_terms_multiply(&terms, right, part->n_columns,
                           product->out + p.first * product->stride +
                               part->column,
                           product->stride, add);
    } else {
        ltr_pack_left(part->tiles, &product->a, p, part->left);
        multiply_packed(part, right, p.first, p.count, p.depth, add);
    }
    if (product->finish && p.step + p.depth == product->k)
        product->finish(product->arg, p.first, p.count, part->column,
                        part->n_columns);
    if (product->tick && part->worker == 0)
        product->tick(product->user);
}

static void multiply_part(const struct part *part)
{
    const struct ltr_product *p = part->product;
    const struct ltr_tiles *tiles = part->tiles;
    size_t each = ltr_depth_of_pieces(tiles, p->k), depth;
    size_t rows = p->sparse && tiles->find_terms ? LTR_TERMS_ROWS : MOST_ROWS;

    for (size_t step = 0; step < p->k; step += depth) {
        const float *right = part->right;

        depth = ltr_smaller(each, p->k - step);
        if (p->packed)
            right = p->packed +
                    ltr_packed_line(tiles, step) *
                        ltr_round_up(p->n, tiles->columns) +
                    part->column * ltr_packed_line(tiles, depth);
        else
            ltr_pack_right(
                tiles, &p->b,
                (struct ltr_piece){part->column, part->n_columns, step, depth},
                part->right);
        for (size_t i = 0; i < part->n_rows; i += rows)
            multiply_rows(
                part, right,
                (struct ltr_piece){part->row + i,
                                   ltr_smaller(rows, part->n_rows - i), step,
                                   depth});
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
    size_t n_rows = ltr_smaller(s->rows, p->m - row);
    struct part part = {p,
                        s->packs->tiles,
                        row,
                        n_rows,
                        column,
                        wanted(p, row + n_rows, column,
                               ltr_smaller(s->columns, p->n - column)),
                        s->packs->left + worker * LEFT,
                        s->packs->right + worker * RIGHT,
                        worker};

    if (part.n_columns > 0)
        multiply_part(&part);
}

static size_t parts_of(size_t n, size_t each)
{
    return n > 0 ? (n + each - 1) / each : 0;
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
    struct shares s = {packs, p,
                       ltr_smaller(PART_ROWS, ltr_round_up(p->m, t->rows)),
                       ltr_smaller(most, ltr_round_up(p->n, t->columns)), 1};

    while (parts_of(p->m, s.rows) * parts_of(p->n, s.columns) < wanted &&
           (s.rows > 4 * t->rows || s.columns > 2 * t->columns)) {
        if (s.columns > 2 * t->columns && s.columns >= s.rows)
            s.columns = ltr_round_up(s.columns / 2, t->columns);
        else if (s.rows > 4 * t->rows)
            s.rows = ltr_round_up(s.rows / 2, t->rows);
        else
            s.columns = ltr_round_up(s.columns / 2, t->columns);
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
