/*
 * pairs.c - rows of plays sorted and added up
 *
 * A pair packs into 64 bits that sort as they should: the item's number above
 * the bits of its count, which for a positive float ascend with its value.
 * Of repeats the whole numbers up to 2^24 are added first, exactly, then the
 * others, smallest first, in double: the sum depends neither on the order in
 * which they came nor on which whole ones had been added up before.
 */
#include "cf/interactions.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/steps.h"
#include "math/sort.h"

/* Whole numbers that a float has, and whose sums a double has. */
#define LARGEST_WHOLE 16777216.0f

/* Rows between two reports of progress: about 10 ms of work. */
#define BLOCK ((size_t)1 << 19)

struct builder {
    ltrec_context *ctx;
    struct ltr_pending *pending;

    /* From the map's number to the order of ids; NULL: as they are. */
    uint32_t *user_ranks, *item_ranks;
    uint64_t *keys;  /* [n], packed pairs, row after row */
    uint64_t *begin; /* [n_users + 1], where each row begins in keys */
    uint64_t *fill;  /* [n_users], where the next pair of a row goes */
    size_t first;    /* the first user of the block being sorted */
    uint64_t *ids;   /* [n_users], ascending */

    struct ltr_steps *steps;
};

static int no_memory(const struct builder *b, ltrec_error *err)
{
    return ltr_fail(err, LTREC_ERR_MEMORY,
                    "interactions: no memory to sort %zu rows", b->pending->n);
}

static int advance(struct builder *b, size_t rows, ltrec_error *err)
{
    if (ltr_steps_take(b->steps, rows) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_CANCELLED, "interactions: cancelled");
    return LTREC_OK;
}

static void free_scratch(struct builder *b)
{
    ltr_free(b->ctx, b->user_ranks);
    ltr_free(b->ctx, b->item_ranks);
    ltr_free(b->ctx, b->keys);
    ltr_free(b->ctx, b->begin);
    ltr_free(b->ctx, b->fill);
    b->user_ranks = b->item_ranks = NULL;
    b->keys = b->begin = b->fill = NULL;
}

/* ---- Numbering ---------------------------------------------------------- */

static uint32_t rank_of(const uint64_t *ids, size_t n, uint64_t id)
{
    size_t low = 0, high = n;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (ids[middle] <= id)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* The ids of a map in ascending order, and where each of them went. */
static int rank_ids(ltrec_context *ctx, const struct ltr_ids *map,
                    uint64_t **ids, uint32_t **ranks)
{
    *ids = ltr_alloc(ctx, map->count, sizeof **ids);
    *ranks = ltr_alloc(ctx, map->count, sizeof **ranks);
    if (!*ids || !*ranks)
        return LTREC_ERR_MEMORY;
    if (map->count > 0)
        memcpy(*ids, map->ids, map->count * sizeof **ids);
    ltr_sort_in_place(*ids, map->count);
    for (size_t row = 0; row < map->count; row++)
        (*ranks)[row] = rank_of(*ids, map->count, map->ids[row]);
    return LTREC_OK;
}

/* ---- Sorting ------------------------------------------------------------ */

static uint32_t ranked(const uint32_t *ranks, uint32_t number)
{
    return ranks ? ranks[number] : number;
}

static int scatter(struct builder *b, ltrec_error *err)
{
    const struct ltr_pending *p = b->pending;
    size_t n_users = p->users.count;
    int status = LTREC_OK;

    for (size_t i = 0; i < p->n; i++)
        b->begin[ranked(b->user_ranks, p->row_users[i]) + 1]++;
    for (size_t u = 0; u < n_users; u++) {
        b->begin[u + 1] += b->begin[u];
        b->fill[u] = b->begin[u];
    }
    for (size_t at = 0; at < p->n && status == LTREC_OK; at += BLOCK) {
        size_t end = p->n - at < BLOCK ? p->n : at + BLOCK;

        for (size_t i = at; i < end; i++) {
            uint32_t item = ranked(b->item_ranks, p->row_items[i]), bits;
            uint32_t user = ranked(b->user_ranks, p->row_users[i]);

            memcpy(&bits, &p->counts[i], sizeof bits);
            b->keys[b->fill[user]++] = (uint64_t)item << 32 | bits;
        }
        status = advance(b, end - at, err);
    }
    return status;
}

static void sort_row(void *arg, size_t i, size_t worker)
{
    struct builder *b = arg;
    size_t user = b->first + i;

    (void)worker;
    ltr_sort_in_place(b->keys + b->begin[user],
                      (size_t)(b->begin[user + 1] - b->begin[user]));
}

static int sort_rows(struct builder *b, ltrec_error *err)
{
    size_t n_users = b->pending->users.count;
    int status = LTREC_OK;

    for (size_t u = 0; u < n_users && status == LTREC_OK;) {
        size_t end = u + 1;

        while (end < n_users && b->begin[end + 1] - b->begin[u] <= BLOCK)
            end++;
        b->first = u;
        ltr_parallel(b->ctx, end - u, sort_row, b);
        status = advance(b, (size_t)(b->begin[end] - b->begin[u]), err);
        u = end;
    }
    return status;
}

static float count_of(uint64_t key)
{
    uint32_t bits = (uint32_t)key;
    float count;

    memcpy(&count, &bits, sizeof count);
    return count;
}

static bool is_whole(float count)
{
    return count <= LARGEST_WHOLE && count == floorf(count);
}

/* Keys and their rows, all of `pending` in order. */
static int sort_keys(struct builder *b, ltrec_error *err)
{
    const struct ltr_pending *p = b->pending;
    int status;

    b->begin = ltr_alloc(b->ctx, p->users.count + 1, sizeof *b->begin);
    b->fill = ltr_alloc(b->ctx, p->users.count, sizeof *b->fill);
    b->keys = ltr_alloc(b->ctx, p->n, sizeof *b->keys);
    if (!b->begin || !b->fill || !b->keys)
        return no_memory(b, err);
    status = scatter(b, err);
    return status == LTREC_OK ? sort_rows(b, err) : status;
}

/* The sum of the repeats that begin at `*at`, which moves past them. */
static double sum_of(const struct builder *b, uint64_t *at, uint64_t end)
{
    uint32_t item = (uint32_t)(b->keys[*at] >> 32);
    double whole = 0, others = 0;

    for (; *at < end && b->keys[*at] >> 32 == item; ++*at) {
        float count = count_of(b->keys[*at]);

        if (is_whole(count))
            whole += (double)count;
        else
            others += (double)count;
    }
    return whole + others;
}

static int check_sums(struct builder *b, ltrec_error *err)
{
    size_t n_users = b->pending->users.count;

    for (size_t u = 0; u < n_users; u++)
        for (uint64_t i = b->begin[u], end = b->begin[u + 1]; i < end;) {
            unsigned item = (unsigned)(b->keys[i] >> 32);
            double sum = sum_of(b, &i, end);

            if (sum > (double)FLT_MAX)
                return ltr_fail(err, LTREC_ERR_ARGUMENT,
                                "interactions: the counts of listener %llu "
                                "and item number %u add up to %g, too much "
                                "for a float",
                                (unsigned long long)b->ids[u], item, sum);
        }
    return advance(b, b->pending->n, err);
}

/*
 * Pairs out of sorted keys, repeats added up, to where the pending rows stood:
 * there is room for them, and no memory for both.  The number of pairs.
 */
static size_t unpack(struct builder *b, uint64_t *starts)
{
    struct ltr_pending *p = b->pending;
    size_t n_pairs = 0;

    for (size_t u = 0; u < p->users.count; u++) {
        for (uint64_t i = b->begin[u], end = b->begin[u + 1]; i < end;) {
            p->row_items[n_pairs] = (uint32_t)(b->keys[i] >> 32);
            p->counts[n_pairs++] = (float)sum_of(b, &i, end);
        }
        starts[u + 1] = n_pairs;
    }
    return n_pairs;
}

/* What unpack() left, as pending rows again. */
static void pack(struct builder *b, const uint64_t *starts,
                 const uint64_t *item_ids)
{
    struct ltr_pending *p = b->pending;
    size_t n_users = p->users.count;

    p->n = (size_t)starts[n_users];
    for (size_t u = 0; u < n_users; u++) {
        size_t number =
            ltr_idmap_find(&p->users.rows, p->users.ids, b->ids[u]);

        for (uint64_t i = starts[u]; i < starts[u + 1]; i++) {
            p->row_users[i] = (uint32_t)number;
            p->row_items[i] = (uint32_t)ltr_idmap_find(
                &p->items.rows, p->items.ids, item_ids[p->row_items[i]]);
        }
    }
}

/* ---- Fewer rows --------------------------------------------------------- */

/* Write the repeats that begin at `*at` to row `*to` on, whole ones as one. */
static void merge(struct builder *b, uint32_t user, uint64_t *at, uint64_t end,
                  size_t *to)
{
    struct ltr_pending *p = b->pending;
    uint32_t item = (uint32_t)(b->keys[*at] >> 32);
    float whole = 0;

    for (; *at < end && b->keys[*at] >> 32 == item; ++*at) {
        float count = count_of(b->keys[*at]), row = count;

        if (is_whole(count) && whole + count <= LARGEST_WHOLE) {
            whole += count;
            continue;
        }
        if (is_whole(count)) {
            row = whole;
            whole = count;
        }
        p->row_users[*to] = user;
        p->row_items[*to] = item;
        p->counts[(*to)++] = row;
    }
    if (whole > 0) {
        p->row_users[*to] = user;
        p->row_items[*to] = item;
        p->counts[(*to)++] = whole;
    }
}

int ltr_pairs_compact(ltrec_context *ctx, struct ltr_pending *pending)
{
    struct ltr_steps quiet = {0};
    struct builder b = {.ctx = ctx, .pending = pending, .steps = &quiet};
    int status = sort_keys(&b, NULL);
    size_t n = 0;

    if (status == LTREC_OK) {
        for (size_t u = 0; u < pending->users.count; u++)
            for (uint64_t i = b.begin[u], end = b.begin[u + 1]; i < end;)
                merge(&b, (uint32_t)u, &i, end, &n);
        pending->n = n;
    }
    free_scratch(&b);
    return status;
}

/* ---- Both sides --------------------------------------------------------- */

static int build(struct builder *b, struct ltr_pairs *by_user,
                 struct ltr_pairs *by_item, uint64_t *item_ids,
                 ltrec_error *err)
{
    struct ltr_pending *p = b->pending;
    uint64_t *starts = ltr_alloc(b->ctx, p->users.count + 1, sizeof *starts);
    int status = starts ? sort_keys(b, err) : no_memory(b, err);

    if (status == LTREC_OK)
        status = check_sums(b, err);
    if (status != LTREC_OK) {
        ltr_free(b->ctx, starts);
        return status;
    }
    (void)unpack(b, starts);
    free_scratch(b);
    *by_user = (struct ltr_pairs){p->users.count, b->ids, starts, p->row_items,
                                  p->counts};
    status =
        ltr_pairs_transpose(b->ctx, by_user, p->items.count, by_item, err);
    if (status != LTREC_OK) {
        pack(b, starts, item_ids);
        ltr_free(b->ctx, starts);
        return status;
    }
    by_item->ids = item_ids;
    p->row_items = NULL; /* now those of by_user */
    p->counts = NULL;
    return LTREC_OK;
}

int ltr_pairs_build(ltrec_context *ctx, struct ltr_pending *pending,
                    struct ltr_pairs *by_user, struct ltr_pairs *by_item,
                    ltrec_progress progress, void *user, ltrec_error *err)
{
    struct ltr_steps steps = {progress, user, 0, 3 * (uint64_t)pending->n};
    struct builder b = {.ctx = ctx, .pending = pending, .steps = &steps};
    uint64_t *item_ids = NULL;
    int status = rank_ids(ctx, &pending->users, &b.ids, &b.user_ranks);

    if (status == LTREC_OK)
        status = rank_ids(ctx, &pending->items, &item_ids, &b.item_ranks);
    status = status == LTREC_OK ? build(&b, by_user, by_item, item_ids, err)
                                : no_memory(&b, err);
    free_scratch(&b);
    if (status != LTREC_OK) {
        ltr_free(ctx, b.ids);
        ltr_free(ctx, item_ids);
    }
    return status;
}
