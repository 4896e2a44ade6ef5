/*
 * test_model_file.c - models saved, loaded, damaged, and lying
 */
#include "check_run.h"

#include <math.h>
#include <unistd.h>

#include "failing_memory.h"
#include "forged_file.h"
#include "small_model.h"

static ltrec_context *ctx;
static ltrec_model *model;
static char folder[64], path[96];

static void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    model = small_model(ctx);
    strcpy(folder, "/tmp/ltrec-model-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
}

static void teardown(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* and no temporary file stayed */
    ltrec_model_free(model);
    ltrec_context_free(ctx);
}

static struct forged saved(const ltrec_model *from)
{
    struct forged file = {malloc(65536), 0};
    ltrec_error err = {0};
    FILE *stream;

    ck_assert_msg(ltrec_model_save(from, path, &err) == LTREC_OK, "%s",
                  err.message);
    stream = fopen(path, "rb");
    file.size = fread(file.bytes, 1, 65536, stream);
    fclose(stream);
    ck_assert_uint_lt(file.size, 65536);
    return file;
}

static int parse(const struct forged *file, ltrec_error *err)
{
    ltrec_model *loaded;
    int status = ltr_model_parse(ctx, file->bytes, file->size, &loaded, err);

    ck_assert((loaded != NULL) == (status == LTREC_OK));
    ltrec_model_free(loaded);
    return status;
}

/* ---- There and back ----------------------------------------------------- */

static void predict(const ltrec_model *with, uint32_t branches, uint32_t known,
                    float *factor, float *confidence)
{
    ltrec_predictor_options options;
    ltrec_predictor *predictor;
    struct small_track store;
    ltrec_track track = small_track(&store, known + 1, known);

    ltrec_predictor_options_init(&options, sizeof options);
    options.branches = branches;
    ck_assert_int_eq(
        ltrec_predictor_create(ctx, with, &options, &predictor, NULL),
        LTREC_OK);
    ck_assert_int_eq(
        ltrec_predictor_run(predictor, &track, factor, confidence, NULL),
        LTREC_OK);
    ltrec_predictor_free(predictor);
}

static void check_same_predictions(const ltrec_model *other)
{
    for (uint32_t known = 1; known < 32; known++)
        for (int fused = 0; fused < 2; fused++) {
            uint32_t branches =
                fused ? LTREC_BRANCH_ALL : LTREC_BRANCH_FUSION - 1;
            float a[SMALL_RANK], b[SMALL_RANK], sure_a, sure_b;

            predict(model, branches, known, a, &sure_a);
            predict(other, branches, known, b, &sure_b);
            ck_assert_mem_eq(a, b, sizeof a);
            ck_assert_mem_eq(&sure_a, &sure_b, sizeof sure_a);
        }
}

static void check_same_answers(const ltrec_model *other)
{
    ltrec_frontend_options a, b;

    ck_assert_uint_eq(ltrec_model_branches(other), LTREC_BRANCH_ALL);
    ck_assert_uint_eq(ltrec_model_rank(other), SMALL_RANK);
    ck_assert_uint_eq(ltrec_model_factors_id(other), SMALL_FACTORS_ID);
    ck_assert_uint_eq(ltrec_model_feature_version(other), SMALL_FEATURES);
    ck_assert_float_eq(ltrec_model_norm(other), 1.7f);
    ck_assert_str_eq(other->provenance, model->provenance);
    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1) {
        size_t n = ltrec_model_vocabulary(model, bit);

        ck_assert_uint_eq(ltrec_model_parameters(other, bit),
                          ltrec_model_parameters(model, bit));
        ck_assert_double_eq(ltrec_model_validation(other, bit),
                            ltrec_model_validation(model, bit));
        ck_assert_uint_eq(ltrec_model_vocabulary(other, bit), n);
        for (size_t i = 0; i < n; i++)
            ck_assert_str_eq(ltrec_model_name(other, bit, i),
                             ltrec_model_name(model, bit, i));
    }
    ck_assert_int_eq(ltrec_model_frontend(model, &a, sizeof a), LTREC_OK);
    ck_assert_int_eq(ltrec_model_frontend(other, &b, sizeof b), LTREC_OK);
    ck_assert_mem_eq(&a, &b, sizeof a);
}

START_TEST(a_model_comes_back_to_the_bit)
{
    ltrec_error err = {0};
    ltrec_model *other;

    free(saved(model).bytes);
    ck_assert_msg(ltrec_model_load(ctx, path, &other, &err) == LTREC_OK, "%s",
                  err.message);
    check_same_answers(other);
    check_same_predictions(other);
    ltrec_model_free(other);
}
END_TEST

START_TEST(saving_twice_gives_the_same_bytes)
{
    struct forged first = saved(model), second;
    ltrec_model *other;

    ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_OK);
    second = saved(other);
    ck_assert_uint_eq(first.size, second.size);
    ck_assert_mem_eq(first.bytes, second.bytes, first.size);
    free(first.bytes);
    free(second.bytes);
    ltrec_model_free(other);
}
END_TEST

START_TEST(whatever_a_model_may_hold_comes_back)
{
    ltrec_model *other;

    model->norm = 3e38f; /* factors may be as long as a float goes */
    for (size_t i = 0; i < 2000; i++) {
        double cosine = 1 - 2 * (double)ltr_random_uniform(1, 1, i) +
                        1e-9 * (double)ltr_random_normal(1, 2, i);

        model->branches[LTR_MGP]->validation = cosine;
        if (i % 40 != 0 && i > 100)
            continue;
        free(saved(model).bytes);
        ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_OK);
        ck_assert_double_eq(ltrec_model_validation(other, LTREC_BRANCH_MGP),
                            cosine);
        ck_assert_float_eq(ltrec_model_norm(other), 3e38f);
        ltrec_model_free(other);
    }
}
END_TEST

START_TEST(what_could_not_be_loaded_is_not_saved)
{
    ltrec_error err;

    strcpy(model->provenance, "caf\xe9"); /* Latin-1, and JSON is UTF-8 */
    ck_assert_int_eq(ltrec_model_save(model, path, &err), LTREC_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(err.message, "UTF-8"));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(arguments_that_are_missing_are_refused)
{
    ltrec_model *other = model;

    ck_assert_int_eq(ltrec_model_load(ctx, NULL, &other, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(ltrec_model_load(NULL, path, &other, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_load(ctx, path, NULL, NULL),
                     LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &other, NULL), LTREC_ERR_IO);
    ck_assert_int_eq(ltrec_model_load(ctx, folder, &other, NULL),
                     LTREC_ERR_FORMAT);
    ck_assert_int_eq(ltrec_model_save(NULL, path, NULL), LTREC_ERR_ARGUMENT);
    ck_assert_int_eq(ltrec_model_save(model, NULL, NULL), LTREC_ERR_ARGUMENT);
    ltrec_model_free(NULL);
}
END_TEST

/* ---- Damage ------------------------------------------------------------- */

START_TEST(no_damage_goes_unseen)
{
    struct forged file, cut;

    /* Fewer branches, and the 50,000 loads take no time. */
    for (size_t place = 0; place < LTR_BRANCHES; place++)
        if (place != LTR_GENRE) {
            ltr_branch_unref(model->branches[place]);
            model->branches[place] = NULL;
        }
    file = cut = saved(model);
    ck_assert_int_eq(parse(&file, NULL), LTREC_OK);
    for (cut.size = 0; cut.size < file.size; cut.size++)
        ck_assert_int_eq(parse(&cut, NULL), LTREC_ERR_FORMAT);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_int_eq(parse(&file, NULL), LTREC_ERR_FORMAT);
        file.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(file.bytes);
}
END_TEST

/* ---- Lies --------------------------------------------------------------- */

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
    status = ltr_model_parse(wary, file->bytes, file->size, &loaded, &err);
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
    {"\"audio.mean\"", "\"audio.mein\""},
    {"\"mlg.scale\"", "\"mlg.skale\""},
    {"\"head.names\"", "\"head.namez\""},
    {"\"genre.names\"", "\"genre.namez\""},
    {"\"genre.name_offsets\"", "\"genre.offsets\""},
    /* Another kind of file. */
    {"\"ltrec.kind\":\"model\"", "\"ltrec.kind\":\"index\""},
};

START_TEST(headers_that_lie_are_refused_before_memory_is_taken)
{
    struct forged file = saved(model);
    struct forged same = forged_replace(ctx, &file, "mgp", "mgp");

    ck_assert_int_eq(parse(&same, NULL), LTREC_OK);
    free(same.bytes);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct forged lie = forged_replace(ctx, &file, lies[i][0], lies[i][1]);

        ck_assert_msg(lie.bytes, "%s is not in the file", lies[i][0]);
        check_refused(&lie, lies[i][1]);
        free(lie.bytes);
    }
    free(file.bytes);
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
    ltrec_model_free(m);
}
END_TEST

/* Files of mel say nothing of it, and are what they were before it came. */
START_TEST(a_constant_q_front_end_is_read_as_it_was_written)
{
    struct ltr_branch *audio = model->branches[LTR_AUDIO];
    ltrec_frontend_options before = audio->frontend, options, found;
    ltrec_frontend *a, *b;
    ltrec_model *loaded;

    ltrec_frontend_options_preset(&options, sizeof options, "cqt");
    options.bands = before.bands;
    options.fmin_hz = 1000;
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &a, NULL), LTREC_OK);
    ltrec_frontend_options_get(a, &audio->frontend, sizeof audio->frontend);
    ck_assert_int_eq(ltrec_model_save(model, path, NULL), LTREC_OK);
    audio->frontend = before;
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_frontend(loaded, &found, sizeof found),
                     LTREC_OK);
    ck_assert_int_eq(found.transform, LTREC_TRANSFORM_CONSTANT_Q);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &found, &b, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_frontend_version(a), ltrec_frontend_version(b));
    ltrec_frontend_free(a);
    ltrec_frontend_free(b);
    ltrec_model_free(loaded);
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

START_TEST(a_file_that_does_not_say_its_features_has_unknown_ones)
{
    struct forged good = saved(model), older;
    ltrec_model *other;

    older = forged_replace(ctx, &good, "\"ltrec.feature_version\"",
                           "\"other.feature_version\"");
    ck_assert_ptr_nonnull(older.bytes);
    ck_assert_int_eq(
        ltr_model_parse(ctx, older.bytes, older.size, &other, NULL), LTREC_OK);
    ck_assert_uint_eq(ltrec_model_feature_version(other), 0);
    ltrec_model_free(other);
    free(good.bytes);
    free(older.bytes);
}
END_TEST

START_TEST(a_newer_format_needs_a_newer_library)
{
    struct forged file = saved(model), newer;

    newer = forged_replace(ctx, &file, "\"ltrec.format\":\"1\"",
                           "\"ltrec.format\":\"3\"");
    ck_assert_int_eq(parse(&newer, NULL), LTREC_ERR_UNSUPPORTED);
    free(newer.bytes);
    free(file.bytes);
}
END_TEST

/* ---- Memory ------------------------------------------------------------- */

START_TEST(every_allocation_of_a_load_may_fail)
{
    long n = 0;
    int status;

    free(saved(model).bytes);
    do {
        struct failing_memory memory = {.until_failure = n};
        ltrec_model *loaded = NULL;
        ltrec_context *failing;

        status = failing_context(&memory, &failing);
        if (status == LTREC_OK) {
            status = ltrec_model_load(failing, path, &loaded, NULL);
            ck_assert((loaded != NULL) == (status == LTREC_OK));
            ltrec_context_free(failing); /* the model keeps it alive */
            ltrec_model_free(loaded);
        }
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 30);
}
END_TEST

START_TEST(every_allocation_of_a_save_may_fail)
{
    long n = 0;
    int status;

    do {
        struct failing_memory memory = {.until_failure = -1};
        ltrec_context *failing;
        ltrec_model *m;

        ck_assert_int_eq(failing_context(&memory, &failing), LTREC_OK);
        m = small_model(failing);
        memory.until_failure = n;
        status = ltrec_model_save(m, path, NULL);
        ck_assert_int_eq(access(path, F_OK), status == LTREC_OK ? 0 : -1);
        ltrec_model_free(m);
        ltrec_context_free(failing);
        ck_assert_int_eq(memory.live, 0);
        ck_assert(status == LTREC_OK || status == LTREC_ERR_MEMORY);
        ck_assert_int_lt(n++, 200);
    } while (status != LTREC_OK);
    ck_assert_int_gt(n, 30);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_model_comes_back_to_the_bit);
    tcase_add_test(tests, saving_twice_gives_the_same_bytes);
    tcase_add_test(tests, whatever_a_model_may_hold_comes_back);
    tcase_add_test(tests, what_could_not_be_loaded_is_not_saved);
    tcase_add_test(tests, arguments_that_are_missing_are_refused);
    tcase_add_test(tests, no_damage_goes_unseen);
    tcase_add_test(tests, headers_that_lie_are_refused_before_memory_is_taken);
    tcase_add_test(tests, small_files_do_not_make_huge_predictors);
    tcase_add_test(tests, a_constant_q_front_end_is_read_as_it_was_written);
    tcase_add_test(tests, numbers_that_are_not_finite_are_refused);
    tcase_add_test(tests, names_that_are_malformed_are_refused);
    tcase_add_test(tests,
                   a_file_that_does_not_say_its_features_has_unknown_ones);
    tcase_add_test(tests, a_newer_format_needs_a_newer_library);
    tcase_add_test(tests, every_allocation_of_a_load_may_fail);
    tcase_add_test(tests, every_allocation_of_a_save_may_fail);
}

int main(void)
{
    return check_run("model_file", add_tests);
}
