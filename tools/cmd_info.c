/*
 * cmd_info.c - ltrec info: what this build is and what it found, or what a
 * model's file holds
 */
#include <stdio.h>
#include <stdlib.h>

#include <sndfile.h>

#include <ltrec/train.h>

#include "commands.h"
#include "json.h"
#include "term.h"
#include "training.h"

/* ---- The machine -------------------------------------------------------- */

static int has_bf16(const ltrec_context *ctx)
{
    return ltrec_context_precision(ctx, LTREC_PRECISION_BF16) ==
           LTREC_PRECISION_BF16;
}

static void print_machine(const ltrec_context *ctx, int as_json)
{
    if (as_json) {
        json_t *object = json_object();

        json_put_text(object, "version", ltrec_version());
        json_put_text(object, "kernels", ltrec_context_kernels(ctx));
        json_put(object, "bf16", json_boolean(has_bf16(ctx)));
        json_put_count(object, "threads", ltrec_context_threads(ctx));
        json_put_text(object, "sound", sf_version_string());
        json_put_text(object, "json", jansson_version_str());
        json_print(object);
    } else {
        printf("libltrec  %s\n", ltrec_version());
        printf("kernels   %s\n", ltrec_context_kernels(ctx));
        printf("networks  float32%s\n", has_bf16(ctx) ? ", bf16" : "");
        printf("threads   %u\n", (unsigned)ltrec_context_threads(ctx));
        printf("sound     %s\n", sf_version_string());
        printf("json      Jansson %s\n", jansson_version_str());
    }
}

/* ---- A model ------------------------------------------------------------ */

/* A branch of a model, and what the model knows of it. */
struct row {
    uint32_t branch;
    double loss; /* as training calls it */
    int is_known;
    ltrec_branch_training training;
};

static struct row row_of(const ltrec_model *model, uint32_t branch)
{
    double validation = ltrec_model_validation(model, branch);
    struct row row = {.branch = branch,
                      .loss = branch == LTREC_BRANCH_HEAD ? validation
                                                          : 1 - validation};

    row.is_known = ltrec_model_training(model, branch, &row.training,
                                        sizeof row.training) == LTREC_OK;
    return row;
}

static json_t *json_of(const ltrec_model *model, const struct row *row)
{
    const ltrec_branch_training *t = &row->training;
    json_t *object = json_object();

    json_put_text(object, "branch", training_branch(row->branch));
    json_put_count(object, "parameters",
                   ltrec_model_parameters(model, row->branch));
    json_put_count(object, "names",
                   ltrec_model_vocabulary(model, row->branch));
    json_put_real(object, "validation_loss", row->loss);
    if (row->is_known) {
        json_put_count(object, "tracks", t->tracks);
        json_put_count(object, "validation_tracks", t->validation_tracks);
        json_put_text(object, "split", training_split(t->split));
        json_put(object, "seed", json_id(t->seed));
        json_put_real(object, "validation_share", (double)t->validation);
    }
    return object;
}

static json_t *names_of(uint32_t branches)
{
    json_t *names = json_array();

    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1)
        if (branches & bit)
            json_push(names, json_text(training_branch(bit)));
    return names;
}

static void print_json(const ltrec_model *model)
{
    json_t *object = json_object(), *branches = json_array();
    ltrec_model_information info;
    char digits[TOOL_HEX];

    ltrec_model_info(model, &info, sizeof info);

    json_put_count(object, "rank", ltrec_model_rank(model));
    tool_hex(digits, ltrec_model_factors_id(model));
    json_put_text(object, "factors", digits);
    tool_hex(digits, ltrec_model_feature_version(model));
    json_put_text(object, "features", digits);
    json_put_real(object, "norm", (double)ltrec_model_norm(model));
    json_put_text(object, "provenance", ltrec_model_provenance(model));
    json_put(object, "by_ear", json_boolean(info.by_ear));
    json_put_count(object, "patch_frames", info.patch_frames);
    json_put(object, "fused", names_of(info.fused));
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1)
        if (ltrec_model_branches(model) & bit) {
            struct row row = row_of(model, bit);

            json_push(branches, json_of(model, &row));
        }
    json_put(object, "branches", branches);
    json_print(object);
}

static void print_row(const ltrec_model *model, const struct row *row,
                      struct term_table *table)
{
    const ltrec_branch_training *t = &row->training;

    term_table_cell(table, "%s", training_branch(row->branch));
    term_table_cell(table, "%zu", ltrec_model_parameters(model, row->branch));
    term_table_cell(table, "%zu", ltrec_model_vocabulary(model, row->branch));
    term_table_cell(table, "%.4f", row->loss);
    if (row->is_known) {
        term_table_cell(table, "%llu", (unsigned long long)t->tracks);
        term_table_cell(table, "%llu",
                        (unsigned long long)t->validation_tracks);
        term_table_cell(table, "%s", training_split(t->split));
        term_table_cell(table, "%llu", (unsigned long long)t->seed);
    } else {
        for (int i = 0; i < 4; i++)
            term_table_cell(table, "?");
    }
}

static void print_text(const ltrec_model *model)
{
    static const char *const names[] = {
        "branch",  ">parameters", ">names", ">validation loss",
        ">tracks", ">kept back",  "split",  ">seed"};
    struct term_table *table =
        term_table_create(sizeof names / sizeof names[0], names);
    const char *provenance = ltrec_model_provenance(model);
    ltrec_model_information info;
    char digits[TOOL_HEX];

    ltrec_model_info(model, &info, sizeof info);

    tool_hex(digits, ltrec_model_factors_id(model));
    printf("rank      %zu, of factors %s\n", ltrec_model_rank(model), digits);
    if (ltrec_model_feature_version(model)) {
        tool_hex(digits, ltrec_model_feature_version(model));
        printf("features  %s\n", digits);
    }
    if (provenance[0]) {
        char *shown = term_shown(provenance);

        printf("of        %s\n", shown);
        free(shown);
    }
    if (info.patch_frames)
        printf("hears     %u rows at a time%s\n", (unsigned)info.patch_frames,
               info.by_ear ? ", attributes for mlg too" : "");
    if (info.fused)
        printf("fuses    ");
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1)
        if (info.fused & bit)
            printf(" %s", training_branch(bit));
    if (info.fused)
        printf("\n");
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1)
        if (ltrec_model_branches(model) & bit) {
            struct row row = row_of(model, bit);

            print_row(model, &row, table);
        }
    term_table_print(table);
}

/* ---- The command -------------------------------------------------------- */

static int show_model(ltrec_context *ctx, const char *path, int as_json)
{
    ltrec_error err = {0};
    ltrec_model *model;
    int status = ltrec_model_load(ctx, path, &model, &err);

    if (status == LTREC_OK && as_json)
        print_json(model);
    else if (status == LTREC_OK)
        print_text(model);
    ltrec_model_free(model);
    return term_result(status, &err);
}

static int run(struct args *args)
{
    const char *model = args_text(args, "model", NULL);
    ltrec_context *ctx;
    int status = args_context(args, &ctx);

    if (status != EXIT_DONE)
        return status;
    if (model)
        status = show_model(ctx, model, args_has(args, "json"));
    else
        print_machine(ctx, args_has(args, "json"));
    ltrec_context_free(ctx);
    return status;
}

static const struct args_option options[] = {
    {"model", "M", "instead: the branches of a model, and how they learnt"},
    {"json", NULL, "one JSON object"},
    {NULL, NULL, NULL},
};

const struct command command_info = {
    .name = "info",
    .summary = "the version, and what was found on this machine",
    .usage = "[--model M] [--json]",
    .options = options,
    .run = run,
};
