/*
 * scan_notes.h - what is odd about a sound file that can be heard
 */
#ifndef SCAN_NOTES_H
#define SCAN_NOTES_H

#include "melfile.h"
#include "scan_wire.h"

/* Whether there is nothing to predict from: silence, or a constant. */
int scan_is_soundless(const struct melfile *file);

/* Write into r->note what a listener would want to know: silence, an end that
 * came too soon by the file's own word or by its tags, clipping, brevity. */
void scan_note_oddities(struct scan_result *r, const struct melfile *file,
                        double tagged_seconds);

#endif /* SCAN_NOTES_H */
