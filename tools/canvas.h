/*
 * canvas.h - dots, boxes and letters on an RGB picture
 */
#ifndef CANVAS_H
#define CANVAS_H

#include "tool.h"

/* Dots of letters are drawn this large. */
#define CANVAS_SCALE 2
#define CANVAS_LETTER_WIDTH 12
#define CANVAS_LETTER_HEIGHT 14

struct colour {
    unsigned char red, green, blue;
};

struct canvas {
    int width, height;
    unsigned char *pixels; /* [height][width][3] */
};

/* A white one. */
void canvas_create(struct canvas *canvas, int width, int height);
void canvas_free(struct canvas *canvas);

/* What lies outside the picture is left out. */
void canvas_dot(struct canvas *canvas, int x, int y, struct colour colour);
void canvas_box(struct canvas *canvas, int x, int y, int width, int height,
                struct colour colour);

/* A line of ink around the box. */
void canvas_frame(struct canvas *canvas, int x, int y, int width, int height);

/* Ink to the right of and below (x, y). */
void canvas_text(struct canvas *canvas, int x, int y, const char *text);

/* From (x, y), the lower left corner, upwards. */
void canvas_text_upwards(struct canvas *canvas, int x, int y,
                         const char *text);

int canvas_text_width(const char *text);

extern const struct colour canvas_ink;

/* The colour of a share from 0 to 1 of a scale. */
struct colour canvas_colour(double share);

/* Write as PNG. */
int canvas_write(const struct canvas *canvas, const char *path,
                 ltrec_error *err);

#endif /* CANVAS_H */
