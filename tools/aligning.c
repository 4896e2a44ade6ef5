/*
 * aligning.c - new factors into the space of old ones
 */
#include "aligning.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "vectors.h"

void aligning_options(struct args *args, ltrec_align_options *options)
{
    ltrec_align_options_init(options, sizeof *options);
    options->tolerance =
        args_real(args, "tolerance", options->tolerance, 0, 1e6);
    options->weigh_by_plays = args_has(args, "by-plays") != 0;
}

static void replace(ltrec_factors **old, ltrec_factors *by)
{
    ltrec_factors_free(*old);
    *old = by;
}

int aligning_do(ltrec_context *ctx, const char *to,
                const ltrec_align_options *options, ltrec_factors **items,
                ltrec_factors **users, ltrec_align_report *report,
                ltrec_error *err)
{
    size_t rank = ltrec_factors_rank(*items);
    ltrec_factors *target, *aligned = NULL, *turned = NULL;
    int status = vectors_read(ctx, to, &target, err);

    if (status != LTREC_OK)
        return status;
    *report = (ltrec_align_report){.size = sizeof *report};
    report->rotation = tool_alloc(rank, rank * sizeof(double));
    status = ltrec_factors_align(ctx, *items, target, options, &aligned,
                                 report, err);
    if (status == LTREC_OK && users)
        status = ltrec_factors_rotate(ctx, *users, report->rotation, aligned,
                                      &turned, err);
    if (status == LTREC_OK) {
        replace(items, aligned);
        if (users)
            replace(users, turned);
    } else {
        ltrec_factors_free(aligned);
    }
    free(report->rotation);
    report->rotation = NULL;
    ltrec_factors_free(target);
    return status;
}

void aligning_put(const ltrec_align_report *report, json_t *object)
{
    json_put_count(object, "shared", report->n_shared);
    json_put_real(object, "residual", report->residual);
    json_put_real(object, "cosine", report->cosine);
    json_put(object, "same_space", json_boolean(report->kept));
}

void aligning_print(const ltrec_align_report *report)
{
    printf("%zu shared items: residual %.3f, mean cosine %.3f: %s\n",
           report->n_shared, report->residual, report->cosine,
           report->kept ? "the old space, models and indexes go on"
                        : "a new space, with a new model id");
}
