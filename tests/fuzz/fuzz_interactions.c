/*
 * fuzz_interactions.c - any bytes as saved plays, and any rows as plays
 *
 * What is accepted is sorted, counts above 0, and the two sides agree; what
 * was added row by row comes out the same from a file.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/interactions.h"
#include "fuzz_file.h"
#include "store/store.h"

#define MOST 256

static ltrec_context *ctx;

/* ---- What must hold ----------------------------------------------------- */

static void check_side(const struct ltr_pairs *side, size_t n_others)
{
    fuzz_must(side->starts[0] == 0);
    for (size_t row = 0; row < side->n; row++) {
        fuzz_must(row == 0 || side->ids[row - 1] < side->ids[row]);
        fuzz_must(side->starts[row] < side->starts[row + 1]);
        for (uint64_t i = side->starts[row]; i < side->starts[row + 1]; i++) {
            fuzz_must(side->others[i] < n_others);
            fuzz_must(side->counts[i] > 0 && isfinite(side->counts[i]));
            fuzz_must(i == side->starts[row] ||
                      side->others[i - 1] < side->others[i]);
        }
    }
}

static void check(const ltrec_interactions *x)
{
    check_side(&x->by_user, x->by_item.n);
    check_side(&x->by_item, x->by_user.n);
    fuzz_must(x->by_user.starts[x->by_user.n] == x->n_pairs);
    fuzz_must(x->by_item.starts[x->by_item.n] == x->n_pairs);
}

static void factorize(const ltrec_interactions *x)
{
    ltrec_factorize_options o;
    ltrec_factors *users, *items;

    ltrec_factorize_options_init(&o, sizeof o);
    o.rank = 3;
    o.epochs = 1;
    o.confidence = LTREC_CONFIDENCE_LINEAR;
    (void)ltrec_factorize(ctx, x, &o, &users, &items, NULL, NULL);
    ltrec_factors_free(users);
    ltrec_factors_free(items);
}

/* ---- Inputs ------------------------------------------------------------- */

/* Few ids, so that pairs repeat; any bits as a count. */
static void add_rows(const uint8_t *data, size_t size)
{
    ltrec_interactions *x;

    fuzz_must(ltrec_interactions_create(ctx, NULL, &x, NULL) == LTREC_OK);
    for (size_t i = 0; i + 6 <= size && i < 6 * MOST; i += 6) {
        uint64_t user = data[i] % 16, item = data[i + 1] % 32;
        float count;

        memcpy(&count, data + i + 2, sizeof count);
        (void)ltrec_interactions_add(x, 1, &user, &item, &count, NULL);
    }
    if (ltrec_interactions_finish(x, NULL, NULL, NULL) == LTREC_OK) {
        check(x);
        factorize(x);
    }
    ltrec_interactions_free(x);
}

/* Tensors in a sound container, with contents and lengths of the input. */
static void load_tensors(const uint8_t *data, size_t size)
{
    static const char path[] = "/dev/shm/ltrec-fuzz-interactions";
    static uint64_t users[MOST], items[MOST], starts[MOST];
    static uint32_t columns[MOST];
    static float counts[MOST];
    size_t n_users = data[0] % 16, n_items = data[1] % 16;
    size_t n_starts = data[2] % 8 ? n_users + 1 : data[2] % 16;
    size_t n_pairs = data[3] % 64;
    ltrec_interactions *x;
    struct ltr_writer *w;

    for (size_t i = 0; i < MOST; i++) {
        uint8_t byte = 4 + i < size ? data[4 + i] : (uint8_t)i;

        users[i] = items[i] = i + (byte > 250);
        starts[i] = i == n_users ? n_pairs : byte % 64;
        columns[i] = byte % 16;
        counts[i] = byte % 32 ? byte : NAN;
    }
    starts[0] = data[2] % 7 ? 0 : starts[0];
    fuzz_must(ltr_store_create(ctx, "interactions", 1, &w, NULL) == LTREC_OK);
    ltr_store_tensor(w, "users", LTR_U64, 1, &n_users, users);
    ltr_store_tensor(w, "items", LTR_U64, 1, &n_items, items);
    ltr_store_tensor(w, "row_starts", LTR_U64, 1, &n_starts, starts);
    ltr_store_tensor(w, "columns", LTR_U32, 1, &n_pairs, columns);
    ltr_store_tensor(w, "counts", LTR_F32, 1, &n_pairs, counts);
    fuzz_must(ltr_store_save(w, path, NULL) == LTREC_OK);
    if (ltrec_interactions_load(ctx, path, &x, NULL) == LTREC_OK)
        check(x);
    ltrec_interactions_free(x);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ltrec_interactions *x;

    if (!ctx)
        fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    if (size > 1 && data[0] == 1) {
        add_rows(data + 1, size - 1);
    } else if (size > 5 && data[0] == 2) {
        load_tensors(data + 1, size - 1);
    } else if (ltr_interactions_parse(ctx, data, size, &x, NULL) == LTREC_OK) {
        check(x);
        ltrec_interactions_free(x);
    }
    return 0;
}
