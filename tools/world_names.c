/*
 * world_names.c - what artists, albums and tracks are called
 *
 * Every artist has a name of its own; titles repeat, as they do elsewhere, but
 * for those of one artist: two tracks of one name would be one recording.
 */
#include "world_parts.h"

#include <stdio.h>
#include <string.h>

#include "synth_random.h"

#define MOST_TRIES \
    64 /* an artist may have more tracks than there are titles */
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const heads[] = {"b", "br", "d",  "dr", "f",  "g",  "h",
                                    "j", "k",  "kl", "l",  "m",  "n",  "p",
                                    "r", "s",  "sh", "st", "t",  "tr", "v",
                                    "w", "y",  "z",  "fl", "gr", "th", ""};
static const char *const hearts[] = {"a",  "e",  "i",  "o",  "u",  "ai",
                                     "ea", "io", "ou", "ie", "ya", "o"};
static const char *const tails[] = {"",   "n",  "r", "l",  "s",  "m",
                                    "nd", "sk", "t", "rn", "ll", "x"};
static const char *const adjectives[] = {
    "Paper",    "Slow",    "Silver", "Hollow",   "Distant",  "Broken",
    "Golden",   "Winter",  "Quiet",  "Neon",     "Burning",  "Salt",
    "Velvet",   "Crooked", "Second", "Electric", "Early",    "Borrowed",
    "Northern", "Empty",   "Glass",  "Summer",   "Restless", "Hidden"};
static const char *const nouns[] = {
    "Lanterns", "River",  "Harbour", "Machines",  "Garden",   "Letters",
    "Horses",   "Mirror", "Station", "Echoes",    "Mountain", "Window",
    "Tigers",   "Static", "Orchard", "Satellite", "Bridges",  "Thunder",
    "Kitchen",  "Shadow", "Island",  "Wolves",    "Carnival", "Tide"};
static const char *const ends[] = {"",
                                   "",
                                   "",
                                   "",
                                   " at Dawn",
                                   " Again",
                                   " in Reverse",
                                   " Tonight",
                                   " for Two",
                                   " and After",
                                   " Road",
                                   " Blues"};
static const char *const bands[] = {"",        "",          "",      " Trio",
                                    " & Sons", " Ensemble", " Band", ""};

static size_t pick(const struct world *world, uint64_t stream, uint64_t what,
                   size_t n)
{
    return (size_t)(synth_bits(world->options.seed, stream, what) % n);
}

/* One pronounceable word, with a capital. */
static void make_word(const struct world *world, uint64_t what, char *word,
                      size_t size)
{
    size_t syllables = pick(world, WORLD_NAME, 16 * what, 4) == 0 ? 3 : 2;

    word[0] = '\0';
    for (size_t s = 0; s < syllables; s++) {
        uint64_t at = 16 * what + 5 * s;
        size_t used = strlen(word);
        const char *tail =
            tails[pick(world, WORLD_NAME, at + 3, COUNT(tails))];

        snprintf(word + used, size - used, "%s%s%s",
                 heads[pick(world, WORLD_NAME, at + 1, COUNT(heads))],
                 hearts[pick(world, WORLD_NAME, at + 2, COUNT(hearts))],
                 s + 1 == syllables ? tail : "");
    }
    if (word[0] >= 'a' && word[0] <= 'z')
        word[0] = (char)(word[0] - 'a' + 'A');
}

static bool is_taken(const struct world *world, size_t artist)
{
    for (size_t i = 0; i < artist; i++)
        if (strcmp(world->artists[i].name, world->artists[artist].name) == 0)
            return true;
    return false;
}

static void name_artist(const struct world *world, size_t i)
{
    char first[16], last[16];
    size_t kind = pick(world, WORLD_NAME, ~(uint64_t)i, 16);
    uint64_t what = 64 * i;

    do {
        make_word(world, what++, first, sizeof first);
        make_word(world, what++, last, sizeof last);
        if (kind < 9)
            snprintf(world->artists[i].name, sizeof world->artists[i].name,
                     "%s %s%s", first, last, kind < 8 ? bands[kind] : "");
        else
            snprintf(world->artists[i].name, sizeof world->artists[i].name,
                     kind < 13 ? "%s" : "The %s %s",
                     kind < 13 ? first : adjectives[what % COUNT(adjectives)],
                     last);
    } while (is_taken(world, i));
}

static void make_title(const struct world *world, uint64_t what, char *title,
                       size_t size)
{
    size_t adjective = pick(world, WORLD_TITLE, 4 * what, COUNT(adjectives));
    size_t noun = pick(world, WORLD_TITLE, 4 * what + 1, COUNT(nouns));
    size_t end = pick(world, WORLD_TITLE, 4 * what + 2, COUNT(ends));

    snprintf(title, size, "%s %s%s", adjectives[adjective], nouns[noun],
             ends[end]);
}

/* Whether an earlier track of its artist is called as this one. */
static bool has_title(const struct world *world, size_t track)
{
    const struct world_track *t = world->tracks;
    size_t before = world->styles[t[track].artist].latest;

    while (before > 0 && strcmp(t[before - 1].title, t[track].title) != 0)
        before = world->truths[before - 1].before;
    return before > 0;
}

static void name_track(struct world *world, size_t i)
{
    struct world_track *track = &world->tracks[i];
    size_t *latest = &world->styles[track->artist].latest;
    size_t tries = 0;

    do {
        make_title(world, i + tries * world->options.n_tracks, track->title,
                   sizeof track->title);
    } while (has_title(world, i) && ++tries < MOST_TRIES);
    world->truths[i].before = *latest;
    *latest = i + 1;
}

static void make_id(char kind, size_t i, char id[24])
{
    snprintf(id, 24, "%c%04zu", kind, i + 1);
}

void world_name_everything(struct world *world)
{
    const struct world_options *o = &world->options;

    for (size_t i = 0; i < world->n_artists; i++) {
        make_id('a', i, world->artists[i].id);
        name_artist(world, i);
    }
    for (size_t i = 0; i < o->n_listeners; i++)
        make_id('u', i, world->listeners[i].id);
    for (size_t i = 0; i < world->n_tracks; i++) {
        struct world_track *track = &world->tracks[i];
        uint64_t album = pick(world, WORLD_TITLE, ~(uint64_t)i, 3);

        make_id('t', i, track->id);
        name_track(world, i);
        make_title(world, (1u << 30) + 3 * track->artist + album, track->album,
                   sizeof track->album);
    }
}
