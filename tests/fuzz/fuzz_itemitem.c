/*
 * fuzz_itemitem.c - any bytes, or any tensors in a sound container, as a model
 *
 * What is accepted has rows in order, items within, and finite weights, and
 * answers whatever is asked of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "cf/itemitem.h"
#include "fuzz_file.h"
#include "store/store.h"

#define MOST 64

static ltrec_context *ctx;

static void check(const ltrec_itemitem *m)
{
    for (size_t row = 0; row < m->count; row++) {
        const uint32_t *others;
        const float *weights;
        size_t n;

        fuzz_must(row == 0 || m->ids[row - 1] < m->ids[row]);
        fuzz_must(ltrec_itemitem_row(m, row, &n, &others, &weights) ==
                  LTREC_OK);
        for (size_t i = 0; i < n; i++)
            fuzz_must(others[i] < m->count && others[i] != row &&
                      isfinite(weights[i]) &&
                      (i == 0 || others[i - 1] < others[i]));
    }
}

static void ask(const ltrec_itemitem *m)
{
    float *scores = malloc(m->count * sizeof *scores + 1), weights[8], part;
    uint64_t ids[8];
    size_t n;

    fuzz_must(scores != NULL);
    fuzz_must(ltrec_itemitem_score(m, m->count, m->ids, NULL, scores, &n,
                                   NULL) == LTREC_OK);
    fuzz_must(n == m->count);
    for (size_t i = 0; i < m->count && i < 8; i++) {
        fuzz_must(ltrec_itemitem_similar(m, m->ids[i], 8, ids, weights, &n) ==
                  LTREC_OK);
        fuzz_must(ltrec_itemitem_parts(m, m->ids[i], 1, m->ids, NULL, &part,
                                       NULL) == LTREC_OK);
    }
    free(scores);
}

/* Tensors in a sound container, with contents and lengths of the input. */
static void load_tensors(const uint8_t *data, size_t size)
{
    static const char path[] = "/dev/shm/ltrec-fuzz-itemitem";
    static uint64_t ids[MOST], starts[MOST];
    static uint32_t columns[MOST], plays[MOST];
    static float weights[MOST];
    size_t n = data[0] % 16, n_starts = data[1] % 8 ? n + 1 : data[1] % 16;
    size_t n_weights = data[2] % MOST;
    ltrec_itemitem *m;
    struct ltr_writer *w;

    for (size_t i = 0; i < MOST; i++) {
        uint8_t byte = 4 + i < size ? data[4 + i] : (uint8_t)i;

        ids[i] = i + (byte > 250);
        starts[i] = i == n ? n_weights : byte % MOST;
        columns[i] = byte % 16;
        weights[i] = byte % 64 ? (float)byte - 100 : NAN;
    }
    starts[0] = data[1] % 7 ? 0 : starts[0];
    fuzz_must(ltr_store_create(ctx, "itemitem", 1, &w, NULL) == LTREC_OK);
    ltr_store_number(w, "ltrec.value", data[3] % 4);
    ltr_store_real(w, "ltrec.epsilon", data[3] - 1.0);
    ltr_store_tensor(w, "ids", LTR_U64, 1, &n, ids);
    ltr_store_tensor(w, "plays", LTR_U32, 1, &n, plays);
    ltr_store_tensor(w, "row_starts", LTR_U64, 1, &n_starts, starts);
    ltr_store_tensor(w, "columns", LTR_U32, 1, &n_weights, columns);
    ltr_store_tensor(w, "weights", LTR_F32, 1, &n_weights, weights);
    fuzz_must(ltr_store_save(w, path, NULL) == LTREC_OK);
    if (ltrec_itemitem_load(ctx, path, &m, NULL) == LTREC_OK) {
        check(m);
        ask(m);
    }
    ltrec_itemitem_free(m);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ltrec_itemitem *m;

    if (!ctx)
        fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    if (size > 5 && data[0] == 2) {
        load_tensors(data + 1, size - 1);
    } else if (ltr_itemitem_parse(ctx, data, size, &m, NULL) == LTREC_OK) {
        check(m);
        ask(m);
        ltrec_itemitem_free(m);
    }
    return 0;
}
