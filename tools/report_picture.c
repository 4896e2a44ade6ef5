/*
 * report_picture.c - small spectrograms inside a page
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "canvas.h"
#include "melfile.h"
#include "report.h"
#include "term.h"

#define WIDTH 480
#define HEIGHT 96
#define COLOURS 64

static char *base64(const unsigned char *bytes, size_t n, const char *before)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = strlen(before);
    char *text = tool_alloc(used + (n + 2) / 3 * 4 + 1, 1);

    memcpy(text, before, used);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;

        if (i + 1 < n)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < n)
            three |= bytes[i + 2];
        text[used++] = digits[three >> 18];
        text[used++] = digits[three >> 12 & 63];
        text[used++] = i + 1 < n ? digits[three >> 6 & 63] : '=';
        text[used++] = i + 2 < n ? digits[three & 63] : '=';
    }
    return text;
}

/* The mean level of what falls on a pixel. */
static double level_at(const float *mel, size_t rows, size_t bands, size_t x,
                       size_t up)
{
    size_t row = x * rows / WIDTH, row_end = (x + 1) * rows / WIDTH;
    size_t band = up * bands / HEIGHT, band_end = (up + 1) * bands / HEIGHT;
    double sum = 0;
    size_t n = 0;

    for (size_t r = row; r == row || r < row_end; r++)
        for (size_t b = band; b == band || b < band_end; b++, n++)
            sum += (double)mel[r * bands + b];
    return sum / (double)n;
}

static void paint(const float *mel, size_t rows, size_t bands,
                  unsigned char *pixels)
{
    float low = mel[0], high = mel[0];

    for (size_t i = 0; i < rows * bands; i++) {
        low = fminf(low, mel[i]);
        high = fmaxf(high, mel[i]);
    }
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++) {
            double level = level_at(mel, rows, bands, x, HEIGHT - 1 - y);
            double share =
                high > low ? (level - (double)low) / (double)(high - low) : 0;

            pixels[y * WIDTH + x] = (unsigned char)(share * (COLOURS - 1));
        }
}

static void put_colours(unsigned char map[COLOURS][3])
{
    for (int i = 0; i < COLOURS; i++) {
        struct colour c = canvas_colour(i / (double)(COLOURS - 1));

        map[i][0] = c.red;
        map[i][1] = c.green;
        map[i][2] = c.blue;
    }
}

static char *picture_of(const float *mel, size_t rows, size_t bands)
{
    unsigned char *pixels = tool_alloc((size_t)WIDTH * HEIGHT, 1), *file;
    unsigned char map[COLOURS][3];
    png_alloc_size_t bytes;
    png_image image;
    char *text = NULL;

    paint(mel, rows, bands, pixels);
    put_colours(map);
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = WIDTH;
    image.height = HEIGHT;
    image.format = PNG_FORMAT_RGB_COLORMAP;
    image.colormap_entries = COLOURS;
    bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    file = tool_alloc(bytes, 1);
    if (png_image_write_to_memory(&image, file, &bytes, 0, pixels, 0, map))
        text = base64(file, bytes, "data:image/png;base64,");
    free(file);
    free(pixels);
    return text;
}

/* ---- The files ---------------------------------------------------------- */

/* The rows that a catalogue has kept: 1, or 0 when there are none. */
static int draw_kept(struct report *r, size_t track, uint32_t row)
{
    const ltrec_frontend_options *o = &r->frontend;
    struct catalog_mel kept;
    float *mel;

    if (!r->library || r->texts != r->library->items ||
        catalog_mel_get(r->library->catalog, r->library->ids[row], &kept,
                        NULL) != 1)
        return 0;
    mel = catalog_mel_unpack(&kept);
    r->pictures[track] = picture_of(mel, kept.rows, kept.bands);
    r->seconds[track] = (double)kept.rows * o->hop / o->rate_hz;
    free(mel);
    free(kept.numbers);
    return 1;
}

static int draw_file(struct report *r, size_t track, const char *path,
                     ltrec_frontend *frontend, ltrec_error *err)
{
    struct melfile_options o;
    struct melfile file;
    int status;

    melfile_options_init(&o);
    o.progress = NULL; /* the bar counts tracks */
    status = melfile_read(path, frontend, &o, &file, err);
    if (status != LTREC_OK)
        return status;
    r->pictures[track] =
        picture_of(file.mel, file.rows, ltrec_frontend_bands(frontend));
    r->seconds[track] = file.seconds;
    melfile_free(&file);
    return LTREC_OK;
}

/* 1 when the track has a picture now, 0 without sound, or a status. */
static int draw(struct report *r, size_t track, const char *table,
                ltrec_frontend *frontend, ltrec_error *err)
{
    uint32_t row;
    char *path;
    int status;

    if (!report_row(r, track, &row))
        return 0;
    if (draw_kept(r, track, row))
        return 1;
    path = items_file(r->texts, row, table);
    if (!path)
        return 0;
    status = draw_file(r, track, path, frontend, err);
    free(path);
    return status == LTREC_OK ? 1 : status;
}

int report_draw_sound(struct report *r, const char *table, size_t *failed,
                      ltrec_error *err)
{
    ltrec_frontend *frontend;
    size_t drawn = 0;
    int status = ltrec_frontend_create(r->ctx, &r->frontend, &frontend, err);

    *failed = 0;
    if (status != LTREC_OK)
        return status;
    r->pictures = tool_alloc(r->n, sizeof *r->pictures);
    r->seconds = tool_alloc(r->n, sizeof *r->seconds);
    ltrec_frontend_options_get(frontend, &r->frontend, sizeof r->frontend);
    term_doing("drawing sound");
    for (size_t i = 0; i < r->n && drawn < r->n_pictures; i++) {
        int got = draw(r, i, table, frontend, err);

        drawn += got == 1;
        if (got < 0) {
            term_error("%s", err->message);
            ++*failed;
        }
        status = term_progress(NULL, i + 1, r->n) != 0
                     ? tool_fail(err, LTREC_ERR_CANCELLED, "interrupted")
                     : LTREC_OK;
        if (status != LTREC_OK)
            break;
    }
    term_done();
    ltrec_frontend_free(frontend);
    return status;
}
