/*
 * audiohead.h - what a sound file says it is, before a decoder believes it
 *
 * libsndfile knows some thirty containers and as many codings, most of them
 * for the archives.  Their parsers run while a file is being opened, so what
 * is not wanted has to be turned away before.
 */
#ifndef AUDIOHEAD_H
#define AUDIOHEAD_H

/* NULL for a file to open, otherwise why it is not. */
const char *audiohead_fault(int fd);

/*
 * The part of the file that is there: less than 1 for a RIFF file that says it
 * is longer.  libsndfile believes the disk, so that nothing else would tell
 * that a download ended early.
 */
double audiohead_share(int fd);

#endif /* AUDIOHEAD_H */
