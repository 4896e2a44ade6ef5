/*
 * curves_log.c - a line of JSON an epoch, also of the run before this one
 */
#define _POSIX_C_SOURCE 200809L /* getline(), ftruncate() */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curves.h"
#include "json.h"

/* ---- Writing ------------------------------------------------------------ */

static void put_loss(json_t *object, const struct curves *c, const char *key,
                     const char *half, double loss)
{
    json_put_real(object, key, loss);
    if (c->is_angle)
        json_put_real(object, half, loss / 2);
}

void curves_write_line(const struct curves *c, const ltrec_epoch_record *r,
                       double seconds)
{
    json_t *object = json_object();
    char *text;

    json_put_text(object, "branch", c->branch);
    json_put_count(object, "epoch", r->epoch);
    put_loss(object, c, "train_loss", "train_loss_half", r->train_loss);
    put_loss(object, c, "validation_loss", "validation_loss_half",
             r->validation_loss);
    json_put_count(object, "best_epoch", r->best_epoch);
    put_loss(object, c, "best_loss", "best_loss_half", r->best_loss);
    json_put_real(object, "rate", r->rate);
    json_put_count(object, "samples", r->samples);
    json_put_real(object, "seconds", seconds);
    json_put_real(object, "samples_per_second",
                  (double)r->samples / fmax(seconds, 1e-9));
    text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!text)
        tool_no_memory();
    fprintf(c->log, "%s\n", text);
    fflush(c->log);
    free(text);
    json_decref(object);
}

/* ---- Reading ------------------------------------------------------------ */

void curves_grow(struct curves *c)
{
    c->records =
        tool_grow(c->records, &c->capacity, c->n + 1, sizeof *c->records);
    c->seconds = tool_grow(c->seconds, &c->seconds_capacity, c->n + 1,
                           sizeof *c->seconds);
    c->ends = tool_grow(c->ends, &c->ends_capacity, c->n + 1, sizeof *c->ends);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static uint32_t count(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

/* The line up to `end`; 0 when it is none of a training, such as
 * one that a kill has cut. */
static int take_line(struct curves *c, const char *line, long end)
{
    json_t *object = json_loads(line, 0, NULL);
    const char *branch = json_string_value(json_object_get(object, "branch"));
    ltrec_epoch_record r = {.size = sizeof r, .epoch = count(object, "epoch")};

    if (!branch || r.epoch == 0) {
        json_decref(object);
        return 0;
    }
    if (strcmp(branch, c->branch) != 0 ||
        (c->n > 0 && c->records[c->n - 1].epoch >= r.epoch))
        c->n = 0; /* another training */
    if (strcmp(branch, c->branch) == 0) {
        r.best_epoch = count(object, "best_epoch");
        r.train_loss = number(object, "train_loss");
        r.validation_loss = number(object, "validation_loss");
        r.best_loss = number(object, "best_loss");
        if (c->n == 0)
            c->begin = c->end;
        curves_grow(c);
        c->records[c->n] = r;
        c->seconds[c->n] = number(object, "seconds");
        c->ends[c->n++] = end;
    }
    json_decref(object);
    return 1;
}

void curves_read_log(struct curves *c, const char *path)
{
    FILE *log = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n = 0;

    while (log && (n = getline(&line, &room, log)) > 0 &&
           line[n - 1] == '\n' && take_line(c, line, c->end + n))
        c->end += n;
    /* What follows and is a whole line is somebody else's. */
    c->is_earlier = log && !(n > 0 && line[n - 1] == '\n');
    if (!c->is_earlier)
        c->n = 0;
    if (log)
        fclose(log);
    free(line);
}

void curves_cut_log(struct curves *c, uint32_t epoch)
{
    c->is_earlier = 0;
    while (c->n > 0 && epoch > 1 && c->records[c->n - 1].epoch >= epoch)
        c->end = --c->n > 0 ? c->ends[c->n - 1] : c->begin;
    if (c->n > 0 && (epoch == 1 || c->records[c->n - 1].epoch + 1 < epoch))
        c->n = 0; /* another training's */
    if (c->log && ftruncate(fileno(c->log), c->end) != 0)
        c->n = 0; /* a pipe, say: it has what it has */
}
