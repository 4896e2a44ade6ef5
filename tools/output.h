/*
 * output.h - files that appear whole or not at all
 *
 *     output_open("mel.npy", &output, &err);
 *     fwrite(..., output_stream(output));
 *     status = output_commit(output, &err);
 *
 * Everything goes to a temporary file in the same folder, which takes the
 * name in the end.  A write that fails, a full disk or a kill leaves what was
 * there before.  A path that names something other than a plain file, such as
 * a pipe or /dev/null, is written to directly, and "-" is the standard output.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdio.h>

#include "tool.h"

struct output;

int output_open(const char *path, struct output **out, ltrec_error *err);

/*
 * Whether a file could be put there, as far as can be told without writing:
 * what takes hours to compute should not find out in the end.  LTREC_ERR_IO
 * for a folder that is not there or takes no files, and for a folder's name.
 * With `plain` also for anything else that is no plain file, and for "-": what
 * the library writes replaces such only.
 */
int output_check(const char *path, int plain, ltrec_error *err);

/* Whether both are one file, by whatever names; it may be a new one. */
int output_is_same(const char *one, const char *two);

FILE *output_stream(struct output *output);

/* Finish and free `output`.  Any write that failed is reported here. */
int output_commit(struct output *output, ltrec_error *err);

/* Give up and free `output`.  Accepts NULL. */
void output_abandon(struct output *output);

#endif /* OUTPUT_H */
