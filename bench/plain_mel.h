/*
 * plain_mel.h - log-mel as anybody would write it, around somebody's transform
 *
 * A frame at a time: window, transform, sparse filterbank, and a logarithm of
 * a few terms.  Included once for floats and once for doubles: REAL is which,
 * PLAIN(name) the name in that precision.  Rows are floats either way.
 */
#define plain PLAIN(plain)
#define plain_filter PLAIN(plain_filter)

struct plain_filter {
    size_t start, length;
    REAL *weights;
};

struct plain {
    size_t window, hop, bands, n_samples;
    const float *samples;
    REAL *shape;                  /* [window] Hann */
    struct plain_filter *filters; /* [bands] */
    REAL *frame, *power;
    REAL (*bins)[2];
    float *mel;

    /* One of the two: */
    void *kiss, *fftw; /* plans */
    void (*kiss_run)(void *plan, const REAL *in, REAL (*out)[2]);
    void (*fftw_run)(const void *plan);
};

static void PLAIN(make_filters)(struct plain *p, double rate)
{
    double top = 15 + log(rate / 2 / 1000) / (log(6.4) / 27);

    p->filters = calloc(p->bands, sizeof *p->filters);
    for (size_t b = 0; b < p->bands; b++) {
        struct plain_filter *f = &p->filters[b];
        double edge[3];

        for (size_t i = 0; i < 3; i++)
            edge[i] =
                slaney_hz(top * (double)(b + i) / (double)(p->bands + 1));
        f->weights = calloc(p->window / 2 + 1, sizeof *f->weights);
        for (size_t k = 0; k <= p->window / 2; k++) {
            double hz = (double)k * rate / (double)p->window;
            double height = fmin((hz - edge[0]) / (edge[1] - edge[0]),
                                 (edge[2] - hz) / (edge[2] - edge[1]));

            if (height <= 0)
                continue;
            if (f->length == 0)
                f->start = k;
            f->length = k - f->start + 1;
            f->weights[k - f->start] =
                (REAL)(height * 2 / (edge[2] - edge[0]));
        }
    }
}

static void PLAIN(frame)(struct plain *p, const float *samples, float *row)
{
    for (size_t i = 0; i < p->window; i++)
        p->frame[i] = (REAL)samples[i] * p->shape[i];
    if (p->fftw)
        p->fftw_run(p->fftw);
    else
        p->kiss_run(p->kiss, p->frame, p->bins);
    for (size_t k = 0; k <= p->window / 2; k++)
        p->power[k] =
            p->bins[k][0] * p->bins[k][0] + p->bins[k][1] * p->bins[k][1];
    for (size_t b = 0; b < p->bands; b++) {
        const struct plain_filter *f = &p->filters[b];
        const REAL *power = p->power + f->start;
        REAL sum = 0;

        for (size_t i = 0; i < f->length; i++)
            sum += f->weights[i] * power[i];
        row[b] = (float)sum;
    }
    for (size_t b = 0; b < p->bands; b++)
        row[b] = 10 * quick_log10(row[b] > 1e-10f ? row[b] : 1e-10f);
}

static void PLAIN(once)(void *state)
{
    struct plain *p = state;
    size_t n = 1 + (p->n_samples - p->window) / p->hop;

    for (size_t t = 0; t < n; t++)
        PLAIN(frame)(p, p->samples + t * p->hop, p->mel + t * p->bands);
}

/* Plans of KissFFT's or FFTW's, measured; 0 when it is not installed. */
static int PLAIN(plan_kiss)(struct plain *p, const char *library)
{
    void *(*make)(int, int, void *, size_t *);

    if (!find(library, "kiss_fftr_alloc", &make, sizeof make) ||
        !find(library, "kiss_fftr", &p->kiss_run, sizeof p->kiss_run))
        return 0;
    p->kiss = make((int)p->window, 0, NULL, NULL);
    return p->kiss != NULL;
}

static int PLAIN(plan_fftw)(struct plain *p, const char *library,
                            const char *make_name, const char *run_name)
{
    void *(*make)(int, REAL *, void *, unsigned);

    if (!find(library, make_name, &make, sizeof make) ||
        !find(library, run_name, &p->fftw_run, sizeof p->fftw_run))
        return 0;
    p->fftw = make((int)p->window, p->frame, p->bins, 0 /* measure */);
    return p->fftw != NULL;
}

static void PLAIN(init)(struct plain *p, const struct shape *shape,
                        const float *samples, size_t n)
{
    size_t bins = shape->window / 2 + 1;

    p->window = shape->window;
    p->hop = shape->hop;
    p->bands = shape->bands;
    p->samples = samples;
    p->n_samples = n;
    p->shape = malloc(p->window * sizeof *p->shape);
    p->frame = aligned_alloc(64, p->window * sizeof *p->frame);
    p->bins = aligned_alloc(64, (bins + 7) / 8 * 8 * sizeof *p->bins);
    p->power = malloc(bins * sizeof *p->power);
    p->mel = malloc((p->n_samples / p->hop + 1) * p->bands * sizeof *p->mel);
    if (!p->shape || !p->frame || !p->bins || !p->power || !p->mel)
        abort();
    for (size_t i = 0; i < p->window; i++)
        p->shape[i] =
            (REAL)(0.5 - 0.5 * cos(TWO_PI * (double)i / (double)p->window));
    PLAIN(make_filters)(p, shape->rate_hz);
}

static void PLAIN(clear)(struct plain *p)
{
    for (size_t b = 0; b < p->bands; b++)
        free(p->filters[b].weights);
    free(p->filters);
    free(p->shape);
    free(p->frame);
    free(p->bins);
    free(p->power);
    free(p->mel);
    free(p->kiss);
}

#undef plain
#undef plain_filter
#undef PLAIN
#undef REAL
