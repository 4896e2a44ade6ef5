/*
 * term.h - talking to the person at the terminal
 *
 * Results go to the standard output and everything said about them to the
 * standard error.  Names out of files are shown with their control characters
 * replaced, since those can rewrite a terminal.
 */
#ifndef TERM_H
#define TERM_H

#include "tool.h"

/* Look at the terminal and begin to listen for interrupts. */
void term_start(void);

/* Leave out messages and progress; errors remain. */
void term_set_quiet(int quiet);

/* One line each, "ltrec: " before it. */
void term_error(const char *format, ...) TOOL_PRINTF(1, 2);
void term_warn(const char *format, ...) TOOL_PRINTF(1, 2);
void term_warn_skipped(const char *path, uint64_t rows); /* unless 0 */
void term_say(const char *format, ...) TOOL_PRINTF(1, 2);

/* ---- Long work ---------------------------------------------------------- */

/*
 * What is being done, for the bar that term_progress() draws.  It is drawn
 * only where the standard error is a terminal, and removed by term_done().
 */
void term_doing(const char *what);
void term_done(void);

/* What stands behind the bar, until the next term_doing(). */
void term_aside(const char *format, ...) TOOL_PRINTF(1, 2);

/*
 * An `ltrec_progress` for any call of the library: draws the bar and asks for
 * an end once the person has pressed Ctrl-C.  Without a total it shows how
 * much is done.  `user` is not used.  Any thread may call it; only that of
 * term_start() draws.
 */
int term_progress(void *user, uint64_t done, uint64_t total);

/* The same for what is a step of something longer, whose bar it leaves alone.
 */
int term_progress_within(void *user, uint64_t done, uint64_t total);

/* Whether Ctrl-C was pressed.  A second one ends the program at once. */
int term_interrupted(void);

/* LTREC_ERR_CANCELLED when it was, to be asked between pieces of work that ask
 * nobody themselves. */
int term_go_on(ltrec_error *err);

/* ---- Results ------------------------------------------------------------ */

/*
 * Rows of `n_columns` texts, printed with their columns aligned by
 * term_table_print().  Columns named with a leading '>' are set right.
 */
struct term_table;

struct term_table *term_table_create(size_t n_columns,
                                     const char *const *names);
void term_table_cell(struct term_table *table, const char *format, ...)
    TOOL_PRINTF(2, 3);

/* Print to the standard output and free. */
void term_table_print(struct term_table *table);

/* A text from a file as a terminal may have it, to be free()d: no control
 * characters, and bytes that are no UTF-8 spelt out. */
char *term_shown(const char *text);

/* What a command returns for `status`, having said why if it failed. */
int term_result(int status, const ltrec_error *err);

/* Push out what was printed; an exit status, 1 when the disk is full. */
int term_finish(int exit_status);

#endif /* TERM_H */
