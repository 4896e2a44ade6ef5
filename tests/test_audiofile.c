/*
 * test_audiofile.c - sound files in and out
 */
#include "check_run.h"

#include <math.h>
#include <string.h>

#include <sndfile.h>

#include "../tools/audiofile.h"
#include "temp_file.h"

#define RATE 22050
#define FRAMES 30000

static ltrec_error err;
static float tone[FRAMES * 2];

/* Two channels: a sine, and the same an octave higher and softer. */
static void make_tone(void)
{
    for (int i = 0; i < FRAMES; i++) {
        tone[2 * i] = (float)(0.5 * sin(i * 0.1));
        tone[2 * i + 1] = (float)(0.25 * sin(i * 0.2));
    }
}

/* Write `tone` in a format of libsndfile; 0 when this build has it not. */
static int write_as(const char *path, int format, const float *pcm)
{
    SF_INFO info = {.samplerate = RATE, .channels = 2, .format = format};
    SNDFILE *sound;

    if (!sf_format_check(&info))
        return 0;
    sound = sf_open(path, SFM_WRITE, &info);
    ck_assert_ptr_nonnull(sound);
    ck_assert_int_eq(sf_writef_float(sound, pcm, FRAMES), FRAMES);
    sf_close(sound);
    return 1;
}

START_TEST(every_format_is_decoded_to_what_was_put_in)
{
    static const struct {
        int format;
        double tolerance; /* root mean square */
    } forms[] = {
        {SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1e-4},
        {SF_FORMAT_WAV | SF_FORMAT_PCM_24, 1e-6},
        {SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0},
        {SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6},
        {SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 1e-4},
        {SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.05},
        {SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 0.05},
    };

    make_tone();
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct temp_file file = temp_file_of("");
        uint32_t channels, rate;
        size_t n;
        float *pcm;
        double sum = 0;
        int mp3 = (forms[i].format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;

        ck_assert(write_as(file.path, forms[i].format, tone));
        ck_assert_msg(audiofile_load(file.path, 60, &pcm, &n, &channels, &rate,
                                     &err) == LTREC_OK,
                      "%s", err.message);
        ck_assert(channels == 2 && rate == RATE);
        ck_assert_uint_ge(n, FRAMES);
        ck_assert_uint_le(n, FRAMES + (mp3 ? 4000 : 0));
        for (size_t j = 0; j < FRAMES * 2; j++)
            sum += pow((double)pcm[j] - (double)tone[j], 2);
        ck_assert_double_le(sqrt(sum / FRAMES / 2), forms[i].tolerance);
        free(pcm);
        temp_file_remove(&file);
    }
}
END_TEST

START_TEST(samples_that_are_not_finite_are_refused_with_their_place)
{
    struct temp_file file = temp_file_of("");
    uint32_t channels, rate;
    size_t n;
    float *pcm;

    make_tone();
    tone[2 * 22050 + 1] = NAN;
    ck_assert(write_as(file.path, SF_FORMAT_WAV | SF_FORMAT_FLOAT, tone));
    ck_assert_int_eq(
        audiofile_load(file.path, 60, &pcm, &n, &channels, &rate, &err),
        LTREC_ERR_FORMAT);
    ck_assert_ptr_null(pcm);
    ck_assert_ptr_nonnull(
        strstr(err.message, "at 1.000 s (frame 22050, channel 2)"));
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_file_longer_than_allowed_is_refused)
{
    struct temp_file file = temp_file_of("");
    uint32_t channels, rate;
    size_t n;
    float *pcm;

    make_tone();
    ck_assert(write_as(file.path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, tone));
    ck_assert_int_eq(
        audiofile_load(file.path, 1, &pcm, &n, &channels, &rate, &err),
        LTREC_ERR_CAPACITY);
    ck_assert_ptr_null(pcm);
    temp_file_remove(&file);
}
END_TEST

START_TEST(a_header_that_lies_about_its_length_is_not_believed)
{
    /* A WAV file whose data chunk claims 4 GB and holds four samples. */
    static const unsigned char lie[] = {
        'R', 'I', 'F',  'F',  0xff, 0xff, 0xff, 0xff, 'W',  'A',  'V',
        'E', 'f', 'm',  't',  ' ',  16,   0,    0,    0,    1,    0,
        1,   0,   0x44, 0xac, 0,    0,    0x88, 0x58, 1,    0,    2,
        0,   16,  0,    'd',  'a',  't',  'a',  0xf0, 0xff, 0xff, 0xff,
        0,   64,  0,    192,  0,    64,   0,    192};
    struct temp_file file = temp_file_with(lie, sizeof lie);
    uint32_t channels, rate;
    size_t n;
    float *pcm;

    ck_assert_int_eq(
        audiofile_load(file.path, 60, &pcm, &n, &channels, &rate, &err),
        LTREC_OK);
    ck_assert_uint_eq(n, 4);
    ck_assert(pcm[0] == 0.5f && pcm[1] == -0.5f);
    free(pcm);
    temp_file_remove(&file);
}
END_TEST

START_TEST(what_is_no_sound_is_refused)
{
    static const char *const bytes[] = {
        "", "RIFF", "ID3", "fLaC", "OggS", "item\tartist\ttitle\n"};
    struct audiofile *file;

    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        struct temp_file temp = temp_file_of(bytes[i]);

        ck_assert_int_eq(audiofile_open(temp.path, &file, &err),
                         LTREC_ERR_FORMAT);
        ck_assert_ptr_null(file);
        temp_file_remove(&temp);
    }
    ck_assert_int_eq(audiofile_open("/tmp", &file, &err), LTREC_ERR_IO);
    ck_assert_int_eq(audiofile_open("/dev/null", &file, &err), LTREC_ERR_IO);
    ck_assert_int_eq(audiofile_open("/nowhere", &file, &err), LTREC_ERR_IO);
}
END_TEST

START_TEST(old_codecs_and_containers_are_refused)
{
    struct temp_file temp = temp_file_of("");
    struct audiofile *file;

    make_tone();
    ck_assert(write_as(temp.path, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, tone));
    ck_assert_int_eq(audiofile_open(temp.path, &file, &err), LTREC_ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "a coding that is not read"));
    ck_assert(write_as(temp.path, SF_FORMAT_CAF | SF_FORMAT_PCM_16, tone));
    ck_assert_int_eq(audiofile_open(temp.path, &file, &err), LTREC_ERR_FORMAT);
    temp_file_remove(&temp);
}
END_TEST

START_TEST(writing_rounds_and_clips)
{
    static const float pcm[] = {0, 1, -1, 2, -2, 0.25f, NAN};
    struct temp_file temp = temp_file_of("old");
    uint32_t channels, rate;
    size_t n;
    float *back;

    ck_assert_int_eq(audiofile_write(temp.path, pcm, 7, 1, RATE, NULL, &err),
                     LTREC_OK);
    ck_assert_int_eq(
        audiofile_load(temp.path, 60, &back, &n, &channels, &rate, &err),
        LTREC_OK);
    ck_assert(n == 7 && channels == 1 && rate == RATE);
    ck_assert_float_eq_tol(back[1], 1, 1e-4f);
    ck_assert_float_eq_tol(back[2], -1, 1e-4f);
    ck_assert(back[3] == back[1] && back[4] <= back[2]);
    ck_assert_float_eq_tol(back[5], 0.25f, 2e-5f);
    ck_assert(back[6] == 0.0f);
    free(back);
    temp_file_remove(&temp);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, every_format_is_decoded_to_what_was_put_in);
    tcase_add_test(tests,
                   samples_that_are_not_finite_are_refused_with_their_place);
    tcase_add_test(tests, a_file_longer_than_allowed_is_refused);
    tcase_add_test(tests, a_header_that_lies_about_its_length_is_not_believed);
    tcase_add_test(tests, what_is_no_sound_is_refused);
    tcase_add_test(tests, old_codecs_and_containers_are_refused);
    tcase_add_test(tests, writing_rounds_and_clips);
}

int main(void)
{
    return check_run("audiofile", add_tests);
}
