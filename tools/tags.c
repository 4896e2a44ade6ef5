/*
 * tags.c - what a sound file says of itself, through TagLib
 *
 * Its C functions know of a WAV file only what stands there as ID3; most
 * programs write a list of INFO, so libsndfile is asked for that.
 */
#include "tags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>
#include <tag_c.h>

#include "lines.h"

/* No name of a track is longer; a tag may hold a megabyte of anything. */
#define MOST_BYTES 1000

/* The length without a last character that is cut through. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t end = length;

    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    return end;
}

/* Blanks at both ends are slips of somebody's hand. */
static char *trimmed(const char *text)
{
    char *copy = NULL;
    const char *from = text;
    size_t length;

    if (!text)
        return NULL;
    from += strspn(from, " \t\r\n");
    length = strlen(from);
    while (length > 0 && strchr(" \t\r\n", from[length - 1]))
        length--;
    if (length > MOST_BYTES)
        length = whole_characters(from, MOST_BYTES);
    if (length > 0) {
        copy = tool_alloc(length + 1, 1);
        memcpy(copy, from, length);
    }
    return copy;
}

static char *take(char *text)
{
    char *copy = trimmed(text);

    taglib_free(text);
    return copy;
}

/* INFO does not say how it is written: UTF-8 where it can be, else Latin-1. */
static char *take_info(const char *text)
{
    size_t left = text ? strlen(text) : 0, n = 1;
    const unsigned char *from = (const unsigned char *)text;
    char *copy, *to, *tidy;

    while (left > 0 && (n = lines_character(from, left)) > 0) {
        from += n;
        left -= n;
    }
    if (left == 0)
        return trimmed(text);
    copy = to = tool_alloc(2 * strlen(text) + 1, 1);
    for (from = (const unsigned char *)text; *from; from++) {
        if (*from >= 0x80)
            *to++ = (char)(0xc0 | *from >> 6);
        *to++ = (char)(*from < 0x80 ? *from : 0x80 | (*from & 0x3f));
    }
    tidy = trimmed(copy);
    free(copy);
    return tidy;
}

static unsigned number(const char *text)
{
    unsigned long value = text ? strtoul(text, NULL, 10) : 0;

    return value <= UINT_MAX ? (unsigned)value : 0;
}

static void read_info(const char *path, struct tags *tags)
{
    SF_INFO info = {0};
    SNDFILE *sound = sf_open(path, SFM_READ, &info);

    if (!sound)
        return;
    tags->artist = take_info(sf_get_string(sound, SF_STR_ARTIST));
    tags->title = take_info(sf_get_string(sound, SF_STR_TITLE));
    tags->album = take_info(sf_get_string(sound, SF_STR_ALBUM));
    tags->genre = take_info(sf_get_string(sound, SF_STR_GENRE));
    if (!tags->year)
        tags->year = number(sf_get_string(sound, SF_STR_DATE));
    if (!tags->number)
        tags->number = number(sf_get_string(sound, SF_STR_TRACKNUMBER));
    sf_close(sound);
}

void tags_read(const char *path, struct tags *tags)
{
    TagLib_File *file;

    memset(tags, 0, sizeof *tags);
    taglib_set_strings_unicode(1);
    taglib_set_string_management_enabled(0);
    file = taglib_file_new(path);
    if (!file)
        return;
    if (taglib_file_is_valid(file)) {
        const TagLib_Tag *tag = taglib_file_tag(file);
        const TagLib_AudioProperties *sound =
            taglib_file_audioproperties(file);
        int seconds = sound ? taglib_audioproperties_length(sound) : 0;

        if (tag) {
            tags->artist = take(taglib_tag_artist(tag));
            tags->title = take(taglib_tag_title(tag));
            tags->album = take(taglib_tag_album(tag));
            tags->genre = take(taglib_tag_genre(tag));
            tags->year = taglib_tag_year(tag);
            tags->number = taglib_tag_track(tag);
        }
        tags->seconds = seconds > 0 ? seconds : 0;
    }
    taglib_file_free(file);
    if (!tags->artist && !tags->title && !tags->album && !tags->genre)
        read_info(path, tags);
}

void tags_free(struct tags *tags)
{
    free(tags->artist);
    free(tags->title);
    free(tags->album);
    free(tags->genre);
    memset(tags, 0, sizeof *tags);
}
