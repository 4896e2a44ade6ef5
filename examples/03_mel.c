/*
 * 03_mel.c - what the networks listen to
 *
 * A tone that glides up three octaves, fed in pieces as a decoder would give
 * them, and its log-mel spectrogram drawn with characters.
 *
 *     cc 03_mel.c $(pkg-config --cflags --libs ltrec) -lm
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

enum {
    RATE = 44100,
    SECONDS = 3,
    PIECE = 4096,
    BANDS_A_LINE = 8
};

/* The next `n` stereo frames of a sound that has no end. */
static void play(float *pcm, size_t n, double *phase, double *hertz)
{
    const double tau = 6.283185307179586;

    for (size_t i = 0; i < n; i++) {
        *hertz *= exp2(3.0 / (RATE * SECONDS));
        *phase = fmod(*phase + tau * *hertz / RATE, tau);
        pcm[2 * i] = 0.5f * (float)sin(*phase);
        pcm[2 * i + 1] = 0.2f * (float)sin(*phase * 2);
    }
}

static int listen(ltrec_frontend *frontend, float *mel, size_t capacity,
                  size_t *n_rows, ltrec_error *err)
{
    size_t bands = ltrec_frontend_bands(frontend), left = RATE * SECONDS, n;
    float pcm[PIECE * 2];
    double phase = 0, hertz = 220;
    int status = ltrec_frontend_start(frontend, RATE, 2, err);

    *n_rows = 0;
    while (status == LTREC_OK && left > 0) {
        size_t piece = left < PIECE ? left : PIECE;
        play(pcm, piece, &phase, &hertz);
        status =
            ltrec_frontend_feed(frontend, pcm, piece, mel + *n_rows * bands,
                                capacity - *n_rows, &n, err);
        *n_rows += n;
        left -= piece;
    }
    if (status != LTREC_OK)
        return status;
    status = ltrec_frontend_finish(frontend, mel + *n_rows * bands,
                                   capacity - *n_rows, &n, err);
    *n_rows += n;
    return status == LTREC_OK ? ltrec_frontend_level(frontend, mel, *n_rows)
                              : status;
}

/* Time to the right, pitch upwards; a line is the loudest of its bands. */
static void draw(const float *mel, size_t n_rows, size_t bands)
{
    for (size_t top = bands; top >= BANDS_A_LINE; top -= BANDS_A_LINE) {
        for (size_t row = 0; row < n_rows; row++) {
            float loudest = -80;
            for (size_t b = top - BANDS_A_LINE; b < top; b++)
                loudest = fmaxf(loudest, mel[row * bands + b]);
            putchar(" .:-=+*#@"[(int)(loudest / 10 + 8)]);
        }
        putchar('\n');
    }
}

int main(void)
{
    ltrec_context *ctx = NULL;
    ltrec_frontend *frontend = NULL;
    ltrec_error err;
    float *mel = NULL;
    size_t bands = 0, capacity = 0, n_rows = 0;
    int status;

    status = ltrec_context_create(NULL, &ctx, &err);
    if (status == LTREC_OK)
        status = ltrec_frontend_create(ctx, NULL, &frontend, &err);
    if (status == LTREC_OK) {
        bands = ltrec_frontend_bands(frontend);
        capacity = ltrec_frontend_rows(frontend, RATE, RATE * SECONDS);
        mel = malloc(capacity * bands * sizeof *mel);
    }
    if (mel != NULL)
        status = listen(frontend, mel, capacity, &n_rows, &err);
    if (status != LTREC_OK)
        fprintf(stderr, "%s\n", err.message);
    else if (mel != NULL) {
        printf("%zu rows of %zu bands, one every %.1f ms\n", n_rows, bands,
               1e3 * ltrec_frontend_hop(frontend) /
                   ltrec_frontend_rate(frontend));
        draw(mel, n_rows, bands);
    }

    free(mel);
    ltrec_frontend_free(frontend);
    ltrec_context_free(ctx);
    return status == LTREC_OK && n_rows > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
