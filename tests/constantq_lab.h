/*
 * constantq_lab.h - front ends of the preset cqt, and the rows they make
 *
 * setup() and teardown() are the fixture; `options` are the preset's, but that
 * rows stay power.
 */
#ifndef CONSTANTQ_LAB_H
#define CONSTANTQ_LAB_H

#include "check_run.h"

#include <ltrec/ltrec.h>

#define RATE 22050
#define HOP 1024
#define BANDS 96
#define OCTAVE 12
#define MOST (200 * BANDS)

static ltrec_context *ctx;
static ltrec_frontend_options options;
static float rows[MOST];

static inline void reset_options(void)
{
    ck_assert_int_eq(
        ltrec_frontend_options_preset(&options, sizeof options, "cqt"),
        LTREC_OK);
    options.level = LTREC_LEVEL_NONE;
}

static inline void setup(void)
{
    ck_assert_int_eq(ltrec_context_create(NULL, &ctx, NULL), LTREC_OK);
    reset_options();
}

static inline void teardown(void)
{
    ltrec_context_free(ctx);
}

static inline ltrec_frontend *make_on(ltrec_context *on)
{
    ltrec_frontend *frontend;

    ck_assert_int_eq(ltrec_frontend_create(on, &options, &frontend, NULL),
                     LTREC_OK);
    return frontend;
}

/* All rows of a track that is fed in pieces. */
static inline size_t run(ltrec_frontend *frontend, uint32_t rate_hz,
                         const float *pcm, size_t n, size_t piece, float *out)
{
    size_t bands = ltrec_frontend_bands(frontend), total = 0, given;

    ck_assert_int_eq(ltrec_frontend_start(frontend, rate_hz, 1, NULL),
                     LTREC_OK);
    for (size_t i = 0; i < n; i += piece) {
        ck_assert_int_eq(ltrec_frontend_feed(
                             frontend, pcm + i, n - i < piece ? n - i : piece,
                             out + total * bands,
                             (MOST - total * bands) / bands, &given, NULL),
                         LTREC_OK);
        total += given;
    }
    ck_assert_int_eq(ltrec_frontend_finish(frontend, out + total * bands,
                                           (MOST - total * bands) / bands,
                                           &given, NULL),
                     LTREC_OK);
    ck_assert_uint_eq(total + given,
                      ltrec_frontend_rows(frontend, rate_hz, n));
    return total + given;
}

/* The rows of a track, by a front end made for it. */
static inline size_t rows_of(uint32_t rate_hz, const float *pcm, size_t n,
                             float *out)
{
    ltrec_frontend *frontend = make_on(ctx);
    size_t n_rows = run(frontend, rate_hz, pcm, n, n, out);

    ltrec_frontend_free(frontend);
    return n_rows;
}

#endif /* CONSTANTQ_LAB_H */
