/*
 * ltrec/describe.h - what a track is like, in a few dozen numbers
 *
 * Tempo, key, loudness, timbre and harmony, computed beside the rows of a
 * front end from the same samples.  They feed the MLG branch of a model where
 * no machine-listening genes exist, and say something to a person.
 *
 *     ltrec_describe_enable(frontend, &err);
 *     ... ltrec_frontend_start(), _feed() and _finish(), or _mel() ...
 *     float values[LTREC_DESCRIPTORS];
 *     ltrec_describe_get(frontend, values, LTREC_DESCRIPTORS, &err);
 *     for (uint32_t i = 0; i < LTREC_DESCRIPTORS; i++)
 *         if (values[i] == values[i])
 *             printf("%s %g\n", ltrec_describe_name(i), values[i]);
 *
 * A value that a track does not have - the key of a drum solo's silence, the
 * loudness range of two seconds - is NaN, which the MLG branch takes for
 * missing.  Values have the same bits however the track was cut when it was
 * fed.  They depend on the rate the front end works at, and on no other of
 * its options; loudness and peak are of the track's own rate and channels.
 *
 * Equations and sources are in docs/descriptors.md.
 *
 * Threads: those of the front end.
 */
#ifndef LTREC_DESCRIBE_H
#define LTREC_DESCRIBE_H

#include <ltrec/audio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Which -------------------------------------------------------------- */

/* New ones are added at the end; none is renumbered. */
enum {
    LTREC_DESCRIPTOR_SECONDS = 0, /* length of the track */

    /* ITU-R BS.1770-4 and EBU R 128, of all channels */
    LTREC_DESCRIPTOR_LOUDNESS = 1,       /* integrated, LUFS */
    LTREC_DESCRIPTOR_LOUDNESS_RANGE = 2, /* EBU Tech 3342, LU */
    LTREC_DESCRIPTOR_PEAK = 3,           /* largest sample, dBFS */

    /* The most likely tempos, in beats a minute; strengths are 0 to 1. */
    LTREC_DESCRIPTOR_TEMPO = 4,
    LTREC_DESCRIPTOR_TEMPO_STRENGTH = 5,
    LTREC_DESCRIPTOR_TEMPO_2 = 6,
    LTREC_DESCRIPTOR_TEMPO_2_STRENGTH = 7,
    LTREC_DESCRIPTOR_TEMPO_3 = 8,
    LTREC_DESCRIPTOR_TEMPO_3_STRENGTH = 9,
    LTREC_DESCRIPTOR_ONSET_RATE = 10, /* notes and strokes begun a second */

    LTREC_DESCRIPTOR_KEY = 11,          /* tonic: 0 for C, 1 C#, to 11 B */
    LTREC_DESCRIPTOR_MODE = 12,         /* 1 for major, 0 for minor */
    LTREC_DESCRIPTOR_KEY_STRENGTH = 13, /* correlation with the key, -1 to 1 */
    LTREC_DESCRIPTOR_TUNING = 14,       /* cents off A = 440 Hz, -50 to 50 */

    /* Mean and standard deviation over the frames that are not silent. */
    LTREC_DESCRIPTOR_CENTROID = 15, /* of the spectrum, Hz */
    LTREC_DESCRIPTOR_CENTROID_DEVIATION = 16,
    LTREC_DESCRIPTOR_FLATNESS = 17, /* 0 for a tone, 0.56 for white noise */
    LTREC_DESCRIPTOR_FLATNESS_DEVIATION = 18,

    /* How evenly pitch classes are used, 0 to 1, and how fast they change. */
    LTREC_DESCRIPTOR_CHROMA_ENTROPY = 19,
    LTREC_DESCRIPTOR_CHROMA_FLUX = 20,

    /* The share of each pitch class, from C to B; they add up to 1. */
    LTREC_DESCRIPTOR_CHROMA = 21,

    LTREC_DESCRIPTORS = 33 /* how many there are */
};

/* How many the library that is running knows. */
LTREC_API uint32_t ltrec_describe_count(void);

/*
 * The name of one, such as "tempo_bpm", in lower case letters, digits and
 * underscores, for a column of a table; and what it is measured in, such as
 * "beats per minute".  NULL beyond the last.
 */
LTREC_API const char *ltrec_describe_name(uint32_t descriptor);
LTREC_API const char *ltrec_describe_unit(uint32_t descriptor);

/*
 * Raised when the same sound begins to give other values; those of different
 * versions are not to be mixed.
 */
LTREC_API uint32_t ltrec_describe_version(void);

/* ---- Describing --------------------------------------------------------- */

/*
 * From the next ltrec_frontend_start() on describe every track that goes
 * through the front end; its rows stay the same.  Memory is some 2 MB, at any
 * length of track.  Doing it again changes nothing.  LTREC_ERR_ARGUMENT for
 * no front end, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_describe_enable(ltrec_frontend *frontend,
                                    ltrec_error *err);

/*
 * The descriptors of the track that was finished last, the first `capacity`
 * of them, into `values[capacity]`; NaN beyond those there are.
 * LTREC_ERR_STATE, and all NaN, when it was not described, or one has been
 * started since.
 */
LTREC_API int ltrec_describe_get(const ltrec_frontend *frontend, float *values,
                                 size_t capacity, ltrec_error *err);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_DESCRIBE_H */
