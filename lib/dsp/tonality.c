/*
 * tonality.c - which notes there are, and in what key
 *
 * Peaks are gathered in steps of 5 cents, because how far the instruments are
 * from A = 440 Hz is only known at the end.  The key is the one whose profile
 * correlates best with the pitch classes' shares (Krumhansl 1990), with the
 * profiles of Temperley (2007), counted in a corpus of tonal music.
 */
#include "dsp/tonality.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/context.h"
#include "dsp/frames.h"
#include "dsp/log10.h"

#define CLASSES LTR_PITCH_CLASSES
#define TWO_PI 6.283185307179586

#define WINDOW_SECONDS 0.37

/* Where notes are: from the C of a cello to what is above a flute's. */
#define LEAST_HZ 63.0
#define MOST_HZ 2200.0

#define A4_HZ 440.0
#define C_TO_A 9 /* semitones */

#define STEPS 20 /* a semitone */
#define N_STEPS (CLASSES * STEPS)

/* A peak this far below the loudest bin of its frame is a sidelobe. */
#define LEAST_PEAK 1e-4f

/* A frame this far below the loudest so far is silent. */
#define SILENT 1e-6f

/* For flux: a window's spectrum against the one that begins where it ends. */
struct ltr_tonality {
    ltrec_context *ctx;
    struct ltr_frames frames;
    double bin_hz;
    size_t first, end;      /* bins */
    float loudest;          /* power of any bin so far */
    double sums[N_STEPS];   /* of amplitudes, from C up */
    double turns[STEPS][2]; /* of the middle of each step in a semitone */
    double before[CLASSES];
    int has_before;
    double changes;
    uint64_t n_changes;
};

static const double profiles[2][CLASSES] = {
    {0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067,
     0.133, 0.330}, /* minor */
    {0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366,
     0.057, 0.400}, /* major */
};

/* ---- A frame ------------------------------------------------------------ */

/* Semitones above C of some octave, 0 up to 12. */
static double pitch_of(double hz)
{
    double octaves = ltr_log10((float)(hz / A4_HZ)) / LTR_LOG10_2;
    double pitch = 12 * octaves + C_TO_A;

    return pitch - CLASSES * floor(pitch / CLASSES);
}

/*
 * How far the instruments are off, in semitones: the angle of the sum of
 * amplitudes, a semitone being a turn.
 */
static double tuning_of(const struct ltr_tonality *t)
{
    double re = 0, im = 0;

    for (size_t i = 0; i < N_STEPS; i++) {
        re += t->sums[i] * t->turns[i % STEPS][0];
        im += t->sums[i] * t->turns[i % STEPS][1];
    }
    return atan2(im, re) / TWO_PI;
}

/*
 * A peak of power at a bin: its place from the logarithms of its neighbours,
 * as a window's main lobe is nearly a parabola there.
 */
static void add_peak(const struct ltr_tonality *t, const float *power,
                     size_t bin, double frame[N_STEPS])
{
    double low = ltr_log10(power[(bin - 1) * LTR_FRAMES]);
    double top = ltr_log10(power[bin * LTR_FRAMES]);
    double high = ltr_log10(power[(bin + 1) * LTR_FRAMES]);
    double bend = low - 2 * top + high;
    double shift = bend < 0 ? 0.5 * (low - high) / bend : 0;
    double pitch = pitch_of(((double)bin + shift) * t->bin_hz);
    size_t step = (size_t)(pitch * STEPS);

    frame[step < N_STEPS ? step : 0] += sqrt((double)power[bin * LTR_FRAMES]);
}

/* The shares of pitch classes, given how the instruments are tuned. */
static int fold(const double *steps, double tuning, double chroma[CLASSES])
{
    double sum = 0;

    memset(chroma, 0, CLASSES * sizeof *chroma);
    for (size_t i = 0; i < N_STEPS; i++) {
        double pitch = ((double)i + 0.5) / STEPS - tuning;
        long nearest = (long)floor(pitch + 0.5);

        chroma[(nearest + CLASSES) % CLASSES] += steps[i];
        sum += steps[i];
    }
    for (size_t i = 0; sum > 0 && i < CLASSES; i++)
        chroma[i] /= sum;
    return sum > 0;
}

/* Half the sum of differences: the share that is of other notes than before.
 */
static void compare(struct ltr_tonality *t, const double *frame)
{
    double chroma[CLASSES], change = 0;
    int has = fold(frame, tuning_of(t), chroma);

    if (has && t->has_before) {
        for (size_t i = 0; i < CLASSES; i++)
            change += fabs(chroma[i] - t->before[i]) / 2;
        t->changes += change;
        t->n_changes++;
    }
    memcpy(t->before, chroma, sizeof chroma);
    t->has_before = has;
}

static void add_frame(struct ltr_tonality *t, const float *power)
{
    double frame[N_STEPS] = {0};
    float most = 0, least;

    for (size_t i = t->first; i < t->end; i++)
        most = fmaxf(most, power[i * LTR_FRAMES]);
    t->loudest = fmaxf(t->loudest, most);
    if (most <= t->loudest * SILENT)
        return;
    least = fmaxf(most * LEAST_PEAK, FLT_MIN / LEAST_PEAK);
    for (size_t i = t->first; i < t->end; i++) {
        const float *p = power + i * LTR_FRAMES;

        if (p[0] > least && p[0] > p[-LTR_FRAMES] && p[0] >= p[LTR_FRAMES] &&
            p[-LTR_FRAMES] > FLT_MIN && p[LTR_FRAMES] > FLT_MIN)
            add_peak(t, power, i, frame);
    }
    for (size_t i = 0; i < N_STEPS; i++)
        t->sums[i] += frame[i];
    compare(t, frame);
}

static void use(void *user, const float *power, size_t n_rows)
{
    struct ltr_tonality *t = user;

    for (size_t r = 0; r < n_rows; r++)
        add_frame(t, power + r);
}

/* ---- Life cycle --------------------------------------------------------- */

int ltr_tonality_create(ltrec_context *ctx, uint32_t rate_hz,
                        struct ltr_tonality **out)
{
    size_t size = ltr_frames_size(rate_hz, WINDOW_SECONDS);
    struct ltr_tonality *t = ltr_alloc(ctx, 1, sizeof *t);
    int status;

    *out = NULL;
    if (!t)
        return LTREC_ERR_MEMORY;
    t->ctx = ctx;
    t->bin_hz = (double)rate_hz / (double)size;
    t->first = (size_t)(LEAST_HZ / t->bin_hz) + 1;
    for (size_t i = 0; i < STEPS; i++) {
        double turn = TWO_PI * ((double)i + 0.5) / STEPS;

        t->turns[i][0] = cos(turn);
        t->turns[i][1] = sin(turn);
    }
    t->end = (size_t)fmin(MOST_HZ / t->bin_hz, (double)(size / 2));
    status = ltr_frames_init(&t->frames, ctx, size, size, use, t);
    if (status != LTREC_OK) {
        ltr_tonality_free(t);
        return status;
    }
    *out = t;
    return LTREC_OK;
}

void ltr_tonality_free(struct ltr_tonality *tonality)
{
    if (!tonality)
        return;
    ltr_frames_clear(&tonality->frames);
    ltr_free(tonality->ctx, tonality);
}

void ltr_tonality_start(struct ltr_tonality *tonality)
{
    struct ltr_tonality *t = tonality;

    t->loudest = 0;
    memset(t->sums, 0, sizeof t->sums);
    t->has_before = 0;
    t->changes = 0;
    t->n_changes = 0;
    ltr_frames_start(&t->frames);
}

void ltr_tonality_add(struct ltr_tonality *tonality, const float *samples,
                      size_t n)
{
    ltr_frames_add(&tonality->frames, samples, n);
}

void ltr_tonality_end(struct ltr_tonality *tonality)
{
    ltr_frames_end(&tonality->frames);
}

/* ---- Figures ------------------------------------------------------------ */

/* The correlation of shares with a profile whose tonic is `key`. */
static double correlate(const double *chroma, const double *profile,
                        size_t key)
{
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0, n = CLASSES, spread;

    for (size_t i = 0; i < CLASSES; i++) {
        double a = chroma[(i + key) % CLASSES], b = profile[i];

        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    spread = (xx - x * x / n) * (yy - y * y / n);
    return spread > 0 ? (xy - x * y / n) / sqrt(spread) : 0;
}

static void find_key(struct ltr_tonality_figures *figures)
{
    figures->strength = -2;
    for (size_t mode = 0; mode < 2; mode++)
        for (size_t key = 0; key < CLASSES; key++) {
            double r = correlate(figures->chroma, profiles[mode], key);

            if (r > figures->strength) {
                figures->strength = r;
                figures->key = (double)key;
                figures->mode = (double)mode;
            }
        }
}

/* 1 when all classes have the same share, 0 when one has all. */
static double entropy_of(const double *chroma)
{
    double sum = 0;

    for (size_t i = 0; i < CLASSES; i++)
        if (chroma[i] > 0)
            sum -= chroma[i] * log(chroma[i]);
    return sum / log(CLASSES);
}

void ltr_tonality_get(const struct ltr_tonality *tonality,
                      struct ltr_tonality_figures *figures)
{
    const struct ltr_tonality *t = tonality;

    figures->key = figures->mode = figures->strength = (double)NAN;
    figures->tuning_cents = figures->entropy = figures->flux = (double)NAN;
    if (!fold(t->sums, tuning_of(t), figures->chroma)) {
        for (size_t i = 0; i < CLASSES; i++)
            figures->chroma[i] = (double)NAN;
        return;
    }
    find_key(figures);
    figures->tuning_cents = 100 * tuning_of(t);
    figures->entropy = entropy_of(figures->chroma);
    if (t->n_changes > 0)
        figures->flux = t->changes / (double)t->n_changes;
}
