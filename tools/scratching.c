/*
 * scratching.c - whether spectrograms are learnt from in memory or from a file
 */
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "term.h"
#include "training.h"

/* A quarter of the memory of this machine: the rest is for networks, and for
 * whoever else is there. */
static double memory_for_sound(void)
{
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 4;
}

void scratch_choose(struct args *args, struct music *music, const char *out)
{
    const char *given = args_text(args, "scratch", NULL);
    double bytes = (double)music_kept_bytes(music);
    char *copy;

    if (given) {
        music->scratch = tool_copy_text(given);
    } else if (bytes > memory_for_sound()) {
        copy = tool_copy_text(out);
        music->scratch = tool_copy_text(dirname(copy));
        free(copy);
        term_say("%.3g GB of spectrograms: in a file without a name in %s",
                 bytes / 1e9, music->scratch);
    }
}
