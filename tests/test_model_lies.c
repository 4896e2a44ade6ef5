/*
 * test_model_lies.c - model files that say what cannot be
 */
#include "check_run.h"

#include <math.h>

#include "model_file_lab.h"

/* An allocator that remembers the largest block it was asked for. */
struct largest {
    size_t bytes;
};

static void *allocate_and_note(size_t bytes, void *user)
{
    struct largest *largest = user;

    largest->bytes = bytes > largest->bytes ? bytes : largest->bytes;
    return bytes < 1 << 26 ? malloc(bytes) : NULL;
}

static void release(void *block, void *user)
{
    (void)user;
    free(block);
}

/* Refused as what it is, before much memory was taken for it. */
static void check_refused(const struct forged *file, const char *what)
{
    ltrec_context_options options;
    struct largest largest = {0};
    ltrec_model *loaded;
    ltrec_context *wary;
    ltrec_error err;
    int status;

    ltrec_context_options_init(&options, sizeof options);
    options.allocate = allocate_and_note;
    options.release = release;
    options.user = &largest;
    ck_assert_int_eq(ltrec_context_create(&options, &wary, NULL), LTREC_OK);
    status =
        ltrec_model_load_memory(wary, file->bytes, file->size, &loaded, &err);
    ck_assert_msg(status == LTREC_ERR_FORMAT, "%s: %d", what, status);
    ck_assert_ptr_null(loaded);
    ck_assert_msg(largest.bytes < 65536, "%s: %zu bytes", what, largest.bytes);
    ltrec_context_free(wary);
}

#define POOLS_256 "pool 64, pool 64, pool 64, pool 64, "

static const char *const lies[][2] = {
    /* Sizes beyond what the file holds. */
    {"\"mgp.layers\":\"dense 5, relu, dense 4\"",
     "\"mgp.layers\":\"dense 65536, relu, dense 65536, relu, dense 4\""},
    {"\"mgp.layers\":\"dense 5", "\"mgp.layers\":\"dense 6"},
    {"\"mgp.inputs\":\"6\"", "\"mgp.inputs\":\"65536\""},
    {"\"mgp.inputs\":\"6\"", "\"mgp.inputs\":\"8\""},
    {"\"ltrec.rank\":\"4\"", "\"ltrec.rank\":\"65536\""},
    {"\"ltrec.rank\":\"4\"", "\"ltrec.rank\":\"0\""},
    {"\"ltrec.rank\":\"4\"", "\"ltrec.rank\":\"18446744073709551620\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"4000000000\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"16385\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"7\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"0\""},
    /* The head and a linear path have other inputs with six statistics. */
    {"\"audio.patch_frames\":\"12\"",
     "\"audio.patch_frames\":\"12\",\"audio.statistics\":\"6\""},
    {"\"audio.patch_frames\":\"12\"",
     "\"audio.patch_frames\":\"12\",\"audio.statistics\":\"3\""},
    {"\"artist.fame\":\"0.25\"", "\"artist.fame\":\"1.01\""},
    {"\"artist.fame\":\"0.25\"", "\"artist.fame\":\"-0.1\""},
    {"\"artist.fame\":\"0.25\"", "\"artist.fame\":\"nan\""},
    {"\"artist.usual\":\"1.5\"", "\"artist.usual\":\"-1\""},
    {"\"artist.usual\":\"1.5\"", "\"artist.usual\":\"1e39\""},
    {"\"artist.fame\":\"0.25\",", ""},
    /* Networks that are none, or whose reach is past any patch. */
    {"\"audio.layers\":\"conv 4 3, relu, pool 2,",
     "\"audio.layers\":\"conv 4 3, relu, pool 63,"},
    {"\"audio.layers\":\"conv 4 3, relu, pool 2,",
     "\"audio.layers\":\"conv 4 3, relu, pool 2, " POOLS_256
     "pool 64, pool 64, pool 64, pool 64, pool 64, pool 64, pool 64, "},
    {"global, dense 6", "dense 6"},
    {"\"genre.layers\":\"dense 3, relu, dense 4\"", "\"genre.layers\":\"\""},
    {"\"genre.layers\":\"dense 3, relu, dense 4\"",
     "\"genre.layers\":\"dense 3, relu, dense 4,\""},
    {"\"genre.layers\":\"dense 3, relu, dense 4\"",
     "\"genre.layers\":\"dense 3, relu, dense -4\""},
    {"\"genre.layers\":\"dense 3, relu, dense 4\"",
     "\"genre.layers\":\"dense 3 relu, dense 4\""},
    {"\"genre.layers\":\"dense 3, relu, dense 4\"",
     "\"genre.layers\":\"dense 3, tanh, dense 4\""},
    {"\"genre.layers\":\"dense 3, relu", "\"genre.layers\":\"global, dense 3"},
    {"dropout 45875", "dropout 65536"},
    {"\"genre.layers\"", "\"genre.layerz\""},
    /* Branches that do not fit each other. */
    {"\"ltrec.branches\":\"127\"", "\"ltrec.branches\":\"126\""},
    {"\"ltrec.branches\":\"127\"", "\"ltrec.branches\":\"63\""},
    {"\"ltrec.branches\":\"127\"", "\"ltrec.branches\":\"125\""},
    {"\"ltrec.branches\":\"127\"", "\"ltrec.branches\":\"128\""},
    {"\"ltrec.branches\":\"127\"", "\"ltrec.branches\":\"0\""},
    {"\"fusion.branches\":\"31\"", "\"fusion.branches\":\"63\""},
    {"\"fusion.branches\":\"31\"", "\"fusion.branches\":\"30\""},
    {"\"fusion.branches\":\"31\"", "\"fusion.branches\":\"0\""},
    {"\"mlg.from_head\":\"1\"", "\"mlg.from_head\":\"2\""},
    /* Numbers out of their range. */
    {"\"ltrec.norm\":\"1.7", "\"ltrec.norm\":\"-1.7"},
    {"\"ltrec.norm\":\"1.7", "\"ltrec.norm\":\"x1.7"},
    {"\"ltrec.factors_id\":\"", "\"ltrec.factors_id\":\"-"},
    {"\"mgp.validation\":\"0", "\"mgp.validation\":\"2e"},
    {"\"mgp.tracks\":\"41\"", "\"mgp.tracks\":\"0\""},
    {"\"mgp.split\":\"2\"", "\"mgp.split\":\"5\""},
    {"\"mgp.split\":\"2\"", "\"mgp.split\":\"0\""},
    {"\"mgp.seed\"", "\"mgp.seeds\""},
    {"\"mgp.validation_tracks\"", "\"mgp.validation_track\""},
    {"\"mgp.validation_share\":\"0", "\"mgp.validation_share\":\"2"},
    {"\"audio.frontend.window\":\"2048\"", "\"audio.frontend.window\":\"7\""},
    {"\"audio.frontend.bands\":\"3\"", "\"audio.frontend.bands\":\"4\""},
    {"\"audio.frontend.scale\":\"0\"", "\"audio.frontend.scale\":\"9\""},
    {"\"audio.frontend.amin\":\"", "\"audio.frontend.amin\":\"-"},
    {"\"audio.frontend.hop\"", "\"audio.frontend.hop2\""},
    /* Tensors that are others than the layers want. */
    {"\"mgp.layers.0.weight\"", "\"mgp.layers.1.weight\""},
    {"\"mgp.layers.0.weight\":{\"dtype\":\"F32\"",
     "\"mgp.layers.0.weight\":{\"dtype\":\"I32\""},
    {"\"mgp.layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[5,6]",
     "\"mgp.layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[6,5]"},
    {"\"audio.layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[4,3,3]",
     "\"audio.layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[4,9]"},
    {"\"fusion.stack\":{\"dtype\":\"F32\",\"shape\":[5]",
     "\"fusion.stack\":{\"dtype\":\"F32\",\"shape\":[1]"},
    {"\"audio.mean\"", "\"audio.mein\""},
    {"\"mlg.scale\"", "\"mlg.skale\""},
    {"\"head.names\"", "\"head.namez\""},
    {"\"genre.names\"", "\"genre.namez\""},
    {"\"genre.name_offsets\"", "\"genre.offsets\""},
    /* Another kind of file. */
    {"\"ltrec.kind\":\"model\"", "\"ltrec.kind\":\"index\""},
};

/* Of a model that flattens three frames of 5 values. */
static const char *const flat_lies[][2] = {
    {"flatten 3", "flatten 2"},
    {"flatten 3", "flatten 4"},
    {"flatten 3", "flatten 0"},
    {"flatten 3", "flatten"},
    {"flatten 3", "flatten -3"},
    {"flatten 3", "flatten 13108"}, /* 65,540 values */
    {"flatten 3", "flatten 4294967299"},
    {"flatten 3", "flatten 3, flatten 1"},
    {"flatten 3", "flatten 3, relu, global"},
    {"flatten 3, dense 6", "dense 6, flatten 3"},
    {"\"genre.layers\":\"dense 3, relu",
     "\"genre.layers\":\"flatten 1, dense 3, relu"},
    /* Patches of which too little or more is left. */
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"11\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"14\""},
    {"\"audio.patch_frames\":\"12\"", "\"audio.patch_frames\":\"16384\""},
    {"\"head.inputs\":\"15\"", "\"head.inputs\":\"5\""},
};

/* Of a model with a soft floor. */
static const char *const floor_lies[][2] = {
    {"\"audio.soft_floor\":\"5", "\"audio.soft_floor\":\"-5"},
    {"\"audio.soft_floor\":\"5", "\"audio.soft_floor\":\"x5"},
    {"\"audio.soft_floor\":\"50", "\"audio.soft_floor\":\"nan"},
    {"\"audio.soft_floor\":\"5", "\"audio.soft_floor\":\"25"},
};

/* Of a linear path, where the head has none of them. */
static const char *const statistics_lies[][2] = {
    {"\"audio.statistics\":\"6\"", "\"audio.statistics\":\"2\""},
    {"\"audio.statistics\":\"6\"", "\"audio.statistics\":\"7\""},
    {"\"audio.statistics\"", "\"audio.stutistics\""},
};

static void check_lies(size_t n, const char *const (*list)[2])
{
    struct forged file = saved(model);
    struct forged same = forged_replace(ctx, &file, "mgp", "mgp");

    ck_assert_int_eq(parse(&same, NULL), LTREC_OK);
    free(same.bytes);
    for (size_t i = 0; i < n; i++) {
        struct forged lie = forged_replace(ctx, &file, list[i][0], list[i][1]);

        ck_assert_msg(lie.bytes, "%s is not in the file", list[i][0]);
        check_refused(&lie, list[i][1]);
        free(lie.bytes);
    }
    free(file.bytes);
}

START_TEST(headers_that_lie_are_refused_before_memory_is_taken)
{
    check_lies(sizeof lies / sizeof lies[0], lies);
    model->branches[LTR_AUDIO]->soft_floor = 50;
    check_lies(sizeof floor_lies / sizeof floor_lies[0], floor_lies);
    model->branches[LTR_AUDIO]->soft_floor = 0;
    small_flatten(ctx, model);
    check_lies(sizeof flat_lies / sizeof flat_lies[0], flat_lies);
    small_statistics(ctx, model);
    check_lies(sizeof statistics_lies / sizeof statistics_lies[0],
               statistics_lies);
}
END_TEST

/*
 * 60,000 filters of one tap over one band: a file of 1.2 MB, whose predictor
 * would hold 60,000 values for each of 8 times 16,384 frames, 31 GB.
 */
START_TEST(small_files_do_not_make_huge_predictors)
{
    ltrec_model *m = ltr_model_create(ctx, SMALL_RANK, 1, ""), *loaded;
    struct ltr_branch *audio =
        small_branch(ctx, LTR_AUDIO, "conv 20000 1, global, dense 4", 1, 1);
    ltrec_error err;

    ltrec_frontend_options_init(&audio->frontend, sizeof audio->frontend);
    audio->frontend.bands = 1;
    audio->patch_frames = 100;
    m->branches[LTR_AUDIO] = audio;
    ck_assert_int_eq(ltrec_model_save(m, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, NULL), LTREC_OK);
    ltrec_model_free(loaded);
    audio->patch_frames = 16384;
    ck_assert_int_eq(ltrec_model_save(m, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, &err),
                     LTREC_ERR_FORMAT);
    /* Of this one a patch is little; what leaves 64 frames is not. */
    ltr_branch_unref(audio);
    m->branches[LTR_AUDIO] = audio = small_branch(
        ctx, LTR_AUDIO, "pool 64, pool 64, pool 4, global, dense 4", 64, 64);
    ltrec_frontend_options_init(&audio->frontend, sizeof audio->frontend);
    audio->frontend.bands = 64;
    audio->patch_frames = 16384;
    ck_assert_int_eq(ltrec_model_save(m, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, &err),
                     LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "huge"));
    ltrec_model_free(m);
}
END_TEST

static void check_lie_in_memory(const char *what)
{
    struct forged file = saved(model);

    check_refused(&file, what);
    free(file.bytes);
}

START_TEST(numbers_that_are_not_finite_are_refused)
{
    for (size_t place = 0; place < LTR_BRANCHES; place++) {
        struct ltr_branch *b = model->branches[place];
        float *values[] = {b->parameters,
                           b->parameters + b->net.n_parameters - 1,
                           b->n_scales ? b->mean : b->parameters,
                           b->n_scales ? b->scale : b->parameters};

        for (size_t i = 0; i < 4; i++) {
            float was = *values[i];

            *values[i] = i % 2 ? INFINITY : NAN;
            check_lie_in_memory(ltr_branch_names[place]);
            *values[i] = was;
        }
    }
}
END_TEST

/* It would turn a branch's answer round. */
START_TEST(branches_beside_a_fusion_count_no_less_than_nothing)
{
    for (size_t i = 0; i < 6; i++) {
        float *stack = model->branches[LTR_FUSION]->stack[i / 3];
        float was = stack[LTR_GENRE];

        stack[LTR_GENRE] = i % 3 == 0 ? -0.001f : i % 3 == 1 ? NAN : INFINITY;
        check_lie_in_memory("stack");
        stack[LTR_GENRE] = was;
    }
}
END_TEST

START_TEST(names_that_are_malformed_are_refused)
{
    struct ltr_names *names = &model->branches[LTR_MGP]->names;
    const struct ltr_names good = *names;
    const uint64_t offsets[][4] = {
        {0, 12, 12, 36},         {0, 24, 12, 36}, {0, 11, 24, 36},
        {1, 12, 24, 36},         {0, 12, 36, 36}, {0, 24, 36, 36},
        {0, UINT64_MAX, 24, 36}, {12, 0, 24, 36}, {36, 24, 12, 36},
    };
    uint64_t lying[4];

    ck_assert_uint_eq(good.offsets[3], 36);
    names->offsets = lying;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        memcpy(lying, offsets[i], sizeof lying);
        check_lie_in_memory("offsets");
    }
    *names = good;
    names->text[35] = 'x';
    check_lie_in_memory("no end");
    names->text[35] = '\0';
    names->text[5] = '\0';
    check_lie_in_memory("an end too many");
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, headers_that_lie_are_refused_before_memory_is_taken);
    tcase_add_test(tests, small_files_do_not_make_huge_predictors);
    tcase_add_test(tests, numbers_that_are_not_finite_are_refused);
    tcase_add_test(tests, branches_beside_a_fusion_count_no_less_than_nothing);
    tcase_add_test(tests, names_that_are_malformed_are_refused);
}

int main(void)
{
    return check_run("model lies", add_tests);
}
