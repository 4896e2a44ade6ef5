#!/usr/bin/env python3
"""How alike the factors of one recording are, whatever it was encoded with.

    bench/codecs.py MODEL SOUND...

Each sound's first 40 seconds become a WAV of 44.1 kHz and, from that, by
ffmpeg, files of other formats.  `ltrec scan --model MODEL` listens to all; a
line has a format, the cosines of its factors with those of the WAV (median,
least, how many are below 0.999), and the mean difference of its rows' levels,
in dB, in the lower half of the bands, in the upper half and in the highest 16.
Needs numpy and ffmpeg.
"""
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

import numpy

LTREC = pathlib.Path(__file__).parents[1] / "build" / "ltrec"
FORMATS = [
    ("FLAC", "flac", []),
    ("WAV, mono", "wav", ["-ac", "1"]),
    ("WAV, 48 kHz", "wav", ["-ar", "48000"]),
    ("WAV, 96 kHz", "wav", ["-ar", "96000"]),
    ("MP3 320 kbit/s", "mp3", ["-b:a", "320k"]),
    ("MP3 192 kbit/s", "mp3", ["-b:a", "192k"]),
    ("MP3 128 kbit/s", "mp3", ["-b:a", "128k"]),
    ("Vorbis q5", "ogg", ["-c:a", "libvorbis", "-q:a", "5"]),
    ("Vorbis q3", "ogg", ["-c:a", "libvorbis", "-q:a", "3"]),
    ("Opus 128 kbit/s", "opus", ["-c:a", "libopus", "-b:a", "128k"]),
    ("Opus 96 kbit/s", "opus", ["-c:a", "libopus", "-b:a", "96k"]),
    ("AAC 128 kbit/s", "m4a", ["-c:a", "aac", "-b:a", "128k"]),
]


def encode(source, target, options):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *options,
                    target], check=True)


def name_of(i, format_number):
    return f"{i:03}-{format_number:02}"


def make_all(folder, sounds):
    for i, sound in enumerate(sounds):
        wav = folder / f"{name_of(i, 0)}.wav"
        encode(sound, wav, ["-t", "40", "-ar", "44100", "-ac", "2",
                            "-map_metadata", "-1"])
        for k, (_, ending, options) in enumerate(FORMATS, 1):
            encode(wav, folder / f"{name_of(i, k)}.{ending}", options)


def scan(folder, model):
    """Factors and levels by the beginning of the name."""
    catalog = folder / "all.db"
    subprocess.run([LTREC, "scan", folder, "--catalog", catalog, "--model",
                    model, "--quiet", "--mels", "16"], check=True)
    heard = {}
    rows = sqlite3.connect(catalog).execute(
        "SELECT id, path, factor FROM tracks WHERE status = 'ok'").fetchall()
    mels = sqlite3.connect(folder / "all.mels")
    for track, path, factor in rows:
        bits, bands, low, step, numbers = mels.execute(
            "SELECT bits, bands, low, step, numbers FROM mels "
            "WHERE track = ?", (track,)).fetchone()
        levels = numpy.frombuffer(numbers, f"<u{bits // 8}").astype(float)
        heard[pathlib.Path(bytes(path).decode()).stem] = (
            numpy.frombuffer(factor, "<f4"),
            low + step * levels.reshape(-1, bands))
    return heard


def cosine(a, b):
    return float(a @ b / numpy.sqrt((a @ a) * (b @ b)))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sounds = sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_all(folder, sounds)
        heard = scan(folder, sys.argv[1])
    print("format,median,least,below 0.999,low bands,high bands,highest 16")
    for k, (called, _, _) in enumerate(FORMATS, 1):
        pairs = [(heard[name_of(i, 0)], heard[name_of(i, k)])
                 for i in range(len(sounds))]
        cosines = [cosine(a[0], b[0]) for a, b in pairs]
        apart = numpy.mean([numpy.abs(a[1][:n] - b[1][:n]).mean(axis=0)
                            for a, b in pairs
                            for n in [min(len(a[1]), len(b[1]))]], axis=0)
        half = len(apart) // 2
        print(f"{called},{numpy.median(cosines):.5f},{min(cosines):.5f},"
              f"{sum(c < 0.999 for c in cosines)},{apart[:half].mean():.2f},"
              f"{apart[half:].mean():.2f},{apart[-16:].mean():.2f}",
              flush=True)


if __name__ == "__main__":
    main()
