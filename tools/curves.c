/*
 * curves.c - how a training went: a line of JSON an epoch, and a drawing
 */
#include "curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "term.h"

int curves_open(struct curves *c, const char *branch, const char *path,
                const char *checkpoint, ltrec_error *err)
{
    *c = (struct curves){
        .branch = branch, .checkpoint = checkpoint, .start = tool_now()};
    c->is_angle = strcmp(branch, "head") != 0;
    if (!path)
        return LTREC_OK;
    if (checkpoint)
        curves_read_log(c, path);
    else
        curves_replace_log(c, path);
    c->log = fopen(path, "a");
    return c->log ? LTREC_OK : tool_fail_io(err, "cannot write", path);
}

void curves_close(struct curves *c)
{
    if (c->log)
        fclose(c->log);
    if (c->lost)
        term_warn("the log lacks lines: %s", strerror(c->lost));
    free(c->records);
    free(c->seconds);
    free(c->begins);
    *c = (struct curves){.branch = NULL};
}

void curves_add(struct curves *c, const ltrec_epoch_record *record)
{
    double time = tool_now(), seconds = time - c->start;

    if (c->is_earlier)
        curves_cut_log(c, record);
    curves_grow(c);
    c->records[c->n] = *record;
    c->seconds[c->n++] = seconds;
    c->start = time;
    if (c->log)
        curves_write_line(c, record, seconds);
}

double curves_seconds_left(const struct curves *c, uint32_t patience)
{
    const ltrec_epoch_record *last = &c->records[c->n - 1];
    double end = fmin((double)last->epochs,
                      (double)last->best_epoch + (double)patience);
    double total = 0;

    /* Earlier runs may have had more threads, or another machine. */
    for (size_t i = c->n_earlier; i < c->n; i++)
        total += c->seconds[i];
    return total / (double)(c->n - c->n_earlier) *
           fmax(end - (double)last->epoch, 0);
}

/* ---- The drawing -------------------------------------------------------- */

#define WIDTH 640
#define HEIGHT 360
#define LEFT 64
#define RIGHT 16
#define TOP 40
#define BOTTOM 40
#define STEPS 4 /* of each axis */

struct axes {
    double first, last; /* epochs */
    double least, most; /* losses */
};

static double x_of(const struct axes *a, double epoch)
{
    double span = fmax(a->last - a->first, 1);

    return LEFT + (epoch - a->first) / span * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct axes *a, double loss)
{
    double span = fmax(a->most - a->least, 1e-9);

    return HEIGHT - BOTTOM -
           (loss - a->least) / span * (HEIGHT - TOP - BOTTOM);
}

static struct axes find_axes(const struct curves *c)
{
    struct axes a = {c->records[0].epoch, c->records[c->n - 1].epoch, HUGE_VAL,
                     -HUGE_VAL};

    for (size_t i = 0; i < c->n; i++) {
        double train = c->records[i].train_loss;
        double validation = c->records[i].validation_loss;

        a.least = fmin(a.least, fmin(train, validation));
        a.most = fmax(a.most, fmax(train, validation));
    }
    return a;
}

static void draw_axes(FILE *to, const struct axes *a)
{
    for (int i = 0; i <= STEPS; i++) {
        double loss = a->least + (a->most - a->least) * i / STEPS;
        double epoch = round(a->first + (a->last - a->first) * i / STEPS);

        fprintf(to,
                "<path d=\"M%d %.1fH%d\" stroke=\"#8885\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3f</text>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f"
                "</text>\n",
                LEFT, y_of(a, loss), WIDTH - RIGHT, LEFT - 8,
                y_of(a, loss) + 4, loss, x_of(a, epoch), HEIGHT - BOTTOM + 18,
                epoch);
    }
    fprintf(to,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
}

static void draw_line(FILE *to, const struct curves *c, const struct axes *a,
                      int validation, const char *colour)
{
    fprintf(to,
            "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
            "points=\"",
            colour);
    for (size_t i = 0; i < c->n; i++) {
        const ltrec_epoch_record *r = &c->records[i];

        fprintf(to, "%s%.1f,%.1f", i > 0 ? " " : "", x_of(a, r->epoch),
                y_of(a, validation ? r->validation_loss : r->train_loss));
    }
    fputs("\"/>\n", to);
}

static void draw(const struct curves *c, FILE *to)
{
    const ltrec_epoch_record *last = &c->records[c->n - 1];
    struct axes a = find_axes(c);

    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n"
            "<text x=\"%d\" y=\"22\" font-size=\"14\">%s, %s: "
            "<tspan fill=\"#d95f02\">training</tspan> and "
            "<tspan fill=\"#1b7fbd\">validation</tspan></text>\n",
            WIDTH, HEIGHT, LEFT, c->branch,
            c->is_angle ? "1 - cos" : "cross-entropy");
    draw_axes(to, &a);
    draw_line(to, c, &a, 0, "#d95f02");
    draw_line(to, c, &a, 1, "#1b7fbd");
    if (last->best_epoch >= c->records[0].epoch)
        fprintf(to,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#1b7fbd\">"
                "<title>epoch %u: %.4f</title></circle>\n",
                x_of(&a, last->best_epoch), y_of(&a, last->best_loss),
                (unsigned)last->best_epoch, last->best_loss);
    fputs("</svg>\n", to);
}

int curves_draw(const struct curves *c, const char *path, ltrec_error *err)
{
    struct output *output;
    int status;

    if (c->n == 0) {
        term_warn("%s: not drawn, for the checkpoint is of a training that "
                  "was done; with --log its epochs would be known",
                  path);
        return LTREC_OK;
    }
    status = output_open(path, &output, err);
    if (status != LTREC_OK)
        return status;
    draw(c, output_stream(output));
    return output_commit(output, err);
}
