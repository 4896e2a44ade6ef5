"""ltrec.py - a small binding of libltrec, with nothing but ctypes

Enough to add tracks, search, and predict from a model file; what is missing
is bound in the same way.  Arrays are array.array('f') and ('Q'), or anything
else with a writable buffer of that type, such as a NumPy array: no data is
copied on the way in.  docs/ffi.md has the rules.

The library is looked for where $LTREC_LIBRARY says, then where the system
keeps its own.
"""
import array
import ctypes
import os
from ctypes import (POINTER, byref, c_char, c_char_p, c_double, c_float, c_int,
                    c_int32, c_size_t, c_uint32, c_uint64, c_void_p)

AUDIO, MGP, MLG, GENRE = 1, 2, 4, 8  # LTREC_BRANCH_... in ltrec/model.h

FLOATS = POINTER(c_float)
IDS = POINTER(c_uint64)


class ErrorRecord(ctypes.Structure):
    _fields_ = [("code", c_int32), ("message", c_char * 252)]


class Track(ctypes.Structure):
    """struct ltrec_track."""
    _fields_ = [("size", c_size_t), ("mel", FLOATS), ("n_frames", c_size_t),
                ("attributes", FLOATS), ("machine", FLOATS),
                ("genres", FLOATS), ("artist", FLOATS),
                ("artist_tracks", c_uint32), ("album", c_uint64),
                ("released", c_uint64), ("recording", c_uint64),
                ("artist_length", c_double)]


class FrontendOptions(ctypes.Structure):
    """The beginning of struct ltrec_frontend_options."""
    _fields_ = [("size", c_size_t), ("rate_hz", c_uint32),
                ("window", c_uint32), ("hop", c_uint32), ("bands", c_uint32)]


class Error(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# A function returns a status, or what stands before its name here.
ERR = POINTER(ErrorRecord)
OUT = POINTER(c_void_p)
PROTOTYPES = {
    "version": (c_char_p,),
    "status_name": (c_char_p, c_int),
    "context_create": (c_int, c_void_p, OUT, ERR),
    "context_free": (None, c_void_p),
    "index_create": (c_int, c_void_p, c_size_t, c_void_p, OUT, ERR),
    "index_load": (c_int, c_void_p, c_char_p, OUT, ERR),
    "index_save": (c_int, c_void_p, c_char_p, ERR),
    "index_free": (None, c_void_p),
    "index_count": (c_size_t, c_void_p),
    "index_dim": (c_size_t, c_void_p),
    "index_add": (c_int, c_void_p, c_size_t, IDS, FLOATS, ERR),
    "index_search": (c_int, c_void_p, FLOATS, c_size_t, IDS, FLOATS,
                     POINTER(c_size_t)),
    "index_search_id": (c_int, c_void_p, c_uint64, c_size_t, c_void_p, IDS,
                        FLOATS, POINTER(c_size_t)),
    "model_load": (c_int, c_void_p, c_char_p, OUT, ERR),
    "model_free": (None, c_void_p),
    "model_length": (c_float, c_void_p, POINTER(Track)),
    "model_rank": (c_size_t, c_void_p),
    "model_branches": (c_uint32, c_void_p),
    "model_frontend": (c_int, c_void_p, POINTER(FrontendOptions), c_size_t),
    "model_vocabulary": (c_size_t, c_void_p, c_uint32),
    "model_name": (c_char_p, c_void_p, c_uint32, c_size_t),
    "track_init": (None, POINTER(Track), c_size_t),
    "predictor_create": (c_int, c_void_p, c_void_p, c_void_p, OUT, ERR),
    "predictor_free": (None, c_void_p),
    "predictor_run": (c_int, c_void_p, POINTER(Track), FLOATS, FLOATS, ERR),
}


def _load():
    try:
        lib = ctypes.CDLL(os.environ.get("LTREC_LIBRARY", "libltrec.so.0.1"))
    except OSError as error:
        raise ImportError("%s; LTREC_LIBRARY may name it" % error) from None
    for name, (result, *arguments) in PROTOTYPES.items():
        function = getattr(lib, "ltrec_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


_lib = _load()


def version():
    return _lib.ltrec_version().decode()


def _call(name, *arguments):
    """For functions that end in an ltrec_error."""
    err = ErrorRecord()
    if getattr(_lib, "ltrec_" + name)(*arguments, byref(err)) != 0:
        raise Error(err.code, err.message.decode())


def _check(status):
    """For those that do not."""
    if status != 0:
        raise Error(status, _lib.ltrec_status_name(status).decode())


def _borrow(values, kind, pointer):
    """A pointer into `values`, and what has to live as long."""
    code = "f" if kind is c_float else "Q"
    try:
        view = memoryview(values)
    except TypeError:
        view = memoryview(array.array(code, values))
    if view.itemsize != ctypes.sizeof(kind) or not view.c_contiguous:
        raise TypeError("wanted a contiguous array of type '%s'" % code)
    flat = view.cast("B")
    buffer = (c_char * flat.nbytes).from_buffer(flat)
    return ctypes.cast(buffer, pointer), view.nbytes // view.itemsize, buffer


class _Object:
    """Holds a handle, and frees it in whatever order Python likes."""
    _free = ""

    def __init__(self):
        self._handle = c_void_p()

    def __del__(self):
        if getattr(self, "_handle", None):
            getattr(_lib, "ltrec_" + self._free)(self._handle)


class Context(_Object):
    _free = "context_free"

    def __init__(self):
        super().__init__()
        _call("context_create", None, byref(self._handle))


class Index(_Object):
    _free = "index_free"

    def __init__(self, ctx, dim=None, path=None):
        super().__init__()
        if path is not None:
            _call("index_load", ctx._handle, os.fsencode(path),
                  byref(self._handle))
        else:
            _call("index_create", ctx._handle, dim, None, byref(self._handle))
        self.dim = _lib.ltrec_index_dim(self._handle)

    def __len__(self):
        return _lib.ltrec_index_count(self._handle)

    def add(self, ids, vectors):
        """vectors: len(ids) * dim floats, row after row."""
        id_pointer, n, keep_ids = _borrow(ids, c_uint64, IDS)
        pointer, n_floats, keep = _borrow(vectors, c_float, FLOATS)
        if n_floats != n * self.dim:
            raise ValueError("%d ids want %d floats, not %d" %
                             (n, n * self.dim, n_floats))
        _call("index_add", self._handle, n, id_pointer, pointer)

    def search(self, query, k):
        """The k nearest to a vector: [(id, similarity)]."""
        pointer, n_floats, keep = _borrow(query, c_float, FLOATS)
        if n_floats != self.dim:
            raise ValueError("wanted %d floats" % self.dim)
        return self._answers(k, lambda *room: _lib.ltrec_index_search(
            self._handle, pointer, k, *room))

    def search_id(self, track, k):
        """The k nearest to a track, without itself."""
        return self._answers(k, lambda *room: _lib.ltrec_index_search_id(
            self._handle, track, k, None, *room))

    def save(self, path):
        _call("index_save", self._handle, os.fsencode(path))

    @staticmethod
    def _answers(k, search):
        ids, similarities, n = (c_uint64 * k)(), (c_float * k)(), c_size_t()
        _check(search(ids, similarities, byref(n)))
        return list(zip(ids[:n.value], similarities[:n.value]))


class Model(_Object):
    _free = "model_free"

    def __init__(self, ctx, path):
        super().__init__()
        _call("model_load", ctx._handle, os.fsencode(path),
              byref(self._handle))
        self.rank = _lib.ltrec_model_rank(self._handle)
        self.branches = _lib.ltrec_model_branches(self._handle)

    def frontend(self):
        """How the sound it hears has to be analysed."""
        options = FrontendOptions()
        _check(_lib.ltrec_model_frontend(self._handle, byref(options),
                                         ctypes.sizeof(options)))
        return options

    def length(self, artist_tracks=0, artist_length=0):
        """How long a track's factor may be expected to be, by as many others
        of its artist and the geometric mean of the lengths of those played."""
        track = Track()
        _lib.ltrec_track_init(byref(track), ctypes.sizeof(track))
        track.artist_tracks, track.artist_length = artist_tracks, artist_length
        return _lib.ltrec_model_length(self._handle, byref(track))

    def vocabulary(self, branch):
        n = _lib.ltrec_model_vocabulary(self._handle, branch)
        return [_lib.ltrec_model_name(self._handle, branch, i).decode()
                for i in range(n)]


class Predictor(_Object):
    """Serves one thread at a time."""
    _free = "predictor_free"

    def __init__(self, ctx, model):
        super().__init__()
        self.model = model
        self.attributes = model.vocabulary(MGP)
        self._sizes = {"attributes": len(self.attributes),
                       "machine": len(model.vocabulary(MLG)),
                       "genres": len(model.vocabulary(GENRE)),
                       "artist": model.rank}
        if model.branches & AUDIO:
            self._sizes["mel"] = model.frontend().bands
        _call("predictor_create", ctx._handle, model._handle, None,
              byref(self._handle))

    def run(self, attributes):
        """From {attribute: 0 to 1} to (factor, confidence).

        Like a row of the attribute table: what is not named has 0.
        """
        unknown = set(attributes) - set(self.attributes)
        if unknown:
            raise ValueError("the model knows no " + ", ".join(sorted(unknown)))
        values = array.array(
            "f", [attributes.get(name, 0) for name in self.attributes])
        return self.predict(attributes=values)

    def predict(self, artist_tracks=1, **known):
        """From whatever is known to (factor, confidence).

        `known` are arrays: mel (frame after frame), attributes, machine,
        genres, artist; struct ltrec_track in ltrec/model.h says of what.
        """
        track, keep = Track(), []
        _lib.ltrec_track_init(byref(track), ctypes.sizeof(track))
        for name, values in known.items():
            pointer, n, owner = _borrow(values, c_float, FLOATS)
            wanted = self._sizes.get(name, 0)
            if wanted == 0 or n % wanted or (n != wanted and name != "mel"):
                raise ValueError("%s: %d floats, the model takes %d" %
                                 (name, n, wanted))
            if name == "mel":
                track.n_frames = n // wanted
            setattr(track, name, pointer)
            keep.append(owner)
        track.artist_tracks = artist_tracks if "artist" in known else 0
        factor, confidence = (c_float * self.model.rank)(), c_float()
        _call("predictor_run", self._handle, byref(track), factor,
              byref(confidence))
        return array.array("f", factor), confidence.value
