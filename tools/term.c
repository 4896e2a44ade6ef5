/*
 * term.c - talking to the person at the terminal
 */
#include "term.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lines.h"

/* Two redraws of the bar are at least this far apart. */
#define REDRAW_NS 100000000
#define BAR_WIDTH 30

static struct {
    pthread_t thread; /* the one that draws */
    int quiet;
    int errors_on_terminal;
    int colours;
    const char *doing;
    char aside[80];
    int bar_drawn;
    struct timespec drawn;
} term;

static volatile sig_atomic_t interrupted;

/* The handler is gone after its first call, so the next signal ends us. */
static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void term_start(void)
{
    const char *kind = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A file that may not grow is a write that fails, with its reason told. */
    signal(SIGXFSZ, SIG_IGN);
    term.thread = pthread_self();
    term.errors_on_terminal = isatty(STDERR_FILENO);
    term.colours = term.errors_on_terminal &&
                   (!no_colour || *no_colour == '\0') && kind &&
                   strcmp(kind, "dumb") != 0;
}

void term_set_quiet(int quiet)
{
    term.quiet = quiet;
}

/* ---- Messages ----------------------------------------------------------- */

/* Control characters become '?', in place. */
static void make_harmless(char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        /* U+0080 to U+009F are controls too; 0xc2 leads them in UTF-8. */
        if (c < 0x20 || c == 0x7f ||
            (c == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80))
            *text = '?';
    }
}

char *term_shown(const char *text)
{
    char *shown = lines_shown(text);

    make_harmless(shown);
    return shown;
}

static void clear_bar(void)
{
    if (term.bar_drawn)
        fputs("\r\033[K", stderr);
    term.bar_drawn = 0;
}

static void message(const char *label, const char *colour, const char *format,
                    va_list args)
{
    char text[1024], *shown;

    vsnprintf(text, sizeof text, format, args);
    shown = term_shown(text);
    clear_bar();
    if (term.colours && *label)
        fprintf(stderr, "ltrec: %s%s\033[0m%s\n", colour, label, shown);
    else
        fprintf(stderr, "ltrec: %s%s\n", label, shown);
    free(shown);
}

void term_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message("error: ", "\033[1;31m", format, args);
    va_end(args);
}

void term_warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!term.quiet)
        message("warning: ", "\033[1;33m", format, args);
    va_end(args);
}

void term_warn_skipped(const char *path, uint64_t rows)
{
    char shown[TOOL_SHORT_NAME];

    tool_short_name(shown, path);
    if (rows > 0)
        term_warn("%s: skipped %llu broken rows", shown,
                  (unsigned long long)rows);
}

void term_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!term.quiet)
        message("", "", format, args);
    va_end(args);
}

/* ---- Long work ---------------------------------------------------------- */

void term_doing(const char *what)
{
    term_done();
    term.doing = what;
    term.aside[0] = '\0';
    memset(&term.drawn, 0, sizeof term.drawn);
}

void term_done(void)
{
    clear_bar();
    term.doing = NULL;
}

void term_aside(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(term.aside, sizeof term.aside, format, args);
    va_end(args);
}

static int is_time_to_draw(void)
{
    struct timespec now;
    int64_t passed;

    clock_gettime(CLOCK_MONOTONIC, &now);
    passed = (int64_t)(now.tv_sec - term.drawn.tv_sec) * 1000000000 +
             (now.tv_nsec - term.drawn.tv_nsec);
    if (term.bar_drawn && passed < REDRAW_NS)
        return 0;
    term.drawn = now;
    return 1;
}

static void draw_bar(uint64_t done, uint64_t total)
{
    double share = (double)done / (double)total;
    int filled = (int)((share < 1 ? share : 1) * BAR_WIDTH);

    fprintf(stderr, "\r%-24s [%.*s%*s] %3.0f %% %s\033[K", term.doing, filled,
            "##############################", BAR_WIDTH - filled, "",
            share * 100, term.aside);
}

int term_progress(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    if (term.errors_on_terminal && !term.quiet &&
        pthread_equal(pthread_self(), term.thread) && term.doing &&
        is_time_to_draw()) {
        if (total > 0)
            draw_bar(done, total);
        else
            fprintf(stderr, "\r%-24s %llu\033[K", term.doing,
                    (unsigned long long)done);
        fflush(stderr);
        term.bar_drawn = 1;
    }
    return interrupted != 0;
}

int term_progress_within(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return interrupted != 0;
}

int term_interrupted(void)
{
    return interrupted != 0;
}

int term_go_on(ltrec_error *err)
{
    return interrupted ? tool_fail(err, LTREC_ERR_CANCELLED, "interrupted")
                       : LTREC_OK;
}

/* ---- Tables ------------------------------------------------------------- */

struct term_table {
    size_t n_columns;
    char **cells; /* [n_cells], the names first */
    size_t n_cells, capacity;
};

struct term_table *term_table_create(size_t n_columns,
                                     const char *const *names)
{
    struct term_table *table = tool_alloc(1, sizeof *table);

    table->n_columns = n_columns;
    for (size_t i = 0; i < n_columns; i++)
        term_table_cell(table, "%s", names[i]);
    return table;
}

void term_table_cell(struct term_table *table, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    make_harmless(text);
    table->cells = tool_grow(table->cells, &table->capacity,
                             table->n_cells + 1, sizeof *table->cells);
    table->cells[table->n_cells++] = tool_copy_text(text);
}

/* Characters, which is close to columns for most writing. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(const char *text, int width, int right, int last)
{
    int blanks = width - width_of(text);

    if (right)
        printf("%*s%s", blanks, "", text);
    else
        printf("%s%*s", text, last ? 0 : blanks, "");
    fputs(last ? "\n" : "  ", stdout);
}

void term_table_print(struct term_table *table)
{
    size_t n = table->n_columns;
    int *widths = tool_alloc(n, sizeof *widths);
    int *right = tool_alloc(n, sizeof *right);

    for (size_t i = 0; i < n; i++) {
        right[i] = table->cells[i][0] == '>';
        memmove(table->cells[i], table->cells[i] + right[i],
                strlen(table->cells[i] + right[i]) + 1);
    }
    for (size_t i = 0; i < table->n_cells; i++)
        if (width_of(table->cells[i]) > widths[i % n])
            widths[i % n] = width_of(table->cells[i]);
    for (size_t i = 0; i < table->n_cells; i++) {
        print_cell(table->cells[i], widths[i % n], right[i % n],
                   i % n == n - 1);
        free(table->cells[i]);
    }
    free(table->cells);
    free(widths);
    free(right);
    free(table);
}

/* ---- Ending ------------------------------------------------------------- */

int term_result(int status, const ltrec_error *err)
{
    term_done();
    if (status == LTREC_OK)
        return EXIT_DONE;
    if (status == LTREC_ERR_CANCELLED) {
        term_error("interrupted");
        return EXIT_INTERRUPTED;
    }
    if (err && err->message[0] != '\0')
        term_error("%s", err->message);
    else
        term_error("%s", ltrec_status_name(status));
    return EXIT_ERROR;
}

int term_finish(int exit_status)
{
    term_done();
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_status;
    term_error("standard output: %s",
               errno ? strerror(errno) : "cannot write");
    return exit_status == EXIT_DONE ? EXIT_ERROR : exit_status;
}
