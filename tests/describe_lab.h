/*
 * describe_lab.h - a front end that describes, and what it says of a sound
 *
 * For the tests of descriptors: setup() and teardown() are their fixture.
 */
#ifndef DESCRIBE_LAB_H
#define DESCRIBE_LAB_H

#include "check_run.h"

#include <math.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "signals.h"

#define RATE 22050

static ltrec_context *ctx;
static ltrec_frontend *frontend;
static float values[LTREC_DESCRIPTORS];

static inline void make_frontend(const char *preset)
{
    ltrec_frontend_options options;

    ltrec_frontend_options_preset(&options, sizeof options, preset);
    ck_assert_int_eq(ltrec_frontend_create(ctx, &options, &frontend, NULL),
                     LTREC_OK);
    ck_assert_int_eq(ltrec_describe_enable(frontend, NULL), LTREC_OK);
}

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    make_frontend("default");
}

static inline void teardown(void)
{
    ltrec_frontend_free(frontend);
    ltrec_context_free(ctx);
}

/* Put pcm through the front end in pieces, and take its descriptors. */
static inline void describe_pieces(uint32_t rate_hz, uint32_t channels,
                                   const float *pcm, size_t n, size_t piece)
{
    size_t room = ltrec_frontend_rows(frontend, rate_hz, n) + 1, given;
    float *mel = malloc(room * ltrec_frontend_bands(frontend) * sizeof *mel);

    ck_assert_int_eq(ltrec_frontend_start(frontend, rate_hz, channels, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < n; i += piece)
        ck_assert_int_eq(ltrec_frontend_feed(frontend, pcm + i * channels,
                                             n - i < piece ? n - i : piece,
                                             mel, room, &given, NULL),
                         LTREC_OK);
    ck_assert_int_eq(ltrec_frontend_finish(frontend, mel, room, &given, NULL),
                     LTREC_OK);
    ck_assert_int_eq(
        ltrec_describe_get(frontend, values, LTREC_DESCRIPTORS, NULL),
        LTREC_OK);
    free(mel);
}

static inline void describe(uint32_t rate_hz, uint32_t channels,
                            const float *pcm, size_t n)
{
    describe_pieces(rate_hz, channels, pcm, n, n + 1);
}

#endif /* DESCRIBE_LAB_H */
