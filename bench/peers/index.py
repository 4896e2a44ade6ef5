#!/usr/bin/env python3
"""Searches of ours beside those of faiss, hnswlib and usearch, in one run.

    bench/peers/index.py [--tracks N] [--dim DIM] [--factors F.npy] [--only WORDS]
                         [clusters|spectrum|factors]...

One thread, cosine, the ten nearest, 100,000 tracks if not told.  Vectors are normal with a variance that falls as i^-0.7; with
`clusters` 200 centres, one for 500 tracks when there are more.  `factors` are
rows of F.npy, a tenth of which are the queries.  Each round times every index
once, so that all see the same machine; a line has the median of a query, in
milliseconds of the processor, and the part of the exact answers that was
found.  What has a knob gets the smallest value of those tried that finds 0.99
of the exact answers to the queries; ours is told 0.99 and measures by itself.
A peer that is not installed is skipped, and so are those whose name has none
of the comma-separated WORDS.
"""
import argparse
import ctypes
import pathlib
import statistics
import sys
import time

import numpy

K = 10
GOAL = 0.99
BATCHES = (1, 64, 1024)
ALONE = 32  # single queries a round
ROUNDS = 9
LIBRARY = pathlib.Path(__file__).parents[2] / "build" / "libltrec.so"
KNOBS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


def size(value):
    return ctypes.c_size_t(value)


class ContextOptions(ctypes.Structure):
    """ltrec_context_options."""
    _fields_ = [("size", ctypes.c_size_t), ("allocate", ctypes.c_void_p),
                ("release", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("threads", ctypes.c_uint32), ("kernels", ctypes.c_int32)]


class IndexOptions(ctypes.Structure):
    """ltrec_index_options."""
    _fields_ = [("size", ctypes.c_size_t), ("reserve", ctypes.c_size_t),
                ("model_id", ctypes.c_uint64), ("recall", ctypes.c_double)]


class Ours:
    """An ltrec_index of the kernel set `kernels`."""

    def __init__(self, tracks, kernels, recall, lists):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.ctx = ctypes.c_void_p()
        self.index = ctypes.c_void_p()
        context = ContextOptions()
        options = IndexOptions()
        self.lib.ltrec_context_options_init(ctypes.byref(context),
                                            size(ctypes.sizeof(context)))
        self.lib.ltrec_index_options_init(ctypes.byref(options),
                                          size(ctypes.sizeof(options)))
        context.kernels = kernels
        options.recall = recall
        options.reserve = len(tracks)
        ids = numpy.arange(len(tracks), dtype=numpy.uint64)
        self.check(self.lib.ltrec_context_create(
            ctypes.byref(context), ctypes.byref(self.ctx), None))
        self.check(self.lib.ltrec_index_create(
            self.ctx, size(tracks.shape[1]), ctypes.byref(options),
            ctypes.byref(self.index), None))
        self.check(self.lib.ltrec_index_add(
            self.index, size(len(tracks)), pointer(ids), pointer(tracks),
            None))
        if lists:
            self.check(self.lib.ltrec_index_compact(self.index, None, None))

    def __del__(self):
        self.lib.ltrec_index_free(self.index)
        self.lib.ltrec_context_free(self.ctx)

    @staticmethod
    def check(status):
        if status != 0:
            sys.exit(f"libltrec: status {status}")

    def search(self, queries):
        ids = numpy.empty((len(queries), K), dtype=numpy.uint64)
        found = numpy.empty((len(queries), K), dtype=numpy.float32)
        counts = numpy.empty(len(queries), dtype=numpy.uintp)
        if len(queries) == 1:
            self.check(self.lib.ltrec_index_search(
                self.index, pointer(queries), size(K), pointer(ids),
                pointer(found), pointer(counts)))
        else:
            self.check(self.lib.ltrec_index_search_batch(
                self.index, size(len(queries)), pointer(queries), size(K),
                pointer(ids), pointer(found), pointer(counts), None))
        return ids


def aim(name, turn, search, queries, truth):
    """Turn the knob to the first value that finds enough."""
    for value in KNOBS:
        turn(value)
        if recall(search(queries), truth) >= GOAL:
            break
    print(f"# {name}: {value}", flush=True)
    return search


def faiss_flat(tracks, queries, truth):
    import faiss
    flat = faiss.IndexFlatIP(tracks.shape[1])
    flat.add(tracks)
    return lambda q: flat.search(q, K)[1]


def faiss_graph(tracks, queries, truth):
    import faiss
    graph = faiss.IndexHNSWFlat(tracks.shape[1], 16,
                                faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 200
    graph.add(tracks)

    def turn(value):
        graph.hnsw.efSearch = value
    return aim("faiss HNSW16 efSearch", turn,
               lambda q: graph.search(q, K)[1], queries, truth)


def faiss_lists(tracks, queries, truth):
    import faiss
    lists = int(2 * len(tracks) ** 0.5)
    flat = faiss.IndexFlatIP(tracks.shape[1])
    index = faiss.IndexIVFFlat(flat, tracks.shape[1], lists,
                               faiss.METRIC_INNER_PRODUCT)
    index.train(tracks)
    index.add(tracks)

    def turn(value):
        index.nprobe = value
    return aim("faiss IVF nprobe", turn, lambda q: index.search(q, K)[1],
               queries, truth)


def hnswlib_graph(tracks, queries, truth):
    import hnswlib
    graph = hnswlib.Index(space="ip", dim=tracks.shape[1])
    graph.init_index(len(tracks), M=16, ef_construction=200, random_seed=1)
    graph.set_num_threads(1)
    graph.add_items(tracks)
    return aim("hnswlib ef", graph.set_ef,
               lambda q: graph.knn_query(q, k=K)[0], queries, truth)


def usearch_graph(tracks, queries, truth):
    from usearch.index import Index
    graph = Index(ndim=tracks.shape[1], metric="ip", dtype="f32",
                  connectivity=16, expansion_add=200)
    graph.add(numpy.arange(len(tracks)), tracks, threads=1)

    def turn(value):
        graph.expansion_search = value
    return aim("usearch expansion", turn,
               lambda q: graph.search(q, K, threads=1).keys.reshape(-1, K),
               queries, truth)


def ours(kernels, goal, lists):
    return lambda tracks, queries, truth: Ours(tracks, kernels, goal,
                                               lists).search


MAKERS = {
    "ltrec exact, no lists": ours(0, 1.0, False),
    "ltrec exact": ours(0, 1.0, True),
    "ltrec 0.99": ours(0, GOAL, True),
    "ltrec avx2 exact, no lists": ours(2, 1.0, False),
    "ltrec avx2 0.99": ours(2, GOAL, True),
    "faiss IndexFlatIP": faiss_flat,
    "faiss IVF": faiss_lists,
    "faiss HNSW16": faiss_graph,
    "hnswlib": hnswlib_graph,
    "usearch": usearch_graph,
}


def unit(vectors):
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return numpy.ascontiguousarray(vectors, dtype=numpy.float32)


def draw(random, n, dim, centres):
    vectors = random.standard_normal((n, dim), dtype=numpy.float32)
    vectors *= numpy.arange(1, dim + 1, dtype=numpy.float32) ** -0.35
    if centres is not None:
        of = random.integers(len(centres), size=n)
        for at in range(0, n, 1 << 16):  # 5 M tracks fit in memory, once
            part = vectors[at:at + (1 << 16)]
            part[:] = 0.6 * part + centres[of[at:at + (1 << 16)]]
    return unit(vectors)


def data_of(kind, args):
    random = numpy.random.default_rng(1)
    if kind == "factors":
        rows = numpy.load(args.factors).astype(numpy.float32)
        rows = unit(rows[numpy.linalg.norm(rows, axis=1) > 0])
        order = random.permutation(len(rows))
        n = min(len(rows) // 10, max(BATCHES))
        return rows[order[n:]], rows[order[:n]]
    n = args.tracks
    centres = None
    if kind == "clusters":
        centres = draw(random, max(200, n // 500), args.dim, None) * 4
    return (draw(random, n, args.dim, centres),
            draw(random, max(BATCHES), args.dim, centres))


def recall(found, truth):
    return statistics.mean(
        len(set(map(int, a)) & set(map(int, b))) / K
        for a, b in zip(found, truth))


def built(args, tracks, queries, truth):
    searches = {}
    for name, make in MAKERS.items():
        if args.only and not any(w in name for w in args.only.split(",")):
            continue
        start = time.process_time()
        try:
            searches[name] = make(tracks, queries, truth)
        except ImportError:
            print(f"# {name}: skipped, not installed")
            continue
        print(f"# {name}: ready after {time.process_time() - start:.2f} s",
              flush=True)
    return searches


def measure(kind, args):
    tracks, queries = data_of(kind, args)
    truth = Ours(tracks, 0, 1.0, False).search(queries)
    searches = built(args, tracks, queries, truth)
    for batch in BATCHES:
        times = {name: [] for name in searches}
        rights = {name: [] for name in searches}
        for i in range(ROUNDS):
            n = min(max(batch, ALONE), len(queries))
            first = i * n % max(1, len(queries) - n + 1)
            for name, search in searches.items():
                start = time.process_time()
                found = [search(queries[at:at + batch])
                         for at in range(first, first + n, batch)]
                times[name].append((time.process_time() - start) / n)
                rights[name].append(recall(numpy.concatenate(found),
                                           truth[first:first + n]))
        for name, taken in times.items():
            print(f"{kind},{len(tracks)},{name},{batch},"
                  f"{statistics.median(taken) * 1e3:.4f},"
                  f"{statistics.mean(rights[name]):.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("kinds", nargs="*", default=["clusters", "spectrum"])
    parser.add_argument("--tracks", type=int, default=100000)
    parser.add_argument("--dim", type=int, default=200)
    parser.add_argument("--factors")
    parser.add_argument("--only")
    args = parser.parse_args()
    try:
        import faiss
        faiss.omp_set_num_threads(1)
    except ImportError:
        pass
    print("data,tracks,name,batch,ms_per_query,recall")
    for kind in args.kinds:
        measure(kind, args)


if __name__ == "__main__":
    main()
