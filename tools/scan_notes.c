/*
 * scan_notes.c - what is odd about a sound file that can be heard
 */
#include "scan_notes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Less than half a step of 16 bits. */
#define INAUDIBLE 1.5e-5f

static void add_note(struct scan_result *r, const char *format, ...)
    TOOL_PRINTF(2, 3);

static void add_note(struct scan_result *r, const char *format, ...)
{
    size_t n = strlen(r->note);
    va_list args;

    if (n > 0 && n + 3 < sizeof r->note) {
        memcpy(r->note + n, "; ", 3);
        n += 2;
    }
    va_start(args, format);
    vsnprintf(r->note + n, sizeof r->note - n, format, args);
    va_end(args);
}

int scan_is_soundless(const struct melfile *file)
{
    return file->high - file->low < INAUDIBLE;
}

void scan_note_oddities(struct scan_result *r, const struct melfile *file,
                        double tagged_seconds)
{
    double samples = file->seconds * file->rate_hz * file->channels;
    double stated = file->stated_seconds > tagged_seconds
                        ? file->stated_seconds
                        : tagged_seconds;

    if (scan_is_soundless(file))
        add_note(r, "%s",
                 fabsf(file->high) < INAUDIBLE ? SCAN_SILENT : SCAN_CONSTANT);
    if (file->seconds < 0.95 * stated - 2)
        add_note(r, "cut short: %.1f s of %.1f s", file->seconds, stated);
    if ((double)file->n_clipped > 0.01 * samples)
        add_note(r, "clipped: %.0f %% of the samples",
                 100 * (double)file->n_clipped / samples);
    if (file->seconds < 3)
        add_note(r, "short: %.3f s", file->seconds);
}
