/*
 * fuzz_model.c - any model file, then any track through it
 *
 * The checksums are made right for whatever arrives, so that what lies behind
 * them is reached.  Bytes that begin with 'E' or 'F' are edits of a good file
 * - places, lengths, and what to put there - because chance alone hardly ever
 * writes one.  Memory is bounded: a file that asks for more than its parts
 * are worth runs into the bound and fails, and must do so cleanly.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../forged_file.h"
#include "../small_model.h"

#define MOST_MEMORY ((size_t)64 << 20)
#define MOST_FILE 65536

/* ---- Memory ------------------------------------------------------------- */

struct bounded {
    size_t used;
};

static void *allocate(size_t bytes, void *user)
{
    struct bounded *bounded = user;
    size_t *block;

    if (bytes > MOST_MEMORY - bounded->used)
        return NULL;
    block = malloc(bytes + 16);
    if (!block)
        return NULL;
    bounded->used += bytes;
    *block = bytes;
    return (char *)block + 16;
}

static void release(void *block, void *user)
{
    struct bounded *bounded = user;
    size_t *start = (size_t *)(void *)((char *)block - 16);

    bounded->used -= *start;
    free(start);
}

/* ---- Files -------------------------------------------------------------- */

/* The file of the small model, or of one with all that format 4 brought, each
 * made once. */
static struct forged good_file(ltrec_context *ctx, int newer)
{
    static unsigned char all_bytes[2][MOST_FILE];
    static size_t sizes[2];
    unsigned char *bytes = all_bytes[newer];
    size_t size = sizes[newer];

    if (size == 0) {
        char path[] = "/tmp/ltrec-fuzz-XXXXXX";
        int fd = mkstemp(path);
        ltrec_model *model = small_model(ctx);
        FILE *stream;

        if (newer) {
            small_statistics(ctx, model);
            model->branches[LTR_AUDIO]->soft_floor = 50;
        }
        if (fd < 0 || ltrec_model_save(model, path, NULL) != LTREC_OK)
            abort();
        close(fd);
        stream = fopen(path, "rb");
        if (!stream)
            abort();
        size = sizes[newer] = fread(bytes, 1, MOST_FILE, stream);
        fclose(stream);
        unlink(path);
        ltrec_model_free(model);
    }
    return (struct forged){bytes, size};
}

static struct forged copy_of(const unsigned char *bytes, size_t n)
{
    struct forged file = {malloc(n + 1), n};

    if (n > 0)
        memcpy(file.bytes, bytes, n);
    return file;
}

/* Where the number `which` in the header begins, and its digits. */
static size_t find_number(const struct forged *file, size_t which, size_t *n)
{
    size_t end = 8 + forged_header(file), seen = 0;

    for (size_t at = 8; at < end; at++) {
        *n = 0;
        while (at + *n < end && file->bytes[at + *n] >= '0' &&
               file->bytes[at + *n] <= '9')
            ++*n;
        if (*n > 0 && seen++ == which)
            return at;
        at += *n;
    }
    return SIZE_MAX;
}

/*
 * One edit is a kind, a place, a length and the bytes to be put there:
 * 0: xored anywhere, 1: in place of `cut` bytes of the header, 2: digits for
 * a number in the header, which is what says how large things are.
 */
static struct forged edit(ltrec_context *ctx, struct forged file,
                          const uint8_t *data, const uint8_t *put, size_t n)
{
    size_t at = (size_t)data[1] << 8 | data[2], cut = data[3];
    size_t header = forged_header(&file);
    char digits[8];
    struct forged next;

    if (data[0] % 3 == 0) {
        for (size_t i = 0; i < n; i++)
            file.bytes[(at + i) % file.size] ^= put[i];
        return file;
    }
    if (header == 0 || header > file.size - 8 || file.size > MOST_FILE)
        return file;
    if (data[0] % 3 == 1) {
        at = 8 + at % header;
        cut = cut < 8 + header - at ? cut : 8 + header - at;
        next = forged_splice(ctx, &file, at, cut, (const char *)put, n);
    } else {
        at = find_number(&file, at % 512, &cut);
        if (at == SIZE_MAX)
            return file;
        n = n < sizeof digits ? n : sizeof digits;
        for (size_t i = 0; i < n; i++)
            digits[i] = (char)('0' + put[i] % 10);
        next = forged_splice(ctx, &file, at, cut, digits, n);
    }
    free(file.bytes);
    return next;
}

/* A good file after the edits in data[size], each behind its length. */
static struct forged edited(ltrec_context *ctx, int newer, const uint8_t *data,
                            size_t size)
{
    struct forged good = good_file(ctx, newer);
    struct forged file = copy_of(good.bytes, good.size);

    while (size >= 5 && file.size >= 8) {
        size_t n = data[4] < size - 5 ? data[4] : size - 5;

        file = edit(ctx, file, data, data + 5, n);
        data += 5 + n;
        size -= 5 + n;
    }
    return file;
}

/* ---- Tracks ------------------------------------------------------------- */

/* Numbers from the input, over and over. */
static float *numbers_of(const uint8_t *data, size_t size, size_t n)
{
    float *numbers = malloc((n + 1) * sizeof *numbers);

    for (size_t i = 0; i < n; i++)
        numbers[i] =
            size > 0 ? (float)data[i % size] / 128 - (float)(i % 3) : (float)i;
    return numbers;
}

static void check_factor(const float *factor, size_t rank, float confidence)
{
    double squares = 0;

    for (size_t i = 0; i < rank; i++)
        squares += (double)factor[i] * (double)factor[i];
    if (!(fabs(squares - 1) < 1e-4 && confidence >= 0 && confidence <= 1))
        abort();
}

static size_t most_of(const ltrec_model *model)
{
    size_t most = ltrec_model_rank(model);

    for (uint32_t bit = 1; bit <= LTREC_BRANCH_HEAD; bit <<= 1) {
        size_t n = ltrec_model_vocabulary(model, bit);

        for (size_t i = 0; i < n; i++)
            if (strlen(ltrec_model_name(model, bit, i)) > MOST_FILE)
                abort();
        most = n > most ? n : most;
    }
    return most;
}

/* A track heard in each way: by every branch, then by those that bits say. */
static void run(ltrec_context *ctx, const ltrec_model *model,
                const uint8_t *data, size_t size)
{
    size_t n = most_of(model), rank = ltrec_model_rank(model), frames;
    ltrec_frontend_options frontend = {.bands = 0};
    float *values = numbers_of(data, size, n), *mel, *factor, confidence;
    ltrec_predictor *p;

    ltrec_model_frontend(model, &frontend, sizeof frontend);
    frames = frontend.bands > 0 ? 1 + (size > 0 ? data[size - 1] : 0) : 0;
    mel = numbers_of(data, size, frames * frontend.bands);
    factor = numbers_of(NULL, 0, n);
    for (int i = LTREC_TRACK_MIDDLE; i <= LTREC_TRACK_WHOLE; i++) {
        ltrec_predictor_options o;
        ltrec_track track;

        ltrec_predictor_options_init(&o, sizeof o);
        o.full_track = i;
        if (i > 0 && size > 0)
            o.branches = data[size / 2];
        if (ltrec_predictor_create(ctx, model, &o, &p, NULL) != LTREC_OK)
            continue;
        ltrec_track_init(&track, sizeof track);
        track.mel = frames > 0 ? mel : NULL;
        track.n_frames = frames;
        for (size_t j = 0; j < n; j++)
            values[j] = values[j] < 0 ? 0 : values[j] > 1 ? 1 : values[j];
        track.attributes = track.genres = track.artist = values;
        track.artist_tracks = 2;
        if (ltrec_predictor_run(p, &track, factor, &confidence, NULL) ==
            LTREC_OK)
            check_factor(factor, rank, confidence);
        ltrec_predictor_attributes(p, &track, factor, NULL);
        ltrec_predictor_free(p);
    }
    free(values);
    free(mel);
    free(factor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bounded bounded = {0};
    ltrec_context_options options;
    struct forged file;
    ltrec_context *ctx;
    ltrec_model *model;

    ltrec_context_options_init(&options, sizeof options);
    options.allocate = allocate;
    options.release = release;
    options.user = &bounded;
    options.kernels = LTREC_KERNELS_PORTABLE; /* ASan sees into C alone */
    if (size == 0 || size > MOST_FILE ||
        ltrec_context_create(&options, &ctx, NULL) != LTREC_OK)
        return 0;
    file = data[0] == 'E' || data[0] == 'F'
               ? edited(ctx, data[0] == 'F', data + 1, size - 1)
               : copy_of(data, size);
    if (file.size >= 8 && forged_header(&file) <= file.size - 8)
        forged_sign(ctx, &file);
    if (ltrec_model_load_memory(ctx, file.bytes, file.size, &model, NULL) ==
        LTREC_OK) {
        run(ctx, model, data, size);
        ltrec_model_free(model);
    }
    free(file.bytes);
    ltrec_context_free(ctx);
    if (bounded.used != 0)
        abort();
    return 0;
}
