/*
 * world.c - artists with a style, and tracks that follow it
 */
#include "world_parts.h"

#include <math.h>
#include <stdlib.h>

#include "synth_random.h"

/* Deviations of the logarithm of how popular artists are, and tracks beside
 * their artist's others: as unequal as real tracks, of artists who are nearly
 * as unequal as real ones (docs/accuracy.md). */
#define FAME 1.3
#define LUCK 0.8

/* How far subgenres are from the middle of their genre on an attribute:
 * little, so that they are told by their tags more than by their sound. */
#define NICHE 0.05

/* ---- Artists ------------------------------------------------------------ */

static double uniform(const struct world *world, uint64_t stream, size_t row,
                      size_t column)
{
    return synth_uniform(world->options.seed, stream, 256 * row + column);
}

static double normal(const struct world *world, uint64_t stream, size_t row,
                     size_t column)
{
    return synth_normal(world->options.seed, stream, 256 * row + column);
}

static void make_style(struct world *world, size_t artist)
{
    struct world_style *style = &world->styles[artist];

    for (size_t k = 0; k < 2; k++) {
        style->genres[k] =
            (size_t)(uniform(world, WORLD_STYLE, artist, k) * WORLD_N_GENRES);
        style->subgenres[k] =
            (size_t)(uniform(world, WORLD_STYLE, artist, 4 + k) *
                     WORLD_N_SUBGENRES);
    }
    style->second = (float)(0.35 * uniform(world, WORLD_STYLE, artist, 2));
    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
        style->offset[a] =
            (float)(0.13 * normal(world, WORLD_STYLE, artist, 8 + a));
    style->log_fame = (float)(FAME * normal(world, WORLD_FAME, artist, 0));
}

/* Everybody has one track; of the rest, a few artists have many.  What is
 * undiscovered is by others than what is not. */
static size_t choose_artist(const struct world *world, size_t track)
{
    size_t n = world->options.n_artists, first = 0, at = track;
    double u = uniform(world, WORLD_TRACK, track, 0);

    if (world->tracks[track].undiscovered) {
        first = n;
        n = world->n_artists - n;
        at = track - world->options.n_tracks;
    }
    return first + (at < n ? at : (size_t)((double)n * pow(u, 1.7)));
}

/* ---- Tracks ------------------------------------------------------------- */

static float within(double x)
{
    return (float)(x < 0 ? 0 : x > 1 ? 1 : x);
}

/* Two moods shift many attributes at once: energy, and age. */
static double mood(const struct world *world, size_t track, size_t attribute)
{
    static const signed char energy[WORLD_N_ATTRIBUTES] = {
        [SYNTH_TEMPO] = 2,   [SYNTH_DRUMS] = 2,      [SYNTH_HIHAT] = 1,
        [SYNTH_BUSY] = 2,    [SYNTH_BRIGHTNESS] = 2, [SYNTH_DENSITY] = 1,
        [SYNTH_REVERB] = -2, [SYNTH_STRINGS] = -1,   [SYNTH_STACCATO] = 1,
        [SYNTH_BASS] = 1};
    static const signed char age[WORLD_N_ATTRIBUTES] = {
        [SYNTH_GRIT] = 2,       [SYNTH_ORGAN] = 1,   [SYNTH_SYNTH_BASS] = -1,
        [SYNTH_ARPEGGIO] = -1,  [SYNTH_CHORUS] = -2, [SYNTH_SWING] = 2,
        [SYNTH_TREMOLO] = 1,    [SYNTH_VIBRATO] = 1, [SYNTH_ECHO] = -1,
        [SYNTH_BRIGHTNESS] = -1};

    return 0.05 * (energy[attribute] * normal(world, WORLD_MOOD, track, 0) +
                   age[attribute] * normal(world, WORLD_MOOD, track, 1));
}

/* What artists who mix two genres as this track does have in common. */
static double middle(const struct world *world,
                     const struct world_truth *truth, size_t a)
{
    double genre = (double)world_genre_mean(truth->genre, a) +
                   NICHE * normal(world, WORLD_SUBGENRE, truth->subgenre, a);
    double other =
        (double)world_genre_mean(truth->other, a) +
        NICHE * normal(world, WORLD_SUBGENRE, truth->other_subgenre, a);

    return (1 - (double)truth->share) * genre + (double)truth->share * other;
}

static void make_truth(struct world *world, size_t track)
{
    struct world_truth *truth = &world->truths[track];
    size_t artist = world->tracks[track].artist;
    const struct world_style *style = &world->styles[artist];
    bool turned =
        uniform(world, WORLD_TRACK, track, 1) < (double)style->second;

    truth->genre = style->genres[turned];
    truth->other = style->genres[!turned];
    truth->subgenre =
        truth->genre * WORLD_N_SUBGENRES + style->subgenres[turned];
    truth->other_subgenre =
        truth->other * WORLD_N_SUBGENRES + style->subgenres[!turned];
    truth->share = (float)(0.4 * uniform(world, WORLD_TRACK, track, 2));
    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
        truth->attributes[a] =
            within(middle(world, truth, a) + (double)style->offset[a] +
                   mood(world, track, a) +
                   0.15 * normal(world, WORLD_NOISE, track, a));
    truth->log_popularity =
        (float)((double)style->log_fame +
                LUCK * normal(world, WORLD_FAME, track, 1));
}

/* A person listens and notes what they are asked; now and then skips a
 * question. */
static void annotate(struct world *world, size_t track)
{
    struct world_truth *truth = &world->truths[track];

    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++) {
        double heard = (double)truth->attributes[a] +
                       0.06 * normal(world, WORLD_NOTE, track, a);
        bool skipped = uniform(world, WORLD_NOTE, track, 200 + a) < 0.02;

        truth->annotation[a] =
            skipped || !world_is_asked(a)
                ? NAN
                : (float)(round(4 * (double)within(heard)) / 4);
    }
}

/* One tag in twelve is drawn anew, a subgenre from those of the true genre; a
 * second genre comes with a real mixture. */
static void tag(struct world *world, size_t track)
{
    struct world_track *t = &world->tracks[track];
    const struct world_truth *truth = &world->truths[track];
    size_t genre = truth->genre, other = truth->other, sub = truth->subgenre;

    if (uniform(world, WORLD_TAG, track, 0) < 0.08)
        genre = (size_t)(uniform(world, WORLD_TAG, track, 1) * WORLD_N_GENRES);
    if (uniform(world, WORLD_TAG, track, 3) < 0.08)
        sub =
            truth->genre * WORLD_N_SUBGENRES +
            (size_t)(uniform(world, WORLD_TAG, track, 4) * WORLD_N_SUBGENRES);
    t->n_tags = 0;
    t->tags[t->n_tags++] = genre;
    if (other != genre && truth->share > 0.2f &&
        uniform(world, WORLD_TAG, track, 2) < 0.8)
        t->tags[t->n_tags++] = other;
    t->tags[t->n_tags++] = WORLD_N_GENRES + sub;
}

static void make_tracks(struct world *world)
{
    for (size_t t = 0; t < world->n_tracks; t++) {
        struct world_track *track = &world->tracks[t];

        track->undiscovered = t >= world->options.n_tracks;
        track->artist = choose_artist(world, t);
        track->cold =
            !track->undiscovered &&
            uniform(world, WORLD_TRACK, t, 3) < world->options.cold_share;
        track->annotated =
            uniform(world, WORLD_TRACK, t, 4) < world->options.annotated_share;
        make_truth(world, t);
        annotate(world, t);
        tag(world, t);
    }
}

/* ---- Life cycle --------------------------------------------------------- */

void world_options_init(struct world_options *options)
{
    *options = (struct world_options){
        .seed = 1,
        .n_tracks = 1200,
        .n_artists = 150,
        .n_listeners = 1000,
        .rank = 16,
        .plays_per_listener = 130,
        .cold_share = 0.2,
        .annotated_share = 0.85,
        .track_seconds = 30,
        .rate_hz = 22050,
    };
}

/* The upper limits keep every index within 32 bits. */
static bool make_sense(const struct world_options *o)
{
    const size_t many = (size_t)1 << 24;

    return o->n_artists > 0 && o->n_artists <= o->n_tracks &&
           o->n_tracks <= many && o->n_undiscovered <= many &&
           o->n_listeners > 0 && o->n_listeners <= many && o->rank > 0 &&
           o->rank <= 1024 && o->plays_per_listener > 0 &&
           o->cold_share >= 0 && o->cold_share <= 1 &&
           o->annotated_share >= 0 && o->annotated_share <= 1 &&
           o->track_seconds > 0 && o->track_seconds <= 3600 &&
           o->rate_hz >= 8000 && o->rate_hz <= 48000;
}

static bool allocate(struct world *world)
{
    const struct world_options *o = &world->options;
    size_t more = o->n_undiscovered, n = o->n_tracks + more;

    world->n_tracks = n;
    world->n_artists =
        o->n_artists + (more * o->n_artists + o->n_tracks - 1) / o->n_tracks;
    world->artists = calloc(world->n_artists, sizeof *world->artists);
    world->styles = calloc(world->n_artists, sizeof *world->styles);
    world->tracks = calloc(n, sizeof *world->tracks);
    world->truths = calloc(n, sizeof *world->truths);
    world->listeners = calloc(o->n_listeners, sizeof *world->listeners);
    world->taste = calloc(n * o->rank, sizeof *world->taste);
    world->known = calloc(n * o->rank, sizeof *world->known);
    return world->artists != NULL && world->styles != NULL &&
           world->tracks != NULL && world->truths != NULL &&
           world->listeners != NULL && world->taste != NULL &&
           world->known != NULL;
}

struct world *world_create(const struct world_options *options)
{
    struct world *world = calloc(1, sizeof *world);

    if (world == NULL)
        return NULL;
    world_options_init(&world->options);
    if (options != NULL)
        world->options = *options;
    if (!make_sense(&world->options) || !allocate(world)) {
        world_free(world);
        return NULL;
    }
    for (size_t i = 0; i < world->n_artists; i++)
        make_style(world, i);
    make_tracks(world);
    world_name_everything(world);
    if (world_make_taste(world) != 0 || world_make_plays(world) != 0) {
        world_free(world);
        return NULL;
    }
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    free(world->artists);
    free(world->styles);
    free(world->tracks);
    free(world->truths);
    free(world->listeners);
    free(world->taste);
    free(world->known);
    free(world->plays);
    free(world->future);
    free(world);
}

/* ---- Questions ---------------------------------------------------------- */

size_t world_n_artists(const struct world *world)
{
    return world->n_artists;
}

size_t world_n_tracks(const struct world *world)
{
    return world->n_tracks;
}

size_t world_n_listeners(const struct world *world)
{
    return world->options.n_listeners;
}

size_t world_rank(const struct world *world)
{
    return world->options.rank;
}

const struct world_artist *world_artist(const struct world *world, size_t i)
{
    return &world->artists[i];
}

const struct world_track *world_track(const struct world *world, size_t i)
{
    return &world->tracks[i];
}

const struct world_listener *world_listener(const struct world *world,
                                            size_t i)
{
    return &world->listeners[i];
}

const char *world_attribute_name(size_t attribute)
{
    return synth_attribute_name(attribute);
}

const float *world_attributes(const struct world *world, size_t track)
{
    return world->truths[track].attributes;
}

const float *world_annotation(const struct world *world, size_t track)
{
    if (!world->tracks[track].annotated)
        return NULL;
    return world->truths[track].annotation;
}

const float *world_taste(const struct world *world, size_t track)
{
    return world->taste + track * world->options.rank;
}

const float *world_known_taste(const struct world *world, size_t track)
{
    return world->known + track * world->options.rank;
}

const struct world_play *world_plays(const struct world *world, size_t *n)
{
    *n = world->n_plays;
    return world->plays;
}

const struct world_play *world_future(const struct world *world, size_t *n)
{
    *n = world->n_future;
    return world->future;
}

/* ---- Sound -------------------------------------------------------------- */

size_t world_track_samples(const struct world *world)
{
    return (size_t)(world->options.track_seconds * world->options.rate_hz);
}

double world_rate_hz(const struct world *world)
{
    return world->options.rate_hz;
}

int world_render(const struct world *world, size_t track, float *pcm, size_t n)
{
    struct synth_recipe recipe = {
        .seed = synth_bits(world->options.seed, WORLD_SOUND, track),
        .rate_hz = world->options.rate_hz,
    };

    for (size_t a = 0; a < WORLD_N_ATTRIBUTES; a++)
        recipe.attributes[a] = world->truths[track].attributes[a];
    return synth_render(&recipe, pcm, n);
}
