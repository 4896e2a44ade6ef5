#!/usr/bin/env python3
"""Searches of ours beside those of faiss and hnswlib, in one run.

    bench/peers/index.py [TRACKS] [DIM] [clusters|spectrum]

One thread, cosine, the ten nearest.  Vectors are normal with a variance that
falls as i^-0.7, with `clusters` about 200 centres.  Each round times every
index once, so that all see the same machine; a line has the median of a query,
in milliseconds of the processor, and the part of faiss IndexFlatIP's answers
that was found.  hnswlib has M 16 and efConstruction 200, and takes the
smallest ef of those tried that finds 0.99.
"""
import ctypes
import pathlib
import statistics
import sys
import time

import faiss
import hnswlib
import numpy

K = 10
BATCHES = (1, 64, 1024)
ALONE = 32  # single queries a round
ROUNDS = 9
LIBRARY = pathlib.Path(__file__).parents[2] / "build" / "libltrec.so"


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


class ContextOptions(ctypes.Structure):
    """ltrec_context_options."""
    _fields_ = [("size", ctypes.c_size_t), ("allocate", ctypes.c_void_p),
                ("release", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("threads", ctypes.c_uint32), ("kernels", ctypes.c_int32)]


class Ours:
    """An ltrec_index of the kernel set `kernels`."""

    def __init__(self, tracks, kernels):
        self.lib = ctypes.CDLL(str(LIBRARY))
        self.ctx = ctypes.c_void_p()
        self.index = ctypes.c_void_p()
        options = ContextOptions()
        size = ctypes.c_size_t(ctypes.sizeof(options))
        self.lib.ltrec_context_options_init(ctypes.byref(options), size)
        options.kernels = kernels
        ids = numpy.arange(len(tracks), dtype=numpy.uint64)
        self.check(self.lib.ltrec_context_create(
            ctypes.byref(options), ctypes.byref(self.ctx), None))
        self.check(self.lib.ltrec_index_create(
            self.ctx, ctypes.c_size_t(tracks.shape[1]), None,
            ctypes.byref(self.index), None))
        self.check(self.lib.ltrec_index_add(
            self.index, ctypes.c_size_t(len(tracks)), pointer(ids),
            pointer(tracks), None))

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
                self.index, pointer(queries), ctypes.c_size_t(K),
                pointer(ids), pointer(found), pointer(counts)))
        else:
            self.check(self.lib.ltrec_index_search_batch(
                self.index, ctypes.c_size_t(len(queries)), pointer(queries),
                ctypes.c_size_t(K), pointer(ids), pointer(found),
                pointer(counts), None))
        return ids


def draw(random, n, dim, centres):
    vectors = random.standard_normal((n, dim), dtype=numpy.float32)
    vectors *= numpy.arange(1, dim + 1, dtype=numpy.float32) ** -0.35
    if centres is not None:
        vectors = 0.6 * vectors + centres[random.integers(len(centres),
                                                          size=n)]
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return numpy.ascontiguousarray(vectors, dtype=numpy.float32)


def recall(found, truth):
    return statistics.mean(
        len(set(map(int, a)) & set(map(int, b))) / K
        for a, b in zip(found, truth))


def built(name, build):
    start = time.perf_counter()
    index = build()
    print(f"# {name}: built in {time.perf_counter() - start:.2f} s",
          flush=True)
    return index


def graph_of(tracks):
    graph = hnswlib.Index(space="ip", dim=tracks.shape[1])
    graph.init_index(len(tracks), M=16, ef_construction=200, random_seed=1)
    graph.set_num_threads(1)
    graph.add_items(tracks)
    return graph


def aim(graph, queries, truth):
    """The smallest ef tried that finds 0.99."""
    for ef in (16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024):
        graph.set_ef(ef)
        if recall(graph.knn_query(queries, k=K)[0], truth) >= 0.99:
            break
    print(f"# hnswlib: ef {ef}")


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    dim = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    random = numpy.random.default_rng(1)
    centres = None
    if sys.argv[3:] != ["spectrum"]:
        centres = draw(random, 200, dim, None) * 4
    tracks = draw(random, n, dim, centres)
    queries = draw(random, max(BATCHES), dim, centres)
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(dim)
    flat.add(tracks)
    truth = flat.search(queries, K)[1]
    graph = built("hnswlib", lambda: graph_of(tracks))
    aim(graph, queries, truth)
    searches = {
        "ltrec": built("ltrec", lambda: Ours(tracks, 0)).search,
        "ltrec avx2": Ours(tracks, 2).search,
        "faiss IndexFlatIP": lambda q: flat.search(q, K)[1],
        "hnswlib": lambda q: graph.knn_query(q, k=K)[0],
    }
    print("name,batch,ms_per_query,recall")
    for batch in BATCHES:
        times = {name: [] for name in searches}
        rights = {}
        for i in range(ROUNDS):
            first = i * max(batch, ALONE) % len(queries)
            last = first + max(batch, ALONE)
            for name, search in searches.items():
                start = time.process_time()
                found = [search(queries[at:at + batch])
                         for at in range(first, last, batch)]
                times[name].append((time.process_time() - start) /
                                   (last - first))
                rights.setdefault(name, []).append(
                    recall(numpy.concatenate(found), truth[first:last]))
        for name, taken in times.items():
            print(f"{name},{batch},{statistics.median(taken) * 1e3:.4f},"
                  f"{statistics.mean(rights[name]):.4f}", flush=True)


if __name__ == "__main__":
    main()
