/*
 * test_train_steps.c - the parts of a training: its steps, its second loss,
 * its linear path, and going on from a checkpoint
 */
#include "check_run.h"

#include <unistd.h>

#include "temp_file.h"
#include "train_lab.h"

/* ---- The optimiser ------------------------------------------------------ */

static const struct ltr_layer one_layer = {.kind = LTR_DENSE, .size = 1};

/* A dense layer of one input: a weight and a bias. */
static struct ltr_optimiser optimiser_of(struct ltr_net *net,
                                         struct ltr_fit *fit, float *w)
{
    struct ltr_optimiser o;

    ck_assert_int_eq(ltr_net_build(net, 1, &one_layer, 1), LTREC_OK);
    *fit = (struct ltr_fit){.ctx = ctx, .net = net, .options = &quick};
    ck_assert_int_eq(ltr_optimiser_create(fit, 10, w, &o), LTREC_OK);
    return o;
}

START_TEST(the_rate_rises_and_falls_as_asked)
{
    float w[2] = {0};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 1;
    quick.epochs = 12;
    quick.warmup = 2;
    quick.schedule = LTREC_SCHEDULE_COSINE;
    o = optimiser_of(&net, &fit, w);
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.05, 1e-9);
    o.step = 19;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 1, 1e-9);
    o.step = 69; /* half way down */
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.505, 1e-9);
    o.step = 119;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 0.01, 1e-9);
    quick.schedule = LTREC_SCHEDULE_CONSTANT;
    ck_assert_double_eq_tol(ltr_optimiser_rate(&o), 1, 1e-9);
    ltr_optimiser_free(&o);
}
END_TEST

START_TEST(weights_decay_and_biases_do_not)
{
    float w[2] = {3, 5};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 0.1f;
    quick.decay = 0.5f;
    o = optimiser_of(&net, &fit, w);
    ltr_optimiser_step(&o); /* no gradient: nothing else moves */
    ck_assert_double_eq_tol((double)w[0], 3 * 0.95, 1e-6);
    ck_assert_float_eq(w[1], 5);
    ltr_optimiser_free(&o);
}
END_TEST

START_TEST(the_average_follows_the_weights)
{
    float w[2] = {0};
    struct ltr_net net;
    struct ltr_fit fit;
    struct ltr_optimiser o;

    quick.rate = 1e-12f;
    quick.average = 0.5f;
    o = optimiser_of(&net, &fit, w);
    ck_assert_ptr_eq(ltr_optimiser_weights(&o), w); /* nothing to average */
    w[0] = 8;
    ltr_optimiser_step(&o);
    ck_assert_double_eq_tol((double)ltr_optimiser_weights(&o)[0], 8, 1e-5);
    o.step = 1000;
    w[0] = 4;
    ltr_optimiser_step(&o);
    ck_assert_double_eq_tol((double)ltr_optimiser_weights(&o)[0], 6, 1e-5);
    ltr_optimiser_free(&o);
}
END_TEST

/* ---- The second loss ---------------------------------------------------- */

enum {
    ROWS = 5,
    WIDE = 4
};

static double contrast_loss(const float *p, const float *y,
                            const uint64_t *groups, double t)
{
    double total = 0;

    for (size_t i = 0; i < ROWS; i++) {
        double length = 0, own = 0, sum = 0;

        for (size_t m = 0; m < WIDE; m++)
            length += (double)p[i * WIDE + m] * (double)p[i * WIDE + m];
        for (size_t j = 0; j < ROWS; j++) {
            double dot = 0;

            if (i != j && groups[i] != 0 && groups[i] == groups[j])
                continue;
            for (size_t m = 0; m < WIDE; m++)
                dot += (double)p[i * WIDE + m] * (double)y[j * WIDE + m];
            dot /= sqrt(length) * t;
            own = i == j ? dot : own;
            sum += exp(dot);
        }
        total += (log(sum) - own) / ROWS;
    }
    return total;
}

START_TEST(the_contrast_has_the_derivative_of_its_loss)
{
    float p[ROWS * WIDE], y[ROWS * WIDE], d[ROWS * WIDE] = {0};
    uint64_t groups[ROWS] = {7, 7, 0, 0, 9};
    struct ltr_contrast c = {ROWS, WIDE, WIDE, 2, 0.3, p, y, groups, d};

    for (size_t i = 0; i < ROWS * WIDE; i++) {
        p[i] = ltr_random_normal(1, 1, i);
        y[i] = ltr_random_normal(1, 2, i);
    }
    for (size_t i = 0; i < ROWS; i++)
        ltr_unit_forward(y + i * WIDE, WIDE, y + i * WIDE);
    ltr_contrast_add(ctx, &c);
    for (size_t i = 0; i < ROWS * WIDE; i++) {
        const float step = 1e-2f, before = p[i];
        double up, down;

        p[i] = before + step;
        up = contrast_loss(p, y, groups, 0.3);
        p[i] = before - step;
        down = contrast_loss(p, y, groups, 0.3);
        p[i] = before;
        ck_assert_double_eq_tol((double)d[i],
                                2 * (up - down) / (2 * (double)step), 2e-3);
    }
}
END_TEST

/* ---- The linear path ---------------------------------------------------- */

/* What is linear is known before the first step, and kept by files. */
START_TEST(a_network_beside_ridge_begins_where_ridge_ends)
{
    struct lab lab = lab_of(240, LTREC_BRANCH_MGP | LTREC_BRANCH_GENRE, 0);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_train_report first, last;
    ltrec_model *model, *loaded;
    ltrec_predictor *one, *two;
    ltrec_track track;
    float a[TOY_RANK], b[TOY_RANK];

    quick.linear = LTREC_LINEAR_RIDGE;
    quick.epochs = 1;
    quick.rate = 1e-12f;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &first);
    model = teach_more(&lab, LTREC_BRANCH_GENRE, model, NULL);
    model = teach_more(&lab, LTREC_BRANCH_FUSION, model, &last);
    ck_assert_double_lt(first.validation_loss, 0.8 * constant_loss());
    ck_assert_double_lt(last.validation_loss, 0.1 * constant_loss());
    ck_assert_int_eq(ltrec_model_save(model, path, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_model_load(ctx, path, &loaded, NULL), LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(ctx, model, NULL, &one, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_predictor_create(ctx, loaded, NULL, &two, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < 20; i++) {
        ltrec_track_init(&track, sizeof track);
        track.attributes = i % 3 == 1 ? NULL : toy.attributes[i];
        track.genres = i % 3 == 2 ? NULL : toy.genres[i];
        ck_assert_int_eq(ltrec_predictor_run(one, &track, a, NULL, NULL),
                         LTREC_OK);
        ck_assert_int_eq(ltrec_predictor_run(two, &track, b, NULL, NULL),
                         LTREC_OK);
        ck_assert_mem_eq(a, b, sizeof a);
    }
    ltrec_predictor_free(one);
    ltrec_predictor_free(two);
    ltrec_model_free(loaded);
    ltrec_model_free(model);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* Random targets: whatever the options, nothing is learnt that holds. */
START_TEST(nothing_is_learnt_from_noise)
{
    struct lab lab = lab_of(200, 0, 0);
    ltrec_train_report report;
    ltrec_model *model;

    quick.linear = _i == 1 ? LTREC_LINEAR_RIDGE : LTREC_LINEAR_NONE;
    quick.average = _i == 2 ? 0.9f : 0;
    quick.mixup = _i == 3 ? 0.5f : 0;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_double_gt(report.validation_loss, 0.8 * constant_loss());
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* Each lever alone still learns what there is to learn. */
START_TEST(every_way_of_training_learns)
{
    static const struct {
        float average, contrast, mask, mixup, decay;
        int32_t linear, schedule;
    } ways[] = {
        {0.9f, 0, 0, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0.05f, 0, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0.1f, 0, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0.3f, 0, LTREC_LINEAR_NONE, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0, 0.1f, LTREC_LINEAR_NONE, LTREC_SCHEDULE_COSINE},
        {0, 0, 0, 0, 0, LTREC_LINEAR_MEAN, LTREC_SCHEDULE_CONSTANT},
        {0, 0, 0, 0.3f, 0, LTREC_LINEAR_RIDGE, LTREC_SCHEDULE_COSINE},
    };
    struct lab lab = lab_of(240, LTREC_BRANCH_MGP, 0);
    ltrec_train_report report;
    ltrec_model *model;

    quick.average = ways[_i].average;
    quick.contrast = ways[_i].contrast;
    quick.mask = ways[_i].mask;
    quick.mixup = ways[_i].mixup;
    quick.decay = ways[_i].decay;
    quick.linear = ways[_i].linear;
    quick.schedule = ways[_i].schedule;
    quick.warmup = 1;
    model = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_double_lt(report.validation_loss, 0.35 * constant_loss());
    ltrec_model_free(model);
    lab_free(&lab);
}
END_TEST

/* ---- Checkpoints -------------------------------------------------------- */

/* Every part of a training's memory is in use. */
static void use_everything(char *path)
{
    quick.epochs = quick.patience = 6;
    quick.linear = LTREC_LINEAR_RIDGE;
    quick.average = 0.9f;
    quick.mixup = 0.3f;
    quick.checkpoint = path;
}

static int stop(void *user, const ltrec_epoch_record *record)
{
    const uint32_t *after = user;

    return record->epoch == *after;
}

static void interrupt(const struct lab *lab, uint32_t after)
{
    ltrec_model *none;

    quick.record = stop;
    quick.user = &after;
    ck_assert_int_eq(ltrec_train(ctx, lab->dataset, lab->factors,
                                 LTREC_BRANCH_MGP, NULL, &quick, &none, NULL,
                                 NULL),
                     LTREC_ERR_CANCELLED);
    ck_assert_ptr_null(none);
    quick.record = NULL;
}

static void check_same(const ltrec_model *a, const ltrec_model *b)
{
    const struct ltr_branch *x = a->branches[LTR_MGP];
    const struct ltr_branch *y = b->branches[LTR_MGP];

    ck_assert_mem_eq(x->parameters, y->parameters,
                     x->net.n_parameters * sizeof(float));
    ck_assert_double_eq(x->validation, y->validation);
}

START_TEST(an_interrupted_training_goes_on_to_the_same_bits)
{
    struct lab lab = lab_of(120, LTREC_BRANCH_MGP, 0);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_train_report report;
    ltrec_model *whole, *resumed, *again;

    unlink(path);
    use_everything(NULL);
    whole = teach(&lab, LTREC_BRANCH_MGP, NULL, NULL);
    quick.checkpoint = path;
    interrupt(&lab, 1);
    interrupt(&lab, 4); /* which is in the file, and nothing after it */
    resumed = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_uint_eq(report.epochs, 6);
    check_same(whole, resumed);
    again = teach(&lab, LTREC_BRANCH_MGP, NULL, &report);
    ck_assert_uint_eq(report.epochs, 6);
    check_same(whole, again);
    ltrec_model_free(whole);
    ltrec_model_free(resumed);
    ltrec_model_free(again);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(sound_goes_on_to_the_same_bits)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_AUDIO, 1);
    struct temp_file file = temp_file_of("");
    char *path = file.path;
    ltrec_model *whole, *resumed = NULL;
    uint32_t after = 1;

    unlink(path);
    quick.epochs = 3;
    quick.stripes = 1;
    quick.auxiliary = 1;
    whole = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    quick.checkpoint = path;
    quick.record = stop;
    quick.user = &after;
    ck_assert_int_eq(ltrec_train(ctx, lab.dataset, lab.factors,
                                 LTREC_BRANCH_AUDIO, NULL, &quick, &resumed,
                                 NULL, NULL),
                     LTREC_ERR_CANCELLED);
    quick.record = NULL;
    resumed = teach(&lab, LTREC_BRANCH_AUDIO, NULL, NULL);
    ck_assert_mem_eq(whole->branches[LTR_AUDIO]->parameters,
                     resumed->branches[LTR_AUDIO]->parameters,
                     whole->branches[LTR_AUDIO]->net.n_parameters *
                         sizeof(float));
    ltrec_model_free(whole);
    ltrec_model_free(resumed);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

static int resume(const struct lab *lab, uint32_t branch)
{
    ltrec_model *model = NULL;
    int status = ltrec_train(ctx, lab->dataset, lab->factors, branch, NULL,
                             &quick, &model, NULL, NULL);

    ltrec_model_free(model);
    return status;
}

START_TEST(a_checkpoint_of_another_training_is_refused)
{
    struct lab lab = lab_of(120, LTREC_BRANCH_MGP, 0), other;
    struct temp_file file = temp_file_of("");
    char *path = file.path;

    unlink(path);
    use_everything(path);
    interrupt(&lab, 2);
    quick.rate *= 2;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    quick.rate /= 2;
    quick.seed++;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    quick.seed--;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_GENRE), LTREC_ERR_MISMATCH);
    toy.factors[7][0] += 1;
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    toy.factors[7][0] -= 1;
    lab_free(&other);
    toy.attributes[7][0] = 1 - toy.attributes[7][0];
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    lab_free(&other);
    quick.epochs = 3; /* where to end is another matter */
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_OK);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* The toy's tracks, but that one begins with its last frame and ends with its
 * first. */
static ltrec_dataset *turned_around(size_t which)
{
    ltrec_frontend_options frontend;
    ltrec_dataset_options o = toy_options(&toy, &frontend);
    float mel[TOY_FRAMES * TOY_BANDS], *last = mel + sizeof mel / sizeof *mel;
    ltrec_dataset *dataset;
    ltrec_track track;

    ck_assert_int_eq(ltrec_dataset_create(ctx, &o, &dataset, NULL), LTREC_OK);
    ltrec_track_init(&track, sizeof track);
    track.attributes = toy.attributes[which];
    track.genres = toy.genres[which];
    track.mel = mel;
    track.n_frames = TOY_FRAMES;
    toy_mel(&toy, which, mel);
    last -= TOY_BANDS;
    for (size_t b = 0; b < TOY_BANDS; b++) {
        float first = mel[b];

        mel[b] = last[b];
        last[b] = first;
    }
    for (size_t i = 0; i < toy.n; i++)
        ck_assert_int_eq(i == which
                             ? ltrec_dataset_add(dataset, toy.ids[i],
                                                 toy.artists[i], &track, NULL)
                             : toy_add_track(&toy, i, dataset, NULL),
                         LTREC_OK);
    return dataset;
}

/* A patch from the middle is not all that is trained on. */
START_TEST(a_checkpoint_of_other_sound_is_refused)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_AUDIO, 1), other = lab;
    struct temp_file file = temp_file_of("");

    unlink(file.path);
    quick.epochs = 1;
    quick.checkpoint = file.path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_AUDIO), LTREC_OK);
    other.dataset = turned_around(20);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_AUDIO), LTREC_ERR_MISMATCH);
    ltrec_dataset_free(other.dataset);
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_AUDIO), LTREC_OK);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

/* Who is told apart from whom. */
START_TEST(a_checkpoint_of_other_artists_is_refused)
{
    struct lab lab = lab_of(40, LTREC_BRANCH_MGP, 0), other;
    struct temp_file file = temp_file_of("");

    unlink(file.path);
    quick.epochs = 1;
    quick.contrast = 0.1f;
    quick.split = LTREC_SPLIT_TRACK;
    quick.checkpoint = file.path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_OK);
    toy.artists[20] = 99;
    other = lab_in(ctx);
    ck_assert_int_eq(resume(&other, LTREC_BRANCH_MGP), LTREC_ERR_MISMATCH);
    lab_free(&other);
    lab_free(&lab);
    temp_file_remove(&file);
}
END_TEST

START_TEST(what_is_no_checkpoint_is_refused_and_left_alone)
{
    struct lab lab = lab_of(60, LTREC_BRANCH_MGP, 0);
    struct temp_file file = temp_file_of("mine");
    char *path = file.path, bytes[4] = "";
    FILE *stream;

    quick.epochs = 1;
    quick.checkpoint = path;
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_FORMAT);
    stream = fopen(path, "rb");
    ck_assert_uint_eq(fread(bytes, 1, 4, stream), 4);
    fclose(stream);
    ck_assert_mem_eq(bytes, "mine", 4);
    temp_file_remove(&file);
    quick.checkpoint = "/nowhere/at/all";
    ck_assert_int_eq(resume(&lab, LTREC_BRANCH_MGP), LTREC_ERR_IO);
    lab_free(&lab);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_rate_rises_and_falls_as_asked);
    tcase_add_test(tests, weights_decay_and_biases_do_not);
    tcase_add_test(tests, the_average_follows_the_weights);
    tcase_add_test(tests, the_contrast_has_the_derivative_of_its_loss);
    tcase_add_test(tests, a_network_beside_ridge_begins_where_ridge_ends);
    tcase_add_loop_test(tests, nothing_is_learnt_from_noise, 0, 4);
    tcase_add_loop_test(tests, every_way_of_training_learns, 0, 7);
    tcase_add_test(tests, an_interrupted_training_goes_on_to_the_same_bits);
    tcase_add_test(tests, sound_goes_on_to_the_same_bits);
    tcase_add_test(tests, a_checkpoint_of_another_training_is_refused);
    tcase_add_test(tests, a_checkpoint_of_other_sound_is_refused);
    tcase_add_test(tests, a_checkpoint_of_other_artists_is_refused);
    tcase_add_test(tests, what_is_no_checkpoint_is_refused_and_left_alone);
}

int main(void)
{
    return check_run("train steps", add_tests);
}
