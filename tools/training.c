/*
 * training.c - the options of training and of content tables
 */
#include "training.h"

#include <string.h>

#include "term.h"

/* How steps are made, and from where. */
static void learning_options(struct args *args, ltrec_train_options *o)
{
    static const char *const schedules[] = {"constant", "cosine", NULL};
    static const char *const paths[] = {"none", "mean", "ridge", NULL};
    static const char *const weights[] = {"plays", "trust", NULL};

    o->schedule =
        LTREC_SCHEDULE_CONSTANT +
        args_choice(args, "schedule", o->schedule - LTREC_SCHEDULE_CONSTANT,
                    schedules);
    o->warmup = (float)args_real(args, "warmup", (double)o->warmup, 0, 100000);
    o->decay = (float)args_real(args, "decay", (double)o->decay, 0, 100);
    o->average =
        (float)args_real(args, "average", (double)o->average, 0, 0.99999);
    o->linear =
        LTREC_LINEAR_NONE +
        args_choice(args, "linear", o->linear - LTREC_LINEAR_NONE, paths);
    o->weighing = LTREC_WEIGHING_PLAYS +
                  args_choice(args, "weigh",
                              o->weighing - LTREC_WEIGHING_PLAYS, weights);
    o->contrast =
        (float)args_real(args, "contrast", (double)o->contrast, 0, 10);
    o->temperature = (float)args_real(args, "temperature",
                                      (double)o->temperature, 0.01, 10);
}

/* What is done to the samples, and what else is learnt from them. */
static void augmenting_options(struct args *args, ltrec_train_options *o)
{
    o->mask = (float)args_real(args, "mask", (double)o->mask, 0, 0.99);
    o->mixup = (float)args_real(args, "mixup", (double)o->mixup, 0, 1);
    o->stripes = (uint32_t)args_integer(args, "stripes", o->stripes, 0, 10);
    o->soft_floor =
        (float)args_real(args, "soft-floor", (double)o->soft_floor, 0, 200);
    o->auxiliary =
        (float)args_real(args, "auxiliary", (double)o->auxiliary, 0, 100);
    o->distil = (float)args_real(args, "distil", (double)o->distil, 0, 1);
    o->unplayed = (int32_t)args_integer(args, "unplayed", o->unplayed, 0, 1);
}

void training_options(struct args *args, ltrec_train_options *options)
{
    ltrec_train_options_init(options, sizeof *options);
    training_wishes(args, options);
}

void training_wishes(struct args *args, ltrec_train_options *options)
{
    static const char *const networks[] = {"reference", "small", "flatten",
                                           NULL};
    ltrec_train_options *o = options;

    o->audio = LTREC_AUDIO_REFERENCE +
               args_choice(args, "network", o->audio - LTREC_AUDIO_REFERENCE,
                           networks);
    o->patch_seconds = (float)args_real(args, "patch-seconds",
                                        (double)o->patch_seconds, 0.1, 600);
    o->patches = (uint32_t)args_integer(args, "patches", o->patches, 1, 1000);
    o->hidden = (uint32_t)args_integer(args, "hidden", o->hidden, 0, 65536);
    o->dropout =
        (float)args_real(args, "dropout", (double)o->dropout, 0, 0.99);
    o->input_dropout = (float)args_real(args, "input-dropout",
                                        (double)o->input_dropout, 0, 0.99);
    o->fuse_dropout = (float)args_real(args, "fuse-dropout",
                                       (double)o->fuse_dropout, 0, 0.99);
    o->stack = (int32_t)args_integer(args, "stack", o->stack, 0, 1);
    o->epochs =
        (uint32_t)args_integer(args, "max-epochs", o->epochs, 1, 100000);
    o->patience =
        (uint32_t)args_integer(args, "patience", o->patience, 1, 100000);
    o->batch = (uint32_t)args_integer(args, "batch", o->batch, 0, 65536);
    o->rate = (float)args_real(args, "rate", (double)o->rate, 1e-9, 10);
    o->kappa = (float)args_real(args, "kappa", (double)o->kappa, 0, 1e9);
    learning_options(args, o);
    augmenting_options(args, o);
    o->precision = precision_wish(args, o->precision);
    o->progress = term_progress;
}

int32_t precision_wish(struct args *args, int32_t otherwise)
{
    static const char *const precisions[] = {"float32", "bf16", NULL};

    return LTREC_PRECISION_FLOAT32 +
           args_choice(args, "precision", otherwise - LTREC_PRECISION_FLOAT32,
                       precisions);
}

void precision_warn(const ltrec_context *ctx, int32_t wish)
{
    if (ltrec_context_precision(ctx, wish) != wish)
        term_warn("no units for bf16 here: float32 takes its place");
}

static const char *const branches[] = {"audio",  "mgp",  "mlg",   "genre",
                                       "artist", "head", "fusion"};
static const uint32_t bits[] = {LTREC_BRANCH_AUDIO,  LTREC_BRANCH_MGP,
                                LTREC_BRANCH_MLG,    LTREC_BRANCH_GENRE,
                                LTREC_BRANCH_ARTIST, LTREC_BRANCH_HEAD,
                                LTREC_BRANCH_FUSION};
#define FUSABLE 5 /* the first of them */

const char *training_branch(uint32_t branch)
{
    size_t i = 0;

    while (bits[i] != branch)
        i++;
    return branches[i];
}

uint32_t branches_wish(struct args *args, const char *option)
{
    const char *at = args_text(args, option, "");
    uint32_t wanted = 0;

    while (*at) {
        size_t length = strcspn(at, "+,"), i = 0;

        while (i < FUSABLE && (strlen(branches[i]) != length ||
                               strncmp(branches[i], at, length) != 0))
            i++;
        if (i == FUSABLE) {
            args_wrong(args,
                       "--%s %.60s: wanted some of audio, mgp, mlg, "
                       "genre and artist, joined by +",
                       option, at);
            return 0;
        }
        wanted |= bits[i];
        at += length + (at[length] != '\0');
    }
    return wanted;
}

size_t training_lessons(uint32_t wanted, int by_ear, int distils,
                        uint32_t lessons[TRAINING_LESSONS])
{
    static const uint32_t order[TRAINING_LESSONS] = {
        LTREC_BRANCH_MGP, LTREC_BRANCH_AUDIO, LTREC_BRANCH_HEAD,
        LTREC_BRANCH_MLG, LTREC_BRANCH_GENRE, LTREC_BRANCH_ARTIST};
    size_t n = 0;

    if ((wanted & LTREC_BRANCH_MLG) && by_ear)
        wanted |= LTREC_BRANCH_AUDIO | LTREC_BRANCH_HEAD;
    if ((wanted & LTREC_BRANCH_AUDIO) && distils)
        wanted |= LTREC_BRANCH_MGP;
    for (size_t i = 0; i < TRAINING_LESSONS; i++)
        if (wanted & order[i])
            lessons[n++] = order[i];
    return n;
}

static const char *const presets[] = {"default", "librosa", "musicnn", "cqt",
                                      NULL};

void tables_check(struct args *args)
{
    args_choice(args, "preset", 0, presets);
}

void tables_required(struct args *args)
{
    if (!args_has(args, "attributes") && !args_has(args, "machine") &&
        !args_has(args, "genres") && !args_has(args, "items") &&
        !args_has(args, "catalog"))
        args_wrong(args, "--attributes, --machine, --genres, --items or "
                         "--catalog is missing");
}

void branches_required(struct args *args, uint32_t wanted)
{
    if (wanted & LTREC_BRANCH_MGP)
        args_required(args, "attributes");
    if ((wanted & LTREC_BRANCH_GENRE) && !args_has(args, "genres") &&
        !args_has(args, "catalog"))
        args_wrong(args, "--genres or --catalog is missing");
    if ((wanted & LTREC_BRANCH_ARTIST) && !args_has(args, "items") &&
        !args_has(args, "catalog"))
        args_wrong(args, "--items or --catalog is missing");
}

struct content_table {
    const char *option;
    enum music_table table;
    uint32_t branch;
};

/* The branch whose vocabulary holds for a table; 0 for none.  A head knows
 * the attributes as well as MGP does. */
static uint32_t vocabulary_of(const struct content_table *t,
                              const ltrec_model *model, uint32_t anew)
{
    uint32_t has = model ? ltrec_model_branches(model) & ~anew : 0;

    if (has & t->branch)
        return t->branch;
    return t->table == MUSIC_ATTRIBUTES && anew != LTREC_BRANCH_MGP
               ? has & LTREC_BRANCH_HEAD
               : 0;
}

static int read_one(struct args *args, const struct content_table *t,
                    const ltrec_model *model, uint32_t anew,
                    struct music *music, ltrec_error *err)
{
    const char *path = args_text(args, t->option, NULL);
    uint32_t branch = vocabulary_of(t, model, anew);
    int status = LTREC_OK;

    if (path && model && anew == 0 &&
        !(ltrec_model_branches(model) & t->branch)) {
        term_warn("the model has no branch for --%s, which is left out",
                  t->option);
        return LTREC_OK;
    }
    if (branch)
        status = music_fix(music, t->table, model, branch, err);
    if (status == LTREC_OK && path)
        status = music_read_table(music, t->table, path,
                                  args_has(args, "skip-bad"), err);
    return status;
}

int tables_read(struct args *args, const ltrec_model *model, uint32_t anew,
                struct music *music, ltrec_error *err)
{
    static const struct content_table tables[] = {
        {"attributes", MUSIC_ATTRIBUTES, LTREC_BRANCH_MGP},
        {"genres", MUSIC_GENRES, LTREC_BRANCH_GENRE},
        {"machine", MUSIC_MACHINE, LTREC_BRANCH_MLG},
    };
    int status = LTREC_OK;

    if (args_has(args, "items"))
        status = music_read_items(music, args_text(args, "items", NULL),
                                  args_has(args, "skip-bad"), err);
    for (int i = 0; i < 3 && status == LTREC_OK; i++)
        status = read_one(args, &tables[i], model, anew, music, err);
    music->genre_tags =
        !args_has(args, "genres") &&
        (music->fixed[MUSIC_GENRES] || anew == LTREC_BRANCH_GENRE);
    return status;
}

int frontend_version(ltrec_context *ctx, const ltrec_frontend_options *options,
                     uint64_t *version, ltrec_error *err)
{
    ltrec_frontend *frontend;
    int status = ltrec_frontend_create(ctx, options, &frontend, err);

    if (status == LTREC_OK)
        *version = ltrec_frontend_version(frontend);
    ltrec_frontend_free(frontend);
    return status;
}

int model_frontend(ltrec_context *ctx, const ltrec_model *model,
                   const char *path, ltrec_frontend_options *options,
                   ltrec_error *err)
{
    uint64_t version = 0;
    int status = ltrec_model_frontend(model, options, sizeof *options);

    if (status != LTREC_OK)
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "%.100s: the model has no branch for sound", path);
    status = frontend_version(ctx, options, &version, err);
    if (status == LTREC_OK &&
        ltrec_model_check_features(model, version, NULL) != LTREC_OK)
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: the model learned from rows of mel that "
                           "another version of the front end made; train it "
                           "again",
                           path);
    return status;
}

int preset_agrees(ltrec_context *ctx, const char *preset,
                  const ltrec_frontend_options *made, const char *whose,
                  ltrec_error *err)
{
    ltrec_frontend_options options;
    uint64_t has = 0, wants = 0;
    int status;

    if (!preset)
        return LTREC_OK;
    ltrec_frontend_options_preset(&options, sizeof options, preset);
    status = frontend_version(ctx, made, &has, err);
    if (status == LTREC_OK)
        status = frontend_version(ctx, &options, &wants, err);
    if (status == LTREC_OK && has != wants)
        status =
            tool_fail(err, LTREC_ERR_MISMATCH,
                      "--preset %s: %s of another front end", preset, whose);
    return status;
}

/* Rows that were made otherwise than the model's are nonsense to it. */
static int use_catalog(struct args *args, ltrec_context *ctx,
                       const ltrec_frontend_options *wanted,
                       library_known known, void *user, int sound,
                       struct music *music, ltrec_error *err)
{
    const char *path = args_text(args, "catalog", NULL);
    uint64_t has = 0, wants = 0;
    int status = music_read_catalog(
        music, path, args_text(args, "items", NULL), sound, known, user, err);

    if (status == LTREC_OK && sound)
        status =
            preset_agrees(ctx, args_text(args, "preset", NULL),
                          &music->frontend, "the catalogue's rows are", err);
    if (status == LTREC_OK && sound && wanted) {
        status = frontend_version(ctx, &music->frontend, &has, err);
        if (status == LTREC_OK)
            status = frontend_version(ctx, wanted, &wants, err);
        if (status == LTREC_OK && has != wants)
            status = tool_fail(err, LTREC_ERR_MISMATCH,
                               "%.100s: its rows are of another front end "
                               "than the model's; scan with --model",
                               path);
    }
    return status;
}

int tables_listen(struct args *args, ltrec_context *ctx,
                  const ltrec_model *model, library_known known, void *user,
                  int sound, struct music *music, size_t *failed,
                  ltrec_error *err)
{
    int by_model =
        sound && model && (ltrec_model_branches(model) & LTREC_BRANCH_AUDIO);
    const char *preset = presets[args_choice(args, "preset", 0, presets)];
    const char *model_file =
        args_text(args, "model", args_text(args, "base", ""));
    ltrec_frontend_options frontend;
    int status = LTREC_OK;

    *failed = 0;
    ltrec_frontend_options_preset(&frontend, sizeof frontend, preset);
    if (by_model)
        status = model_frontend(ctx, model, model_file, &frontend, err);
    if (by_model && status == LTREC_OK)
        status = preset_agrees(ctx, args_text(args, "preset", NULL), &frontend,
                               "the model is", err);
    if (status != LTREC_OK)
        return status;
    if (args_has(args, "catalog"))
        return use_catalog(args, ctx, by_model ? &frontend : NULL, known, user,
                           sound, music, err);
    if (!sound)
        return LTREC_OK;
    if (!music_has_files(music))
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "sound needs --catalog, or --items with a column "
                         "'path' that names files");
    return music_read_sound(music, ctx, &frontend,
                            args_text(args, "items", NULL), failed, err);
}

int tables_agree(const struct music *music, const ltrec_factors *factors,
                 const char *path, const char *example, ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];
    size_t row;

    for (uint32_t item = 0; item < music_count(music); item++)
        if (ltrec_factors_find(factors, music_id(music, item), &row) ==
            LTREC_OK)
            return LTREC_OK;
    tool_short_name(shown, path);
    return tool_fail(err, LTREC_ERR_ARGUMENT,
                     "%s: none of its %zu items, such as '%.80s', is a track "
                     "of the tables or the catalogue",
                     shown, ltrec_factors_count(factors),
                     example ? example : "");
}
