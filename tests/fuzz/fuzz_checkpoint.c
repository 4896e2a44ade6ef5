/*
 * fuzz_checkpoint.c - any bytes, or a good file with some changed, as the
 * checkpoint of a small training
 *
 * The checksums are made right for whatever arrives.  What is accepted must be
 * finite and make sense, and what is refused must change nothing.
 */
#include <math.h>
#include <string.h>

#include "../forged_file.h"
#include "fuzz_file.h"
#include "train/train_parts.h"

#define N 8
#define MOST_FILE 4096

static ltrec_context *ctx;
static struct ltr_net net;
static float parameters[N], best[N];
static ltrec_train_options options;
static struct ltr_optimiser optimiser;
static unsigned char good[MOST_FILE];
static size_t good_size;

/* The file of a training of one epoch. */
static void make_good(void)
{
    char path[] = "/tmp/ltrec-fuzz-XXXXXX";
    ltrec_train_report report = {.epochs = 1, .best_epoch = 1};
    const struct ltr_checkpoint c = {7, &optimiser, best, &report};
    int fd = mkstemp(path);
    FILE *stream;

    fuzz_must(fd >= 0 && ltr_checkpoint_save(&c, path, NULL) == LTREC_OK);
    close(fd);
    stream = fopen(path, "rb");
    fuzz_must(stream != NULL);
    good_size = fread(good, 1, sizeof good, stream);
    fclose(stream);
    unlink(path);
}

static void prepare(void)
{
    const struct ltr_layer layer = {.kind = LTR_DENSE, .size = 2};
    struct ltr_fit fit;

    fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK &&
              ltr_net_build(&net, 3, &layer, 1) == LTREC_OK &&
              net.n_parameters == N);
    ltrec_train_options_init(&options, sizeof options);
    options.average = 0.5f;
    fit = (struct ltr_fit){.ctx = ctx, .net = &net, .options = &options};
    fuzz_must(ltr_optimiser_create(&fit, 1, parameters, &optimiser) ==
              LTREC_OK);
    make_good();
}

/* Bytes as they are, or pairs of a place and what is xored there. */
static struct forged file_of(const uint8_t *data, size_t size)
{
    int edited = data[0] == 'E';
    size_t n = edited ? good_size : size;
    struct forged file = {malloc(n + 1), n};

    memcpy(file.bytes, edited ? good : data, n);
    for (size_t i = 1; edited && i + 2 < size; i += 3)
        file.bytes[((size_t)data[i] << 8 | data[i + 1]) % n] ^= data[i + 2];
    return file;
}

static void check(const struct ltr_checkpoint *c, int status)
{
    const float *arrays[] = {parameters, best, optimiser.mean,
                             optimiser.square, optimiser.average};

    fuzz_must(c->report->best_epoch <= c->report->epochs);
    fuzz_must(status == LTREC_OK || c->report->epochs == 0);
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        for (size_t j = 0; j < N; j++)
            fuzz_must(isfinite(arrays[i][j]) &&
                      (status == LTREC_OK || arrays[i][j] == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ltrec_train_report report = {.size = sizeof report};
    const struct ltr_checkpoint c = {7, &optimiser, best, &report};
    struct forged file;

    if (!ctx)
        prepare();
    if (size == 0 || size > MOST_FILE)
        return 0;
    memset(parameters, 0, sizeof parameters);
    memset(best, 0, sizeof best);
    memset(optimiser.mean, 0, sizeof parameters);
    memset(optimiser.square, 0, sizeof parameters);
    memset(optimiser.average, 0, sizeof parameters);
    optimiser.step = 0;
    file = file_of(data, size);
    if (file.size >= 8 && forged_header(&file) <= file.size - 8)
        forged_sign(ctx, &file);
    check(&c, ltr_checkpoint_parse(&c, file.bytes, file.size, NULL));
    free(file.bytes);
    return 0;
}
