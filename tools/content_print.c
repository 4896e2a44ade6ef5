/*
 * content_print.c - the table of an evaluation, for people and programs
 */
#include <math.h>

#include "content.h"
#include "json.h"
#include "output.h"
#include "term.h"

static size_t count_known(const struct content *c,
                          const struct content_result *r)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_scored; i++)
        n += isnan(r->distances[i]) ? 0 : 1;
    return n;
}

/* An interval, or nothing where there is nothing to compare with. */
static void put_gain(json_t *object, const char *key, const double gain[2])
{
    json_t *interval;

    if (isnan(gain[0]))
        return;
    interval = json_array();
    json_push(interval, json_real(gain[0]));
    json_push(interval, json_real(gain[1]));
    json_put(object, key, interval);
}

/* Without a listener to ask, recall and auc are 0 / 0, which JSON calls null.
 */
static void print_json(const struct content *c, const struct content_result *r)
{
    json_t *object = json_object(), *interval = json_array();

    json_push(interval, json_real(r->low));
    json_push(interval, json_real(r->high));
    json_put_text(object, "row", r->name);
    json_put_real(object, "cosine_distance", r->distance);
    json_put_real(object, "cosine_distance_half", r->distance / 2);
    json_put(object, "ci95", interval);
    json_put_real(object, "recall@20", r->recall / r->users);
    json_put_real(object, "auc", r->auc / r->auc_users);
    json_put_count(object, "items", count_known(c, r));
    json_put_real(object, "epochs", r->epochs);
    json_put_real(object, "seconds_per_epoch", r->seconds_per_epoch);
    put_gain(object, "gain_on_ridge", r->gain);
    put_gain(object, "gain_on_best_branch", r->fused);
    json_print(object);
}

static void print_gain(struct term_table *table, const double gain[2])
{
    if (isnan(gain[0]))
        term_table_cell(table, "-");
    else
        term_table_cell(table, "%+.3f %+.3f", gain[0], gain[1]);
}

/* Over the listeners there are to ask. */
static void print_mean(struct term_table *table, double sum, double users)
{
    if (users > 0)
        term_table_cell(table, "%.3f", sum / users);
    else
        term_table_cell(table, "-");
}

static void print_line(struct term_table *table, const struct content *c,
                       const struct content_result *r)
{
    term_table_cell(table, "%s", r->name);
    term_table_cell(table, "%.3f", r->distance);
    term_table_cell(table, "%.3f", r->distance / 2);
    term_table_cell(table, "%.3f-%.3f", r->low, r->high);
    print_gain(table, r->gain);
    print_gain(table, r->fused);
    print_mean(table, r->recall, r->users);
    print_mean(table, r->auc, r->auc_users);
    term_table_cell(table, "%zu", count_known(c, r));
    if (r->epochs > 0) {
        term_table_cell(table, "%.0f", r->epochs);
        term_table_cell(table, "%.2f", r->seconds_per_epoch);
    } else {
        term_table_cell(table, "-");
        term_table_cell(table, "-");
    }
}

void content_print(const struct content *content, int json)
{
    static const char *const columns[] = {
        "row",         ">1 - cos",     ">half",      ">95 % interval",
        ">than ridge", ">than branch", ">recall@20", ">auc",
        ">tracks",     ">epochs",      ">s/epoch"};
    struct term_table *table = json ? NULL : term_table_create(11, columns);

    for (int baseline = 1; baseline >= 0; baseline--)
        for (size_t i = 0; i < content->n_results; i++) {
            const struct content_result *r = &content->results[i];

            if (r->baseline != baseline)
                continue;
            if (json)
                print_json(content, r);
            else
                print_line(table, content, r);
        }
    if (table)
        term_table_print(table);
}

static void write_distances(const struct content *c, const struct music *music,
                            FILE *to)
{
    fputs("item", to);
    for (size_t i = 0; i < c->n_results; i++)
        fprintf(to, "\t%s", c->results[i].name);
    fputc('\n', to);
    for (size_t i = 0; i < c->n_scored; i++) {
        fputs(names_text(music->items, c->scored[i]), to);
        for (size_t j = 0; j < c->n_results; j++)
            if (isnan(c->results[j].distances[i]))
                fputc('\t', to);
            else
                fprintf(to, "\t%.9g", c->results[j].distances[i]);
        fputc('\n', to);
    }
}

int content_write_distances(const struct content *content,
                            const struct music *music, const char *path,
                            ltrec_error *err)
{
    struct output *output;
    int status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    write_distances(content, music, output_stream(output));
    return output_commit(output, err);
}
