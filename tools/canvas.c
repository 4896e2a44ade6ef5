/*
 * canvas.c - dots, boxes and letters on an RGB picture
 */
#include "canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "font.h"
#include "output.h"

const struct colour canvas_ink = {40, 40, 40};

void canvas_create(struct canvas *canvas, int width, int height)
{
    size_t n = (size_t)width * (size_t)height;

    canvas->width = width;
    canvas->height = height;
    canvas->pixels = tool_alloc(n, 3);
    memset(canvas->pixels, 255, n * 3);
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->pixels);
    canvas->pixels = NULL;
}

void canvas_dot(struct canvas *canvas, int x, int y, struct colour colour)
{
    unsigned char *at;

    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
        return;
    at = canvas->pixels + ((size_t)y * (size_t)canvas->width + (size_t)x) * 3;
    at[0] = colour.red;
    at[1] = colour.green;
    at[2] = colour.blue;
}

void canvas_box(struct canvas *canvas, int x, int y, int width, int height,
                struct colour colour)
{
    for (int j = 0; j < height; j++)
        for (int i = 0; i < width; i++)
            canvas_dot(canvas, x + i, y + j, colour);
}

void canvas_frame(struct canvas *canvas, int x, int y, int width, int height)
{
    canvas_box(canvas, x - 1, y - 1, width + 2, 1, canvas_ink);
    canvas_box(canvas, x - 1, y + height, width + 2, 1, canvas_ink);
    canvas_box(canvas, x - 1, y - 1, 1, height + 2, canvas_ink);
    canvas_box(canvas, x + width, y - 1, 1, height + 2, canvas_ink);
}

int canvas_text_width(const char *text)
{
    return (int)strlen(text) * CANVAS_LETTER_WIDTH;
}

void canvas_text(struct canvas *canvas, int x, int y, const char *text)
{
    for (; *text; text++, x += CANVAS_LETTER_WIDTH)
        for (int j = 0; j < FONT_HEIGHT; j++)
            for (int i = 0; i < FONT_WIDTH; i++)
                if (font_dot(*text, i, j))
                    canvas_box(canvas, x + i * CANVAS_SCALE,
                               y + j * CANVAS_SCALE, CANVAS_SCALE,
                               CANVAS_SCALE, canvas_ink);
}

void canvas_text_upwards(struct canvas *canvas, int x, int y, const char *text)
{
    for (; *text; text++, y -= CANVAS_LETTER_WIDTH)
        for (int j = 0; j < FONT_HEIGHT; j++)
            for (int i = 0; i < FONT_WIDTH; i++)
                if (font_dot(*text, i, j))
                    canvas_box(canvas, x + j * CANVAS_SCALE,
                               y - (i + 1) * CANVAS_SCALE, CANVAS_SCALE,
                               CANVAS_SCALE, canvas_ink);
}

/*
 * Nine points of the map "viridis" (van der Walt, Smith 2015; CC0), in which
 * equal steps look equal to everybody, also in grey.
 */
struct colour canvas_colour(double share)
{
    static const unsigned char points[9][3] = {
        {68, 1, 84},    {71, 44, 122},  {59, 81, 139},
        {44, 113, 142}, {33, 144, 141}, {39, 173, 129},
        {92, 200, 99},  {170, 220, 50}, {253, 231, 37}};
    double at = fmin(fmax(share, 0), 1) * 8;
    int low = at < 8 ? (int)at : 7;
    double t = at - low;
    unsigned char mixed[3];

    for (int i = 0; i < 3; i++)
        mixed[i] = (unsigned char)lrint(points[low][i] * (1 - t) +
                                        points[low + 1][i] * t);
    return (struct colour){mixed[0], mixed[1], mixed[2]};
}

int canvas_write(const struct canvas *canvas, const char *path,
                 ltrec_error *err)
{
    struct output *output;
    png_image image;
    int status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)canvas->width;
    image.height = (png_uint_32)canvas->height;
    image.format = PNG_FORMAT_RGB;
    if (!png_image_write_to_stdio(&image, output_stream(output), 0,
                                  canvas->pixels, 0, NULL)) {
        output_abandon(output);
        return tool_fail(err, LTREC_ERR_IO, "%.100s: cannot write PNG: %s",
                         path, image.message);
    }
    return output_commit(output, err);
}
