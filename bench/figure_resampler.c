/*
 * figure_resampler.c - what is left of a tone at half the rate, as a picture
 *
 * Tones of amplitude 1 from 100 Hz up to half of 44.1 kHz are resampled to
 * 22.05 kHz, by the polyphase filter and by libsamplerate's MEDIUM.  Up to
 * 11.025 kHz what comes out is the tone, beyond it what was folded back.  The
 * level of it is drawn, and again from -1 to 0.2 dB.  Writes SVG.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ltrec/ltrec.h>

#include "base/context.h"
#include "dsp/resample.h"

#define FROM 44100
#define TO 22050
#define N_TONES 440
#define TWO_PI 6.283185307179586

/* The picture, in pixels, and what its axes run to. */
#define WIDTH 760
#define LEFT 60
#define RIGHT 740
#define MOST_HZ 22050.0

struct panel {
    double top, bottom;     /* pixels */
    double high_db, low_db; /* at them */
    double step_db;
};

/* The level, in dB, of what becomes of a tone, its ends left out. */
static double level_of(struct ltr_resampler *resampler, double hz)
{
    static float in[FROM], out[LTR_RESAMPLER_LEAST];
    struct ltr_resampler_step step = {.in = in, .n_in = FROM, .last = 1};
    double squares = 0;
    size_t n = 0, counted = 0;

    for (size_t i = 0; i < FROM; i++)
        in[i] = (float)sin(TWO_PI * hz * (double)i / FROM);
    if (ltr_resampler_start(resampler, FROM, TO) != LTREC_OK)
        abort();
    step.out = out;
    step.capacity = LTR_RESAMPLER_LEAST;
    do {
        if (ltr_resampler_run(resampler, &step) != LTREC_OK)
            abort();
        for (size_t i = 0; i < step.n_made; i++, n++)
            if (n >= TO / 4 && n < TO / 4 * 3) {
                squares += (double)out[i] * (double)out[i];
                counted++;
            }
        step.in += step.n_used;
        step.n_in -= step.n_used;
    } while (step.n_used > 0 || step.n_made > 0);
    return 10 * log10(2 * squares / (double)counted + 1e-20);
}

static double hz_of(int tone)
{
    return 100 + (MOST_HZ - 150) * tone / (N_TONES - 1);
}

static double x_of(double hz)
{
    return LEFT + (RIGHT - LEFT) * hz / MOST_HZ;
}

static double y_of(const struct panel *p, double db)
{
    double y = p->top + (p->high_db - db) / (p->high_db - p->low_db) *
                            (p->bottom - p->top);

    return fmin(fmax(y, p->top), p->bottom);
}

static void draw_axes(const struct panel *p, int with_hz)
{
    for (double db = p->low_db; db < p->high_db + 1e-9; db += p->step_db)
        printf("<path d='M%d %.1fH%d' stroke='#ddd'/>"
               "<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n",
               LEFT, y_of(p, db), RIGHT, LEFT - 6, y_of(p, db) + 4,
               fabs(db) < 1e-9 ? 0 : db);
    for (int khz = 0; khz <= 22; khz += 2) {
        printf("<path d='M%.1f %.1fV%.1f' stroke='#eee'/>\n",
               x_of(1000.0 * khz), p->top, p->bottom);
        if (with_hz)
            printf("<text x='%.1f' y='%.1f' text-anchor='middle'>%d</text>\n",
                   x_of(1000.0 * khz), p->bottom + 16, khz);
    }
    printf("<path d='M%.1f %.1fV%.1f' stroke='#999' "
           "stroke-dasharray='4 3'/>\n",
           x_of(TO / 2.0), p->top, p->bottom);
}

static void draw_curve(const struct panel *p, const double *db,
                       const char *colour)
{
    char command = 'M';

    printf("<path fill='none' stroke='%s' stroke-width='1.5' d='", colour);
    for (int i = 0; i < N_TONES; i++) {
        if (db[i] < p->low_db && p->step_db < 1)
            break; /* it has left the closer look */
        printf("%c%.1f %.1f", command, x_of(hz_of(i)), y_of(p, db[i]));
        command = 'L';
    }
    printf("'/>\n");
}

static void measure(ltrec_context *ctx, int32_t quality, double *db)
{
    struct ltr_resampler *resampler;

    if (ltr_resampler_create(ctx, quality, &resampler) != LTREC_OK)
        abort();
    for (int i = 0; i < N_TONES; i++)
        db[i] = level_of(resampler, hz_of(i));
    ltr_resampler_free(resampler);
}

int main(void)
{
    static const struct panel all = {40, 300, 0, -140, 20};
    static const struct panel near = {340, 460, 0.2, -1, 0.2};
    static double ours[N_TONES], theirs[N_TONES];
    ltrec_context *ctx;

    if (ltrec_context_create(NULL, &ctx, NULL) != LTREC_OK)
        return EXIT_FAILURE;
    measure(ctx, LTREC_RESAMPLER_POLYPHASE, ours);
    measure(ctx, LTREC_RESAMPLER_MEDIUM, theirs);
    ltrec_context_free(ctx);
    printf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='510' "
           "font-family='sans-serif' font-size='11' fill='#333'>\n"
           "<rect width='100%%' height='100%%' fill='#fff'/>\n"
           "<text x='%d' y='22' font-size='14'>Tones from 44.1 to 22.05 kHz: "
           "what is left, dB</text>\n",
           WIDTH, LEFT);
    draw_axes(&all, 0);
    draw_axes(&near, 1);
    draw_curve(&all, theirs, "#d95f02");
    draw_curve(&all, ours, "#1b6ca8");
    draw_curve(&near, theirs, "#d95f02");
    draw_curve(&near, ours, "#1b6ca8");
    printf("<text x='%d' y='500' text-anchor='middle'>kHz of the tone; the "
           "dashed line is half of 22.05 kHz</text>\n"
           "<text x='%d' y='60' fill='#1b6ca8' text-anchor='end'>"
           "LTREC_RESAMPLER_POLYPHASE</text>\n"
           "<text x='%d' y='76' fill='#d95f02' text-anchor='end'>"
           "libsamplerate MEDIUM</text>\n</svg>\n",
           (LEFT + RIGHT) / 2, RIGHT - 10, RIGHT - 10);
    return EXIT_SUCCESS;
}
