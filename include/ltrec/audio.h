/*
 * ltrec/audio.h - from sound to log-mel: what the networks listen to
 *
 * A front end takes PCM of any rate and channel count and gives rows of mel
 * power, or of a constant-Q transform's, one every hop.  Sound may come in
 * pieces of any size; the rows have the same bits as if it had come at once,
 * and the memory does not depend on the length of the track.
 *
 *     ltrec_frontend *frontend;
 *     if (ltrec_frontend_create(ctx, NULL, &frontend, &err) != LTREC_OK)
 *         return report(&err);
 *     ltrec_frontend_start(frontend, 44100, 2, &err);
 *     while ((n = read_pcm(pcm, 4096)) > 0) {
 *         ltrec_frontend_feed(frontend, pcm, n, row, room, &n_rows, &err);
 *         row += n_rows * bands, room -= n_rows, total += n_rows;
 *     }
 *     ltrec_frontend_finish(frontend, row, room, &n_rows, &err);
 *     ltrec_frontend_level(frontend, mel, total + n_rows);
 *     ltrec_frontend_free(frontend);
 *
 * Decoding files is the caller's; ltrec_frontend_mel() does all of the above
 * for a track that is in memory.
 *
 * Threads: one at a time; make a front end per thread.
 */
#ifndef LTREC_AUDIO_H
#define LTREC_AUDIO_H

#include <ltrec/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltrec_frontend ltrec_frontend;

/* ---- Options ------------------------------------------------------------ */

/*
 * What a row is made of.  Mel bands are sums over one Fourier transform, with
 * a window of one length.  Constant-Q bands (Brown 1991) are a share of an
 * octave apart, each with a window of as many periods of its own frequency:
 * notes of all octaves look alike.  They are those of librosa's cqt().
 */
enum {
    LTREC_TRANSFORM_MEL = 0,
    LTREC_TRANSFORM_CONSTANT_Q = 1
};

/* How hertz become mels. */
enum {
    LTREC_MEL_SLANEY = 0, /* linear below 1 kHz, logarithmic above */
    LTREC_MEL_HTK = 1     /* 2595 log10(1 + f / 700) */
};

/* How high the triangles are. */
enum {
    LTREC_NORM_SLANEY = 0, /* each of area 1: 2 / (upper - lower edge in Hz) */
    LTREC_NORM_NONE = 1    /* each of height 1 */
};

/* What ltrec_frontend_level() makes of power. */
enum {
    LTREC_LEVEL_DB = 0,    /* 10 log10(x / reference), floored */
    LTREC_LEVEL_LOG1P = 1, /* log10(1 + 10000 x) */
    LTREC_LEVEL_NONE = 2   /* it stays power */
};

/* The power that is 0 dB. */
enum {
    LTREC_REFERENCE_MAX = 0, /* the track's largest: its loudness is gone */
    LTREC_REFERENCE_ONE = 1  /* 1.0 */
};

/*
 * The first three are libsamplerate's; speed against bandwidth, all free of
 * aliases.  The fourth, ..._POLYPHASE, is our own: flat up to 92 % of half the
 * lower rate, 97 dB down beyond half of it, many times faster, and for ratios
 * of small numbers only, such as all those between 44.1, 48, 32, 24, 88.2, 96,
 * 192 and 22.05 or 16 kHz.  Any other ratio is then ..._MEDIUM's.
 *
 * With ..._NONE a track of a whole multiple of the rate, such as 44.1 to 22.05
 * or 48 to 16 kHz, is not resampled at all: windows are as many times as long,
 * and of their spectra the lower bins are kept.  That is faster, and up to
 * half the rate what a perfect filter would leave, where ..._POLYPHASE's fades
 * out; rows of tracks at the rate itself and of both others differ in the
 * highest two or three of 128 bands.  Any other ratio is ..._POLYPHASE's.
 * Constant-Q rows have no part up there and are the same to 1e-4 of a band's
 * power, from tracks of 2, 4 or 8 times the rate.
 */
enum {
    LTREC_RESAMPLER_BEST = 0,
    LTREC_RESAMPLER_MEDIUM = 1,
    LTREC_RESAMPLER_FASTEST = 2,
    LTREC_RESAMPLER_POLYPHASE = 3,
    LTREC_RESAMPLER_NONE = 4
};

/*
 * What the Fourier transform is computed in.  Single precision leaves an error
 * of 1e-8 of the loudest frequency's amplitude in every other: bands 80 dB
 * down are off by up to 1e-3 dB.  Double precision agrees with any other
 * careful front end to 1e-5 dB; it takes up to 1.6 times as long.
 */
enum {
    LTREC_SPECTRUM_DOUBLE = 0,
    LTREC_SPECTRUM_SINGLE = 1
};

typedef struct ltrec_frontend_options {
    size_t size; /* set by ltrec_frontend_options_init() */

    uint32_t rate_hz; /* the rate worked at, 1000 to 768000; default 22050 */
    uint32_t window;  /* samples, Hann; 16 to 65536, no prime factor above
                         127; default 2048.  Those that 32 divides and
                         that have no factor above 5 are the fastest */
    uint32_t hop;     /* samples, 1 to window; default 1024 */
    uint32_t bands;   /* 1 to 1024; default 128 */
    float fmin_hz;    /* lower edge of the lowest band; default 0 */
    float fmax_hz;    /* upper edge of the highest; 0, the default, and
                         anything up to rate_hz / 2, which 0 stands for */
    int32_t scale;    /* LTREC_MEL_...; default LTREC_MEL_SLANEY */
    int32_t norm;     /* LTREC_NORM_...; default LTREC_NORM_SLANEY */

    /*
     * Not 0: row t is about sample t * hop, with zeros around the track, and
     * there are 1 + samples / hop rows.  0, the default: row t begins there,
     * and zeros fill up the last row.
     */
    int32_t centred;

    int32_t level;     /* LTREC_LEVEL_...; default LTREC_LEVEL_DB */
    int32_t reference; /* LTREC_REFERENCE_...; default LTREC_REFERENCE_MAX */
    float floor_db;    /* nothing is further than this below the track's
                          largest, 0 to 1000; 0 for no floor; default 80 */
    float amin;        /* power below this counts as this much, 1e-30 to 1;
                          default 1e-10 */
    int32_t resampler; /* LTREC_RESAMPLER_...; default ..._POLYPHASE */
    int32_t precision; /* LTREC_SPECTRUM_...; default ..._DOUBLE */

    /*
     * LTREC_TRANSFORM_...; default ..._MEL.  With ..._CONSTANT_Q band b is at
     * fmin_hz 2^(b / bands_per_octave).  fmin_hz is above 0; the highest band
     * and two of its neighbours, about, lie below 40 % of rate_hz; windows of
     * the highest octave are 2,048 samples long at most.  hop, up to 65536, is
     * a multiple of 2 to the power of the octaves below the highest: of 128
     * for eight octaves.  Rows are centred.  window, fmax_hz, scale and norm
     * change nothing, and read as 0 afterwards but for fmax_hz, which is where
     * the next band would be.
     */
    int32_t transform;
    uint32_t bands_per_octave; /* 1 to 96; default 12 */
} ltrec_frontend_options;

/* The default preset. */
LTREC_API void ltrec_frontend_options_init(ltrec_frontend_options *options,
                                           size_t size);

/*
 * "default", "librosa" (its defaults: hop 512, centred, reference 1),
 * "musicnn" (16 kHz, window 512, hop 256, 96 bands, log10(1 + 10000 x)) or
 * "cqt" (constant-Q: 96 bands, twelve an octave from 32.7 Hz, hop 1024).
 * LTREC_ERR_ARGUMENT for another name; `options` are then the defaults.
 */
LTREC_API int ltrec_frontend_options_preset(ltrec_frontend_options *options,
                                            size_t size, const char *preset);

/* ---- Life cycle --------------------------------------------------------- */

/*
 * NULL `options` means the default preset.  LTREC_ERR_ARGUMENT names the
 * option that is out of its range, or the first band that holds no frequency
 * of the transform: fewer bands or a longer window are wanted then.
 * LTREC_ERR_MEMORY, LTREC_ERR_UNSUPPORTED.
 */
LTREC_API int ltrec_frontend_create(ltrec_context *ctx,
                                    const ltrec_frontend_options *options,
                                    ltrec_frontend **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_frontend_free(ltrec_frontend *frontend);

/* ---- A track, piece by piece -------------------------------------------- */

/*
 * Begin a track of `rate_hz` (1000 to 768000, and within 256 times the front
 * end's either way) and `channels` (1 to 64, mixed by their mean).  A track
 * under way is forgotten, except when this fails.  LTREC_ERR_ARGUMENT for
 * another rate or number of channels; LTREC_ERR_MEMORY: a track of another
 * rate than the last four rates that were resampled wants a table of up to
 * 1 MB.
 */
LTREC_API int ltrec_frontend_start(ltrec_frontend *frontend, uint32_t rate_hz,
                                   uint32_t channels, ltrec_error *err);

/*
 * Feed `pcm[n_frames][channels]` of the track; full scale is 1.  Rows that
 * are complete go to `mel[capacity][bands]`, their number to `*n_rows`.  Rows
 * are computed eight at a time, in single precision sixteen, so that one may
 * come fifteen hops and a third of a second after the last sample it is made
 * of.  One of a constant-Q transform comes later, as the longest windows have
 * to be full: with the preset at most a second and a half after its time.
 *
 * LTREC_ERR_CAPACITY when ltrec_frontend_rows_left() rows for `n_frames`
 * would not fit, LTREC_ERR_ARGUMENT for a sample that is not finite or is
 * larger than 2^32 (the message says where), LTREC_ERR_STATE before
 * ltrec_frontend_start().  Whatever it refuses, the track is as it was.
 * Allocates nothing.
 */
LTREC_API int ltrec_frontend_feed(ltrec_frontend *frontend, const float *pcm,
                                  size_t n_frames, float *mel, size_t capacity,
                                  size_t *n_rows, ltrec_error *err);

/*
 * End the track: the rows that are left.  Together they are
 * ltrec_frontend_rows(); a track of a single sample gives one row, one of no
 * samples none.  Fails as ltrec_frontend_feed() does.
 */
LTREC_API int ltrec_frontend_finish(ltrec_frontend *frontend, float *mel,
                                    size_t capacity, size_t *n_rows,
                                    ltrec_error *err);

/* ---- A whole track ------------------------------------------------------ */

/*
 * Turn the power in all rows of a track, `mel[n_rows][bands]`, into the level
 * the options ask for, in place.  With LTREC_REFERENCE_MAX a track that
 * never exceeds `amin` is silent, and all of it lies on the floor.
 * LTREC_ERR_ARGUMENT, and nothing changed, when a value is not finite.
 */
LTREC_API int ltrec_frontend_level(const ltrec_frontend *frontend, float *mel,
                                   size_t n_rows);

/*
 * Start, feed, finish and level in one call, into `mel[capacity][bands]`,
 * where ltrec_frontend_rows() says how much room is wanted.  `*n_rows` is
 * their number.  Fails as these do, LTREC_ERR_CAPACITY where there is less
 * room; `*n_rows` is then 0, and rows may have been written.
 */
LTREC_API int ltrec_frontend_mel(ltrec_frontend *frontend, uint32_t rate_hz,
                                 uint32_t channels, const float *pcm,
                                 size_t n_frames, float *mel, size_t capacity,
                                 size_t *n_rows, ltrec_error *err);

/* ---- Questions ---------------------------------------------------------- */

/* Floats a row, samples from row to row, and the rate that these are of. */
LTREC_API uint32_t ltrec_frontend_bands(const ltrec_frontend *frontend);
LTREC_API uint32_t ltrec_frontend_hop(const ltrec_frontend *frontend);
LTREC_API uint32_t ltrec_frontend_rate(const ltrec_frontend *frontend);

/* The options in use, with `fmax_hz` as it came out. */
LTREC_API void ltrec_frontend_options_get(const ltrec_frontend *frontend,
                                          ltrec_frontend_options *options,
                                          size_t size);

/*
 * The exact number of rows of a track of `n_frames` at `rate_hz`; 0 when no
 * such track can be started.  SIZE_MAX when it does not fit in a size_t.
 */
LTREC_API size_t ltrec_frontend_rows(const ltrec_frontend *frontend,
                                     uint32_t rate_hz, uint64_t n_frames);

/*
 * The rows still to come if the track under way ended after `n_frames` more:
 * a feed of `n_frames` gives at most, ltrec_frontend_finish() for 0 exactly
 * that many.  0 when no track is under way.
 */
LTREC_API size_t ltrec_frontend_rows_left(const ltrec_frontend *frontend,
                                          uint64_t n_frames);

/*
 * A number that changes with everything that changes the rows: every option,
 * and the library's own arithmetic.  Vectors made from rows of different
 * versions are not to be mixed.
 */
LTREC_API uint64_t ltrec_frontend_version(const ltrec_frontend *frontend);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_AUDIO_H */
