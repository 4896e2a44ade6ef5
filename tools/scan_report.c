/*
 * scan_report.c - what a scan says while it goes on, and at its end
 */
#include <inttypes.h>
#include <stdio.h>

#include "json.h"
#include "scan.h"
#include "term.h"

/* "1:05:09", "5:09" */
static void write_time(char *text, size_t bytes, double seconds)
{
    long s = (long)seconds;

    if (s >= 3600)
        snprintf(text, bytes, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60,
                 s % 60);
    else
        snprintf(text, bytes, "%ld:%02ld", s / 60, s % 60);
}

static double rate_of(const struct scan_counts *c)
{
    return c->seconds > 0 ? 60 * (double)c->done / c->seconds : 0;
}

void scan_show_progress(const struct scan_counts *counts)
{
    double rate = rate_of(counts);
    char left[40];

    if (rate > 0) {
        write_time(left, sizeof left,
                   60 * (double)(counts->todo - counts->done) / rate);
        term_aside("%" PRId64 " of %" PRId64 ", %.0f a minute, %s left",
                   counts->done, counts->todo, rate, left);
    }
    term_progress(NULL, (uint64_t)counts->done, (uint64_t)counts->todo);
}

void scan_print_track(const struct scan_counts *counts, const char *path,
                      int64_t id, const char *what, const char *error,
                      const char *note)
{
    json_t *object = json_object();

    json_put_text(object, "path", path);
    json_put(object, "id", json_integer(id));
    json_put_text(object, "result", what);
    if (*error)
        json_put_text(object, "error", error);
    if (*note)
        json_put_text(object, "note", note);
    json_put(object, "done", json_integer(counts->done));
    json_put(object, "todo", json_integer(counts->todo));
    json_print(object);
    fflush(stdout); /* somebody may be drawing a bar from it */
}

static void print_json(const struct scan_counts *c)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {
        {"tracks", c->tracks},
        {"files", c->seen},
        {"listened", c->listened},
        {"predicted", c->predicted},
        {"unchanged", c->unchanged + c->seen - c->todo},
        {"moved", c->moved},
        {"copied", c->copied},
        {"removed", c->removed},
        {"failed", c->failed},
    };
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        json_put(object, counts[i].name, json_integer(counts[i].count));
    json_put_real(object, "seconds", c->seconds);
    json_put_real(object, "tracks_per_minute", rate_of(c));
    json_put_real(object, "sound_seconds", c->sound_seconds);
    json_put_real(object, "decode_seconds", c->decode_seconds);
    json_put_real(object, "mel_seconds",
                  c->listen_seconds - c->decode_seconds);
    json_put_real(object, "predict_seconds", c->predict_seconds);
    json_put_real(object, "read_seconds", c->read_seconds);
    json_print(object);
}

static void print_count(int64_t n, const char *what)
{
    if (n > 0)
        printf(", %" PRId64 " %s", n, what);
}

void scan_print_counts(const struct scan_counts *c, int json)
{
    if (json) {
        print_json(c);
        return;
    }
    printf("%" PRId64 " tracks", c->tracks);
    print_count(c->listened, "listened to");
    print_count(c->predicted, "predicted anew");
    print_count(c->unchanged + c->seen - c->todo, "unchanged");
    print_count(c->moved, "moved");
    print_count(c->copied, "copies");
    print_count(c->removed, "removed");
    print_count(c->failed, "failed");
    if (c->listened > 0 && c->seconds > 0)
        printf("; %.0f a minute", rate_of(c));
    printf("\n");
}
