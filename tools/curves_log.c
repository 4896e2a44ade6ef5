/*
 * curves_log.c - a line of JSON an epoch, also of the run before this one
 */
#define _POSIX_C_SOURCE 200809L /* getline(), ftruncate() */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "curves.h"
#include "json.h"
#include "output.h"
#include "term.h"

/* ---- Writing ------------------------------------------------------------ */

static void put_loss(json_t *object, const struct curves *c, const char *key,
                     const char *half, double loss)
{
    json_put_real(object, key, loss);
    if (c->is_angle)
        json_put_real(object, half, loss / 2);
}

void curves_write_line(struct curves *c, const ltrec_epoch_record *r,
                       double seconds)
{
    json_t *object = json_object();
    char *text;

    json_put_text(object, "branch", c->branch);
    if (c->checkpoint)
        json_put_text(object, "checkpoint", c->checkpoint);
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
    if ((fprintf(c->log, "%s\n", text) < 0 || fflush(c->log) != 0) && !c->lost)
        c->lost = errno;
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
    c->begins =
        tool_grow(c->begins, &c->begins_capacity, c->n + 1, sizeof *c->begins);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static uint32_t count(const json_t *object, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(object, key));
}

/* Whether the object's text is that one. */
static int has_text(const json_t *object, const char *key, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && strcmp(text, wanted) == 0;
}

/* The line that begins at c->end and ends at `end`; 0 when it is none of a
 * training. */
static int take_line(struct curves *c, const char *line, long end)
{
    json_t *object = json_loads(line, 0, NULL);
    ltrec_epoch_record r = {.size = sizeof r, .epoch = count(object, "epoch")};
    int is_line =
        r.epoch > 0 && json_string_value(json_object_get(object, "branch"));

    if (is_line && has_text(object, "branch", c->branch) &&
        has_text(object, "checkpoint", c->checkpoint)) {
        if (c->n > 0 && c->records[c->n - 1].epoch >= r.epoch) {
            c->n = 0; /* it was begun anew */
            c->kept = c->end;
        }
        r.best_epoch = count(object, "best_epoch");
        r.train_loss = number(object, "train_loss");
        r.validation_loss = number(object, "validation_loss");
        r.best_loss = number(object, "best_loss");
        curves_grow(c);
        c->records[c->n] = r;
        c->seconds[c->n] = number(object, "seconds");
        c->begins[c->n++] = c->end;
    } else if (is_line) {
        c->kept = end;
    }
    json_decref(object);
    return is_line;
}

/* Whether it is the beginning of such a line, which a kill has cut. */
static int is_half(const char *line, size_t n)
{
    static const char start[] = "{\"branch\":";
    size_t length = sizeof start - 1;

    return line[n - 1] != '\n' &&
           memcmp(line, start, n < length ? n : length) == 0;
}

void curves_read_log(struct curves *c, const char *path)
{
    struct stat info;
    FILE *log = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t n = 0;

    /* A pipe would wait for what only this run is to write. */
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        log = fopen(path, "r");
    while (log && (n = getline(&line, &room, log)) > 0 &&
           line[n - 1] == '\n' && take_line(c, line, c->end + n))
        c->end += n;
    /* What follows and is no half of a line like these is somebody else's. */
    c->is_earlier = log && (n <= 0 || is_half(line, (size_t)n));
    c->size = c->end + (n > 0 ? n : 0);
    if (!c->is_earlier)
        c->n = 0;
    if (log)
        fclose(log);
    free(line);
}

int curves_check(const char *path, ltrec_error *err)
{
    if (access(path, F_OK) != 0)
        return output_check(path, 0, err);
    return access(path, W_OK) == 0 ? LTREC_OK
                                   : tool_fail_io(err, "cannot write", path);
}

void curves_replace_log(struct curves *c, const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return;
    c->is_earlier = 1;
    c->size = (long)info.st_size;
}

/* ---- Going on ----------------------------------------------------------- */

/* As far as the digits of a line go. */
static int is_near(double a, double b)
{
    return fabs(a - b) <= 1e-7 * fmax(fabs(a), fabs(b));
}

/*
 * Whether the records are of the training that this one, beginning with
 * `first`, goes on from: the same seed has the same losses to the last bit,
 * another training of that checkpoint's name has others.
 */
static int is_continued(const struct curves *c,
                        const ltrec_epoch_record *first)
{
    for (size_t i = 0; i < c->n; i++) {
        const ltrec_epoch_record *r = &c->records[i];

        if (r->epoch + 1 == first->epoch &&
            first->best_epoch != first->epoch &&
            (r->best_epoch != first->best_epoch ||
             !is_near(r->best_loss, first->best_loss)))
            return 0;
        if (r->epoch == first->epoch &&
            (!is_near(r->train_loss, first->train_loss) ||
             !is_near(r->validation_loss, first->validation_loss)))
            return 0;
    }
    return c->n > 0 && c->records[0].epoch < first->epoch &&
           c->records[c->n - 1].epoch + 1 >= first->epoch;
}

void curves_cut_log(struct curves *c, const ltrec_epoch_record *first)
{
    struct stat info;

    c->is_earlier = 0;
    if (!is_continued(c, first))
        c->n = 0;
    while (c->n > 0 && c->records[c->n - 1].epoch >= first->epoch)
        if (c->begins[--c->n] >= c->kept)
            c->end = c->begins[c->n];
    c->n_earlier = c->n;
    /* Nor is cut what another has added since this one looked. */
    if (c->log && c->end < c->size && fstat(fileno(c->log), &info) == 0 &&
        info.st_size == c->size && ftruncate(fileno(c->log), c->end) != 0)
        term_warn("the log keeps an epoch twice: %s", strerror(errno));
}
