"""predict.py - a place for a track that nobody has played

Reads the model that examples/04_train_and_predict.c wrote:

    python3 predict.py tiny.model acoustic sung
"""
import sys

import ltrec


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    path, *attributes = sys.argv[1:]
    ctx = ltrec.Context()
    predictor = ltrec.Predictor(ctx, ltrec.Model(ctx, path))
    index = ltrec.Index(ctx, predictor.model.rank)

    # A small catalogue of what each single attribute would sound like.
    names = predictor.attributes
    for i, name in enumerate(names):
        factor, _ = predictor.run({name: 1})
        index.add([i], factor)

    factor, confidence = predictor.run({name: 1 for name in attributes})
    print("%s: confidence %.2f" % (" and ".join(attributes), confidence))
    for i, similarity in index.search(factor, len(names)):
        print("  %6.3f  %s" % (similarity, names[i]))


main()
