/*
 * cmd_mel.c - ltrec mel: the log-mel rows of sound files
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ltrec/audio.h>

#include "commands.h"
#include "json.h"
#include "melfile.h"
#include "names.h"
#include "npy.h"
#include "png.h"
#include "term.h"

/* What the options ask for. */
struct wishes {
    const char *npy;
    const char *png;
    int folder; /* several files: `npy` and `png` are folders */
    int json;
    struct melfile_options read;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Where the result of `path` goes: OUT, or OUT/<name><ending>. */
static char *place_of(const struct wishes *wishes, const char *out,
                      const char *path, const char *ending)
{
    const char *name = last_part(path);
    size_t bytes = strlen(out) + strlen(name) + strlen(ending) + 2;
    char *place = tool_alloc(bytes, 1);

    if (wishes->folder)
        snprintf(place, bytes, "%s/%s%s", out, name, ending);
    else
        snprintf(place, bytes, "%s", out);
    return place;
}

static int write_npy(const struct wishes *wishes, const char *path,
                     ltrec_frontend *frontend, const struct melfile *file,
                     ltrec_error *err)
{
    struct npy npy = {NPY_FLOAT32, 2, file->rows,
                      ltrec_frontend_bands(frontend), file->mel};
    char *place = place_of(wishes, wishes->npy, path, ".npy");
    int status = npy_write(place, &npy, err);

    free(place);
    return status;
}

static int write_png(const struct wishes *wishes, const char *path,
                     ltrec_frontend *frontend, const struct melfile *file,
                     ltrec_error *err)
{
    ltrec_frontend_options options;
    struct spectrogram s = {file->mel, file->rows,
                            ltrec_frontend_bands(frontend), &options,
                            last_part(path)};
    char *place = place_of(wishes, wishes->png, path, ".png");
    int status;

    ltrec_frontend_options_get(frontend, &options, sizeof options);
    status = png_write_spectrogram(place, &s, err);
    free(place);
    return status;
}

static void report(const struct wishes *wishes, const char *path,
                   ltrec_frontend *frontend, const struct melfile *file)
{
    if (wishes->json) {
        json_t *object = json_object();

        json_put_text(object, "file", path);
        json_put_count(object, "frames", file->rows);
        json_put_count(object, "bands", ltrec_frontend_bands(frontend));
        json_put_real(object, "seconds", file->seconds);
        json_put_count(object, "rate_hz", file->rate_hz);
        json_put_count(object, "channels", file->channels);
        json_print(object);
    } else if (!wishes->npy || strcmp(wishes->npy, "-") != 0) {
        printf("%zu x %u\t%.3f s\t%s\n", file->rows,
               (unsigned)ltrec_frontend_bands(frontend), file->seconds, path);
    }
}

static int do_file(const struct wishes *wishes, const char *path,
                   ltrec_frontend *frontend)
{
    struct melfile file;
    ltrec_error err = {0};
    int status;

    term_doing("mel");
    status = melfile_read(path, frontend, &wishes->read, &file, &err);
    if (status == LTREC_OK && wishes->npy)
        status = write_npy(wishes, path, frontend, &file, &err);
    if (status == LTREC_OK && wishes->png)
        status = write_png(wishes, path, frontend, &file, &err);
    if (status == LTREC_OK)
        report(wishes, path, frontend, &file);
    melfile_free(&file);
    return term_result(status, &err);
}

/* All of them; what goes wrong with one does not stop the others. */
static int do_files(struct args *args, const struct wishes *wishes,
                    ltrec_frontend *frontend)
{
    size_t n = args_count(args), failed = 0;

    for (size_t i = 0; i < n; i++) {
        int status = do_file(wishes, args_word(args, i), frontend);

        if (status == EXIT_INTERRUPTED)
            return status;
        failed += status != EXIT_DONE;
    }
    if (failed == 0)
        return EXIT_DONE;
    return failed == n ? EXIT_ERROR : EXIT_SOME_FAILED;
}

static int make_folder(const char *path)
{
    if (!path || mkdir(path, 0777) == 0 || errno == EEXIST)
        return EXIT_DONE;
    term_error("%s: %s", path, strerror(errno));
    return EXIT_ERROR;
}

/* In a folder each result is called after its file: two of one name would be
 * one. */
static void check_names(struct args *args)
{
    struct names *names = names_create("file");

    for (size_t i = 0; i < args_count(args) && !args_failed(args); i++) {
        const char *name = last_part(args_word(args, i));
        uint32_t number;

        if (names_find(names, name, strlen(name), &number))
            args_wrong(args,
                       "two files are called %.80s, and their results would "
                       "be as well",
                       name);
        else if (names_add(names, name, strlen(name), &number, NULL) !=
                 LTREC_OK)
            break;
    }
    names_free(names);
}

static void read_wishes(struct args *args, struct wishes *wishes,
                        ltrec_frontend_options *options)
{
    const char *preset = args_text(args, "preset", "default");

    wishes->npy = args_text(args, "npy", NULL);
    wishes->png = args_text(args, "png", NULL);
    wishes->folder = args_count(args) > 1;
    wishes->json = args_has(args, "json");
    if (wishes->npy || wishes->png)
        check_names(args);
    melfile_options_init(&wishes->read);
    wishes->read.max_seconds =
        args_real(args, "max-seconds", MELFILE_SECONDS, 1, 1e9);
    if (ltrec_frontend_options_preset(options, sizeof *options, preset) !=
        LTREC_OK)
        args_wrong(
            args,
            "--preset %.40s: wanted one of default, librosa, musicnn, cqt",
            preset);
}

static int run(struct args *args)
{
    ltrec_frontend_options options;
    ltrec_frontend *frontend = NULL;
    ltrec_context *ctx = NULL;
    ltrec_error err = {0};
    struct wishes wishes;
    int status;

    read_wishes(args, &wishes, &options);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &ctx);
    if (status == EXIT_DONE)
        status = term_result(
            ltrec_frontend_create(ctx, &options, &frontend, &err), &err);
    if (status == EXIT_DONE && wishes.folder)
        status = make_folder(wishes.npy);
    if (status == EXIT_DONE && wishes.folder)
        status = make_folder(wishes.png);
    if (status == EXIT_DONE)
        status = do_files(args, &wishes, frontend);
    ltrec_frontend_free(frontend);
    ltrec_context_free(ctx);
    return status;
}

static const struct args_option options_of_mel[] = {
    {"preset", "P", "default, librosa, musicnn or cqt"},
    {"npy", "OUT", "write float32 [frames][bands]; of several files a folder"},
    {"png", "OUT", "draw the spectrogram; of several files a folder"},
    {"max-seconds", "N", "refuse longer files (default: 28800)"},
    {"json", NULL, "one JSON object a file"},
    {NULL, NULL, NULL},
};

const struct command command_mel = {
    .name = "mel",
    .summary =
        "log-mel or constant-Q rows of sound files, as arrays and pictures",
    .usage = "FILE... [--preset P] [--npy OUT] [--png OUT]",
    .options = options_of_mel,
    .writes = "npy png",
    .min_words = 1,
    .max_words = SIZE_MAX,
    .run = run,
};
