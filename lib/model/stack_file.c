/*
 * stack_file.c - what branches say beside a fusion, in the files of models
 */
#include "model/model_parts.h"

#include <string.h>

#include "base/error.h"
#include "store/store.h"

#define STACK "fusion.stack"
#define ALONE "fusion.stack_alone"

void ltr_stack_write(struct ltr_writer *writer,
                     const struct ltr_branch *fusion)
{
    size_t n = LTR_FUSABLE;

    ltr_store_tensor(writer, STACK, LTR_F32, 1, &n, fusion->stack[0]);
    if (fusion->fused & LTREC_BRANCH_ARTIST)
        ltr_store_tensor(writer, ALONE, LTR_F32, 1, &n, fusion->stack[1]);
}

/* Where a file lacks them `out` is left.  Below 0 an answer would be turned
 * round. */
static int read_weights(const struct ltr_reader *reader, const char *name,
                        float *out, ltrec_error *err)
{
    size_t n = LTR_FUSABLE;
    const float *weights;
    int status;

    if (!ltr_store_has(reader, name))
        return LTREC_OK;
    status = ltr_store_get_floats(reader, name, 1, &n, &weights, err);
    for (size_t i = 0; status == LTREC_OK && i < n; i++) {
        if (!(weights[i] >= 0))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "model: %g of %s's answer beside the fusion's",
                            (double)weights[i], ltr_branch_names[i]);
        out[i] = weights[i];
    }
    return status;
}

int ltr_stack_read(const struct ltr_reader *reader, struct ltr_branch *fusion,
                   ltrec_error *err)
{
    int status = read_weights(reader, STACK, fusion->stack[0], err);

    memcpy(fusion->stack[1], fusion->stack[0], sizeof fusion->stack[1]);
    return status == LTREC_OK
               ? read_weights(reader, ALONE, fusion->stack[1], err)
               : status;
}
