#!/usr/bin/env python3
"""Log-mel of ours beside that of librosa and kaldi-native-fbank, in one run.

    bench/peers/mel.py [WAV ...]

Speed: a minute of noise at 22.05 kHz, already at the rate worked at, one
thread, by the processor's time.  Each round times every one once; a line has
the median, and how many times as long as ours with AVX-512 it takes.
kaldi-native-fbank cannot do a window of 2048 at 22.05 kHz without padding, so
that it gets 92.88 ms, which is that.

Closeness: files of WAV, mixed to one channel, without resampling them first
where they have the rate of the preset.  A line has the largest difference of
power, where it exceeds 1e-8 of the track's largest, and of the level.  Of
constant-Q rows it has the difference of power, in dB, that half, 99 % and all
of them do not exceed; there a second of silence goes before and after the file,
because librosa drops what its resampler makes outside of the sound.
"""
import ctypes
import os
import pathlib
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy

try:
    import librosa
except ImportError:
    librosa = None
try:
    import kaldi_native_fbank as kaldi
except ImportError:
    kaldi = None

RATE = 22050
SECONDS = 60
ROUNDS = 9
LIBRARY = pathlib.Path(__file__).parents[2] / "build" / "libltrec.so"


class ContextOptions(ctypes.Structure):
    """ltrec_context_options."""
    _fields_ = [("size", ctypes.c_size_t), ("allocate", ctypes.c_void_p),
                ("release", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("threads", ctypes.c_uint32), ("kernels", ctypes.c_int32)]


class FrontendOptions(ctypes.Structure):
    """ltrec_frontend_options."""
    _fields_ = [("size", ctypes.c_size_t)] + [
        (name, ctypes.c_uint32) for name in ("rate_hz", "window", "hop",
                                             "bands")] + [
        ("fmin_hz", ctypes.c_float), ("fmax_hz", ctypes.c_float)] + [
        (name, ctypes.c_int32) for name in ("scale", "norm", "centred",
                                            "level", "reference")] + [
        ("floor_db", ctypes.c_float), ("amin", ctypes.c_float),
        ("resampler", ctypes.c_int32), ("precision", ctypes.c_int32),
        ("transform", ctypes.c_int32), ("bands_per_octave", ctypes.c_uint32)]


class Ours:
    """A front end of a kernel set, 0 for the best."""

    def __init__(self, preset, kernels=0, precision=0, level=None):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.lib.ltrec_frontend_rows.restype = ctypes.c_size_t
        self.ctx = ctypes.c_void_p()
        self.frontend = ctypes.c_void_p()
        options = ContextOptions()
        self.lib.ltrec_context_options_init(
            ctypes.byref(options), ctypes.c_size_t(ctypes.sizeof(options)))
        options.kernels = kernels
        if self.lib.ltrec_context_create(ctypes.byref(options),
                                         ctypes.byref(self.ctx), None) != 0:
            raise OSError("not on this machine")
        shape = FrontendOptions()
        self.lib.ltrec_frontend_options_preset(
            ctypes.byref(shape), ctypes.c_size_t(ctypes.sizeof(shape)),
            preset.encode())
        shape.precision = precision
        shape.level = shape.level if level is None else level
        self.bands = shape.bands
        if self.lib.ltrec_frontend_create(self.ctx, ctypes.byref(shape),
                                          ctypes.byref(self.frontend),
                                          None) != 0:
            raise OSError("no front end")

    def rows(self, samples, rate):
        n = self.lib.ltrec_frontend_rows(self.frontend, ctypes.c_uint32(rate),
                                         ctypes.c_uint64(len(samples)))
        mel = numpy.empty((n, self.bands), dtype=numpy.float32)
        given = ctypes.c_size_t()
        status = self.lib.ltrec_frontend_mel(
            self.frontend, ctypes.c_uint32(rate), ctypes.c_uint32(1),
            ctypes.c_void_p(samples.ctypes.data),
            ctypes.c_size_t(len(samples)), ctypes.c_void_p(mel.ctypes.data),
            ctypes.c_size_t(n), ctypes.byref(given), None)
        assert status == 0 and given.value == n, status
        return mel


# ---- Speed -------------------------------------------------------------------


def by_librosa(samples):
    return librosa.power_to_db(librosa.feature.melspectrogram(
        y=samples, sr=RATE, n_fft=2048, hop_length=512, n_mels=128))


def by_librosa_in_doubles(samples):
    return by_librosa(samples.astype(numpy.float64))


def cqt_by_librosa(samples):
    return librosa.amplitude_to_db(numpy.abs(librosa.cqt(
        samples, sr=RATE, hop_length=1024, n_bins=96)), ref=numpy.max)


def by_kaldi(samples):
    options = kaldi.FbankOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.frame_length_ms = 2048 / RATE * 1000
    options.frame_opts.frame_shift_ms = 512 / RATE * 1000
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hann"
    options.mel_opts.num_bins = 128
    options.mel_opts.low_freq = 0
    fbank = kaldi.OnlineFbank(options)
    fbank.accept_waveform(RATE, samples)
    fbank.input_finished()
    return fbank.num_frames_ready


def race(preset, others):
    """A table of ours with each kernel set beside the others, by name."""
    random = numpy.random.default_rng(1)
    samples = random.uniform(-0.5, 0.5, RATE * SECONDS).astype(numpy.float32)
    runs = {}
    for name, kernels in (("avx512", 3), ("avx2", 2), ("portable", 1)):
        for precision in (0, 1):
            try:
                ours = Ours(preset, kernels, precision)
            except OSError:
                continue
            runs[f"ltrec {name}{' single' if precision else ''}"] = (
                lambda x, ours=ours: ours.rows(x, RATE))
    runs.update(others)
    times = {name: [] for name in runs}
    for i in range(ROUNDS + 1):
        for name, run in runs.items():
            start = time.process_time()
            run(samples)
            if i > 0:
                times[name].append(time.process_time() - start)
    first = statistics.median(next(iter(times.values())))
    print("name,milliseconds,times_ours")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name},{median * 1e3:.2f},{median / first:.1f}")


# ---- Closeness ---------------------------------------------------------------


def compare(path):
    shapes = {"librosa": (22050, 2048, 512, 128),
              "musicnn": (16000, 512, 256, 96)}
    for preset, (rate, window, hop, bands) in shapes.items():
        samples = librosa.load(path, sr=rate, mono=True)[0]
        samples = numpy.ascontiguousarray(samples, dtype=numpy.float32)
        theirs = librosa.feature.melspectrogram(
            y=samples.astype(numpy.float64), sr=rate, n_fft=window,
            hop_length=hop, n_mels=bands).T
        level = (librosa.power_to_db(theirs) if preset == "librosa"
                 else numpy.log10(1 + 10000 * theirs))
        power = Ours(preset, level=2).rows(samples, rate)
        heard = theirs > 1e-8 * theirs.max()
        print(f"{pathlib.Path(path).name},{preset},"
              f"{numpy.abs(power / theirs - 1)[heard].max():.1e},"
              f"{numpy.abs(Ours(preset).rows(samples, rate) - level).max():.1e}",
              flush=True)


def compare_cqt(path):
    sound = librosa.load(path, sr=RATE, mono=True)[0]
    samples = numpy.zeros(len(sound) + 2 * RATE, dtype=numpy.float32)
    samples[RATE:-RATE] = sound
    theirs = numpy.abs(librosa.cqt(samples, sr=RATE, hop_length=1024,
                                   n_bins=96)).T.astype(float) ** 2
    ours = Ours("cqt", level=2).rows(samples, RATE)
    heard = theirs > 1e-8 * theirs.max()
    apart = 10 * numpy.abs(numpy.log10(ours[heard] / theirs[heard]))
    print(f"{pathlib.Path(path).name},"
          f"{','.join(f'{q:.2g}' for q in numpy.quantile(apart, (.5, .99, 1)))}",
          flush=True)


def main():
    for name, module in (("librosa", librosa), ("kaldi-native-fbank", kaldi)):
        if not module:
            print(f"# {name}: skipped")
    race("librosa", {**({"librosa": by_librosa,
                         "librosa in doubles": by_librosa_in_doubles}
                        if librosa else {}),
                     **({"kaldi-native-fbank": by_kaldi} if kaldi else {})})
    race("cqt", {"librosa cqt": cqt_by_librosa} if librosa else {})
    if sys.argv[1:] and librosa:
        print("file,preset,power,level")
        for path in sys.argv[1:]:
            compare(path)
        print("file,median,at 99 %,most")
        for path in sys.argv[1:]:
            compare_cqt(path)


if __name__ == "__main__":
    main()
