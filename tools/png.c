/*
 * png.c - a spectrogram as a picture
 */
#include "png.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "canvas.h"

/* Around the spectrogram. */
#define LEFT 100
#define RIGHT 150
#define TOP 60
#define BOTTOM 76
#define TICK 8
#define GAP 6

/* The spectrogram itself. */
#define WIDTH_MIN 1000
#define WIDTH_MAX 1600
#define HEIGHT_MIN 400
#define HEIGHT_MAX 512

/* What networks are trained on at a time; the default of training. */
#define PATCH_SECONDS 35
#define DASH 6

#define BAR_GAP 24
#define BAR_WIDTH 22

struct plot {
    const struct spectrogram *s;
    struct canvas canvas;
    int width, height; /* of the spectrogram */
    double low, high;  /* the levels at the ends of the bar */
};

/* ---- Scales ------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, to cut `span` in at most `parts`. */
static double nice_step(double span, int parts)
{
    double power = pow(10, floor(log10(span / parts)));
    double rest = span / parts / power;

    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

/* The same for seconds, which are cut at minutes. */
static double nice_seconds(double span, int parts)
{
    static const double steps[] = {10,  15,  20,  30,   60,   120,
                                   300, 600, 900, 1800, 3600, 7200};

    if (span / parts <= 5)
        return nice_step(span, parts);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (span / parts <= steps[i])
            return steps[i];
    return 3600 * nice_step(span / 3600, parts);
}

static double mel_of(double hertz, int32_t scale)
{
    const double linear = 200.0 / 3, corner = 1000;

    if (scale == LTREC_MEL_HTK)
        return 2595 * log10(1 + hertz / 700);
    return hertz < corner
               ? hertz / linear
               : corner / linear + log(hertz / corner) / (log(6.4) / 27);
}

/* Where a frequency lies, as a share of the height. */
static double height_of(const struct spectrogram *s, double hertz)
{
    const ltrec_frontend_options *o = s->options;
    double low, high, step;

    if (o->transform == LTREC_TRANSFORM_CONSTANT_Q)
        return (log2(hertz / (double)o->fmin_hz) * o->bands_per_octave + 0.5) /
               (double)s->bands;
    low = mel_of((double)o->fmin_hz, o->scale);
    high = mel_of((double)o->fmax_hz, o->scale);
    step = (high - low) / (double)(s->bands + 1);
    /* Band b is about point b + 1 of the scale and drawn one step high. */
    return ((mel_of(hertz, o->scale) - low) / step - 0.5) / (double)s->bands;
}

/* ---- The parts of the picture ------------------------------------------- */

/* The mean level of the rows and bands that fall on a pixel. */
static double level_at(const struct plot *plot, int x, int up)
{
    const struct spectrogram *s = plot->s;
    size_t width = (size_t)plot->width, height = (size_t)plot->height;
    size_t row = (size_t)x * s->rows / width;
    size_t row_end = ((size_t)x + 1) * s->rows / width;
    size_t band = (size_t)up * s->bands / height;
    size_t band_end = ((size_t)up + 1) * s->bands / height;
    double sum = 0;
    size_t n = 0;

    for (size_t r = row; r == row || r < row_end; r++)
        for (size_t b = band; b == band || b < band_end; b++, n++)
            sum += (double)s->mel[r * s->bands + b];
    return sum / (double)n;
}

static void draw_levels(struct plot *plot)
{
    for (int y = 0; y < plot->height; y++)
        for (int x = 0; x < plot->width; x++) {
            double level = level_at(plot, x, plot->height - 1 - y);

            canvas_dot(
                &plot->canvas, LEFT + x, TOP + y,
                canvas_colour((level - plot->low) / (plot->high - plot->low)));
        }
    canvas_frame(&plot->canvas, LEFT, TOP, plot->width, plot->height);
}

static double seconds_of(const struct plot *plot)
{
    const ltrec_frontend_options *o = plot->s->options;

    return (double)plot->s->rows * o->hop / o->rate_hz;
}

/* A dashed line where each whole patch ends. */
static void draw_patches(struct plot *plot)
{
    static const struct colour white = {255, 255, 255};
    double seconds = seconds_of(plot);

    for (int i = 1; i * PATCH_SECONDS < seconds; i++) {
        int x = LEFT + (int)(i * PATCH_SECONDS / seconds * plot->width);

        for (int y = 0; y + DASH <= plot->height; y += 2 * DASH)
            canvas_box(&plot->canvas, x, TOP + y, 2, DASH, white);
    }
}

static void draw_time(struct plot *plot)
{
    struct canvas *c = &plot->canvas;
    double seconds = seconds_of(plot);
    double step = nice_seconds(seconds, 10);
    int bottom = TOP + plot->height;
    int minutes = seconds >= 90;
    const char *title = minutes ? "time (min:s); dashed: patches of 35 s"
                        : seconds > PATCH_SECONDS
                            ? "time (s); dashed: patches of 35 s"
                            : "time (s)";

    for (int i = 0; i * step <= seconds; i++) {
        int at = (int)(i * step);
        int x = LEFT + (int)(i * step / seconds * plot->width);
        char label[32];

        if (minutes)
            snprintf(label, sizeof label, "%d:%02d", at / 60, at % 60);
        else
            snprintf(label, sizeof label, "%g", i * step);
        canvas_box(c, x, bottom, 2, TICK, canvas_ink);
        canvas_text(c, x - canvas_text_width(label) / 2, bottom + TICK + GAP,
                    label);
    }
    canvas_text(c, LEFT + (plot->width - canvas_text_width(title)) / 2,
                bottom + TICK + 2 * GAP + 2 + CANVAS_LETTER_HEIGHT, title);
}

static void draw_frequency(struct plot *plot)
{
    const char *title =
        plot->s->options->transform == LTREC_TRANSFORM_CONSTANT_Q
            ? "frequency (Hz, logarithmic)"
            : "frequency (Hz, mel scale)";
    static const int ticks[] = {50,   100,  200,   500,   1000,
                                2000, 5000, 10000, 20000, 50000};
    struct canvas *c = &plot->canvas;
    int last = plot->height + TOP + 100;

    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        double share = height_of(plot->s, ticks[i]);
        int y = TOP + plot->height - (int)(share * plot->height);
        char label[32];

        if (share < 0 || share > 1 || y > last - CANVAS_LETTER_HEIGHT - GAP)
            continue;
        last = y;
        if (ticks[i] < 1000)
            snprintf(label, sizeof label, "%d", ticks[i]);
        else
            snprintf(label, sizeof label, "%dk", ticks[i] / 1000);
        canvas_box(c, LEFT - TICK, y, TICK, 2, canvas_ink);
        canvas_text(c, LEFT - TICK - GAP - canvas_text_width(label),
                    y - CANVAS_LETTER_HEIGHT / 2, label);
    }
    canvas_text_upwards(
        c, 12, TOP + (plot->height + canvas_text_width(title)) / 2, title);
}

static void draw_bar(struct plot *plot)
{
    static const char *const units[] = {"dB", "log", "power"};
    struct canvas *c = &plot->canvas;
    double span = plot->high - plot->low;
    double step = nice_step(span, 8);
    int x = LEFT + plot->width + BAR_GAP;
    int first = (int)ceil(plot->low / step - 1e-6);

    for (int y = 0; y < plot->height; y++)
        canvas_box(c, x, TOP + y, BAR_WIDTH, 1,
                   canvas_colour(1 - (y + 0.5) / plot->height));
    canvas_frame(c, x, TOP, BAR_WIDTH, plot->height);
    for (int i = first; i * step <= plot->high + step * 1e-6; i++) {
        double share = (i * step - plot->low) / span;
        int y = TOP + (int)((1 - share) * plot->height);
        char label[32];

        snprintf(label, sizeof label, "%g", i * step);
        canvas_box(c, x + BAR_WIDTH, y, TICK, 2, canvas_ink);
        canvas_text(c, x + BAR_WIDTH + TICK + GAP,
                    y - CANVAS_LETTER_HEIGHT / 2, label);
    }
    canvas_text(c, x, TOP - CANVAS_LETTER_HEIGHT - 12,
                units[plot->s->options->level]);
}

/* As much of the title as fits; a character beyond ASCII becomes a '?'. */
static void draw_title(struct plot *plot)
{
    char text[160];
    size_t n = 0, room = (size_t)plot->width / CANVAS_LETTER_WIDTH;

    for (const char *c = plot->s->title; *c; c++)
        if (((unsigned char)*c & 0xc0) != 0x80 && n + 1 < sizeof text &&
            n < room)
            text[n++] = *c;
    text[n] = '\0';
    canvas_text(&plot->canvas, LEFT, TOP - CANVAS_LETTER_HEIGHT - 12, text);
}

/* ---- The picture -------------------------------------------------------- */

static void find_range(struct plot *plot)
{
    const struct spectrogram *s = plot->s;

    plot->low = plot->high = (double)s->mel[0];
    for (size_t i = 1; i < s->rows * s->bands; i++) {
        plot->low = fmin(plot->low, (double)s->mel[i]);
        plot->high = fmax(plot->high, (double)s->mel[i]);
    }
    if (plot->high - plot->low < 1e-6) /* one colour all over */
        plot->high = plot->low + 1;
}

/* Whole pixels for each of `n`, between `low` and `high` where that goes. */
static int fit(size_t n, int low, int high)
{
    if (n >= (size_t)high)
        return high;
    if (n >= (size_t)low)
        return (int)n;
    return (int)n * ((low + (int)n - 1) / (int)n);
}

int png_write_spectrogram(const char *path, const struct spectrogram *s,
                          ltrec_error *err)
{
    struct plot plot = {.s = s};
    int status;

    if (s->rows == 0 || s->bands == 0)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "%.100s: an empty spectrogram cannot be drawn", path);
    plot.width = fit(s->rows, WIDTH_MIN, WIDTH_MAX);
    plot.height = fit(s->bands, HEIGHT_MIN, HEIGHT_MAX);
    canvas_create(&plot.canvas, LEFT + plot.width + RIGHT,
                  TOP + plot.height + BOTTOM);
    find_range(&plot);
    draw_levels(&plot);
    draw_patches(&plot);
    draw_time(&plot);
    draw_frequency(&plot);
    draw_bar(&plot);
    draw_title(&plot);
    status = canvas_write(&plot.canvas, path, err);
    canvas_free(&plot.canvas);
    return status;
}
