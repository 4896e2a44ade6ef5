/*
 * demo_world.c - from the generated world to what the program works on
 *
 * The tables are those a user would have, and are written to the folder so
 * that every other command can be tried on them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"
#include "output.h"

char *demo_path(const struct demo *demo, const char *name)
{
    size_t bytes = strlen(demo->folder) + strlen(name) + 2;
    char *path = tool_alloc(bytes, 1);

    snprintf(path, bytes, "%s/%s", demo->folder, name);
    return path;
}

/* ---- Learning ----------------------------------------------------------- */

static int name_columns(struct demo *d, ltrec_error *err)
{
    int status = LTREC_OK;
    uint32_t number;

    for (size_t i = 0; i < WORLD_N_ATTRIBUTES && status == LTREC_OK; i++) {
        const char *name = world_attribute_name(i);

        if (!world_is_asked(i))
            continue;
        status = names_add(d->music->vocabulary[MUSIC_ATTRIBUTES], name,
                           strlen(name), &number, err);
    }
    for (size_t i = 0; i < WORLD_N_TAGS && status == LTREC_OK; i++) {
        const char *name = world_tag_name(i);

        status = names_add(d->music->vocabulary[MUSIC_GENRES], name,
                           strlen(name), &number, err);
    }
    return status;
}

/* What was asked, in the order of the columns. */
static float *noted_columns(const float *annotation)
{
    float *values = tool_alloc(WORLD_N_ATTRIBUTES, sizeof *values);
    size_t n = 0;

    for (size_t i = 0; i < WORLD_N_ATTRIBUTES; i++)
        if (world_is_asked(i))
            values[n++] = annotation[i];
    return values;
}

static int learn_track(struct demo *d, size_t i, ltrec_error *err)
{
    const struct world_track *track = world_track(d->world, i);
    const struct world_artist *artist = world_artist(d->world, track->artist);
    const float *annotation = world_annotation(d->world, i);
    struct music *m = d->music;
    uint32_t item = 0, number = 0;
    int status = music_add(m, track->id, &item, err);

    if (status == LTREC_OK)
        status = names_add(m->artists, artist->name, strlen(artist->name),
                           &number, err);
    if (status != LTREC_OK)
        return status;
    m->artist[item] = number + 1;
    m->values[MUSIC_GENRES][item] = tool_alloc(WORLD_N_TAGS, sizeof(float));
    for (size_t g = 0; g < track->n_tags; g++)
        m->values[MUSIC_GENRES][item][track->tags[g]] = 1;
    if (annotation)
        m->values[MUSIC_ATTRIBUTES][item] = noted_columns(annotation);
    d->cold[i] = track->cold;
    d->unplayed[i] = track->cold || track->undiscovered;
    memcpy(d->taste + i * world_rank(d->world), world_taste(d->world, i),
           world_rank(d->world) * sizeof *d->taste);
    memcpy(d->known + i * world_rank(d->world), world_known_taste(d->world, i),
           world_rank(d->world) * sizeof *d->known);
    return LTREC_OK;
}

static void learn_plays(struct demo *d, const struct world_play *plays,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *user = world_listener(d->world, plays[i].listener)->id;
        const char *track = world_track(d->world, plays[i].track)->id;

        pairs_add(&d->pairs, names_id_of(user, strlen(user)),
                  names_id_of(track, strlen(track)), (float)plays[i].count);
    }
}

int demo_learn(struct demo *demo, ltrec_error *err)
{
    size_t n = world_n_tracks(demo->world), n_plays;
    const struct world_play *plays;
    int status;

    demo->music = music_create();
    demo->cold = tool_alloc(n, 1);
    demo->unplayed = tool_alloc(n, 1);
    demo->taste = tool_alloc(n, world_rank(demo->world) * sizeof(float));
    demo->known = tool_alloc(n, world_rank(demo->world) * sizeof(float));
    status = name_columns(demo, err);
    for (size_t i = 0; i < n && status == LTREC_OK; i++)
        status = learn_track(demo, i, err);
    plays = world_plays(demo->world, &n_plays);
    learn_plays(demo, plays, n_plays);
    plays = world_future(demo->world, &n_plays);
    learn_plays(demo, plays, n_plays);
    pairs_finish(&demo->pairs);
    return status;
}

/* ---- Writing ------------------------------------------------------------ */

static void write_plays(const struct demo *d, FILE *to)
{
    size_t n;
    const struct world_play *plays = world_plays(d->world, &n);

    fputs("user\titem\tcount\n", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s\t%s\t%u\n",
                world_listener(d->world, plays[i].listener)->id,
                world_track(d->world, plays[i].track)->id,
                (unsigned)plays[i].count);
}

/* As logs of players have them, which know no number of a track. */
static void write_named_plays(const struct demo *d, FILE *to)
{
    size_t n;
    const struct world_play *plays = world_plays(d->world, &n);

    fputs("user\titem\tcount\n", to);
    for (size_t i = 0; i < n; i++) {
        const struct world_track *t = world_track(d->world, plays[i].track);

        fprintf(to, "%s\t%s - %s\t%u\n",
                world_listener(d->world, plays[i].listener)->id,
                world_artist(d->world, t->artist)->name, t->title,
                (unsigned)plays[i].count);
    }
}

static void write_items(const struct demo *d, FILE *to)
{
    uint32_t kept[DEMO_KEPT];

    demo_choose_kept(d, kept);
    fputs("item\tartist\ttitle\talbum\tpath\n", to);
    for (size_t i = 0; i < world_n_tracks(d->world); i++) {
        const struct world_track *t = world_track(d->world, i);
        char *path = d->with_music ? demo_music_path(d, i) : NULL;
        int has_file = 0;

        for (size_t k = 0; k < DEMO_KEPT && !path; k++)
            has_file |= kept[k] == i;
        fprintf(to, "%s\t%s\t%s\t%s\t%s%s\n", t->id,
                world_artist(d->world, t->artist)->name, t->title, t->album,
                path       ? path
                : has_file ? t->id
                           : "",
                has_file ? ".wav" : "");
        free(path);
    }
}

static void write_attributes(const struct demo *d, FILE *to)
{
    fputs("item\tattribute\tvalue\n", to);
    for (size_t i = 0; i < world_n_tracks(d->world); i++) {
        const float *noted = world_annotation(d->world, i);

        for (size_t a = 0; noted && a < WORLD_N_ATTRIBUTES; a++)
            if (!isnan(noted[a]))
                fprintf(to, "%s\t%s\t%.2f\n", world_track(d->world, i)->id,
                        world_attribute_name(a), (double)noted[a]);
    }
}

static void write_genres(const struct demo *d, FILE *to)
{
    fputs("item\tgenre\n", to);
    for (size_t i = 0; i < world_n_tracks(d->world); i++) {
        const struct world_track *t = world_track(d->world, i);

        for (size_t g = 0; g < t->n_tags; g++)
            fprintf(to, "%s\t%s\n", t->id, world_tag_name(t->tags[g]));
    }
}

int demo_write_tables(const struct demo *demo, ltrec_error *err)
{
    static const struct {
        const char *name;
        void (*write)(const struct demo *d, FILE *to);
    } tables[] = {
        {"plays.tsv", write_plays},
        {"items.tsv", write_items},
        {"attributes.tsv", write_attributes},
        {"genres.tsv", write_genres},
        {"plays-by-name.tsv", write_named_plays}, /* for the music */
    };
    int status = LTREC_OK;

    for (size_t i = 0; i < (demo->with_music ? 5 : 4) && status == LTREC_OK;
         i++) {
        char *path = demo_path(demo, tables[i].name);
        struct output *output;

        status = output_open(path, &output, err);
        if (status == LTREC_OK) {
            tables[i].write(demo, output_stream(output));
            status = output_commit(output, err);
        }
        free(path);
    }
    return status;
}
