"""similar_tracks.py - add tracks, save, load and search

    LTREC_LIBRARY=/usr/local/lib/libltrec.so python3 similar_tracks.py
"""
import os
import tempfile

import ltrec

IDS = [101, 102, 103, 104]
FACTORS = [0.9, 0.1, 0.0,
           0.8, 0.3, 0.1,
           0.0, 0.2, 0.9,
           -0.5, 0.7, 0.2]


def main():
    ctx = ltrec.Context()
    index = ltrec.Index(ctx, dim=3)
    index.add(IDS, FACTORS)
    print("nearest to 101:")
    for track, similarity in index.search_id(101, 3):
        print("  %d  %6.3f" % (track, similarity))

    # A refused batch leaves the index as it was, and says which row it was.
    try:
        index.add([105, 106], [1, 2, 3, 0, 0, 0])
    except ltrec.Error as error:
        print("refused:", error)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "tracks.index")
        index.save(path)
        loaded = ltrec.Index(ctx, path=path)
    (track, similarity), = loaded.search([0, 0.3, 1], 1)
    print("of %d loaded, nearest to (0, 0.3, 1):" % len(loaded))
    print("  %d  %6.3f" % (track, similarity))


main()
