/*
 * font.h - the letters of pictures: printable ASCII, 5 dots by 7
 *
 * Two rows more are for what reaches below the line.
 */
#ifndef FONT_H
#define FONT_H

#define FONT_WIDTH 5
#define FONT_HEIGHT 9

/* Whether the dot is set; what is not printable ASCII looks like '?'. */
int font_dot(char character, int x, int y);

#endif /* FONT_H */
