/*
 * world_genres.c - genres as places among the attributes
 *
 * The table is written by ear, so that a track of a genre sounds like one.
 */
#include "world_parts.h"

struct row {
    float weight;                  /* how much listeners care */
    char mean[WORLD_N_GENRES + 1]; /* a digit for each genre, in ninths */
};

/* clang-format off */
#define SUBGENRES(genre) \
    "early_" genre, "late_" genre, "northern_" genre, "southern_" genre, \
    "urban_" genre, "rural_" genre
/* clang-format on */

static const char *const tag_names[WORLD_N_TAGS] = {
    "rock",
    "metal",
    "jazz",
    "chamber",
    "folk",
    "house",
    "ambient",
    "funk",
    "latin",
    "gospel",
    "synth_pop",
    "lofi",
    SUBGENRES("rock"),
    SUBGENRES("metal"),
    SUBGENRES("jazz"),
    SUBGENRES("chamber"),
    SUBGENRES("folk"),
    SUBGENRES("house"),
    SUBGENRES("ambient"),
    SUBGENRES("funk"),
    SUBGENRES("latin"),
    SUBGENRES("gospel"),
    SUBGENRES("synth_pop"),
    SUBGENRES("lofi"),
};

static const struct row rows[WORLD_N_ATTRIBUTES] = {
    [SYNTH_TEMPO] = {1.2f, "575346146362"},
    [SYNTH_SWING] = {0.6f, "108021032507"},
    [SYNTH_SYNCOPATION] = {0.7f, "326123188435"},
    [SYNTH_DRUMS] = {1.3f, "795028175476"},
    [SYNTH_FOUR_ON_FLOOR] = {0.9f, "211019022171"},
    [SYNTH_HIHAT] = {0.8f, "565016073255"},
    [SYNTH_PERCUSSION] = {0.9f, "101033149221"},
    [SYNTH_BACKBEAT] = {0.7f, "762024072576"},
    [SYNTH_TOMS] = {0.5f, "352111125130"},
    [SYNTH_MINOR] = {0.6f, "484536554255"},
    [SYNTH_SEVENTHS] = {0.6f, "109213464628"},
    [SYNTH_CHROMATIC] = {0.4f, "146201222312"},
    [SYNTH_CHORD_RATE] = {0.5f, "437642124643"},
    [SYNTH_DRONE] = {0.8f, "010031700101"},
    [SYNTH_MELODY] = {0.9f, "536763246773"},
    [SYNTH_RANGE] = {0.5f, "337642345643"},
    [SYNTH_REGISTER] = {0.7f, "435655645464"},
    [SYNTH_BUSY] = {0.9f, "477544066442"},
    [SYNTH_STACCATO] = {0.8f, "354235075242"},
    [SYNTH_PIANO] = {1.1f, "108523214615"},
    [SYNTH_GUITAR] = {1.1f, "312190137203"},
    [SYNTH_ELECTRIC_PIANO] = {1.0f, "003003261228"},
    [SYNTH_DISTORTION] = {1.4f, "890000020010"},
    [SYNTH_STRINGS] = {1.2f, "110912811342"},
    [SYNTH_BRASS] = {1.1f, "007200076200"},
    [SYNTH_ORGAN] = {1.0f, "202012130900"},
    [SYNTH_FLUTE] = {0.9f, "002640314001"},
    [SYNTH_VOICE] = {1.2f, "641263244861"},
    [SYNTH_ARPEGGIO] = {1.0f, "000106510081"},
    [SYNTH_VIBRATO] = {0.6f, "325721334721"},
    [SYNTH_BASS] = {1.0f, "676136285456"},
    [SYNTH_SYNTH_BASS] = {0.9f, "120009430093"},
    [SYNTH_REVERB] = {0.9f, "323624912554"},
    [SYNTH_ECHO] = {0.7f, "110005611153"},
    [SYNTH_TREMOLO] = {0.6f, "100013320513"},
    [SYNTH_CHORUS] = {0.6f, "211113631383"},
    [SYNTH_BRIGHTNESS] = {1.2f, "674556366481"},
    [SYNTH_GRIT] = {1.1f, "581012121217"},
    [SYNTH_DYNAMICS] = {0.7f, "534844523641"},
    [SYNTH_DENSITY] = {0.8f, "574525466662"},
};

const char *world_tag_name(size_t tag)
{
    return tag < WORLD_N_TAGS ? tag_names[tag] : NULL;
}

float world_genre_mean(size_t genre, size_t attribute)
{
    return (float)(rows[attribute].mean[genre] - '0') / 9.0f;
}

float world_attribute_weight(size_t attribute)
{
    return rows[attribute].weight;
}

bool world_is_asked(size_t attribute)
{
    return attribute != SYNTH_REVERB && attribute != SYNTH_CHORUS &&
           attribute != SYNTH_BRIGHTNESS && attribute != SYNTH_GRIT &&
           attribute != SYNTH_DYNAMICS && attribute != SYNTH_DENSITY;
}
