// Package ltrec is a small binding of libltrec through cgo.
//
// Enough to add tracks, search, and predict from a model file; what is missing
// is bound in the same way.  docs/ffi.md has the rules.
package ltrec

/*
#cgo pkg-config: ltrec
#include <stdlib.h>
#include <ltrec/ltrec.h>

// A struct that holds pointers to Go's memory may not lie in Go's memory
// itself, so it is put together on this side.
static int predict(ltrec_predictor *predictor, const float *attributes,
                   float *factor, float *confidence, ltrec_error *err)
{
    ltrec_track track;

    ltrec_track_init(&track, sizeof track);
    track.attributes = attributes;
    return ltrec_predictor_run(predictor, &track, factor, confidence, err);
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Error is what a call answered instead of a result.
type Error struct {
	Code    int
	Message string
}

func (e *Error) Error() string { return e.Message }

func failed(status C.int, err *C.ltrec_error) error {
	if status == C.LTREC_OK {
		return nil
	}
	return &Error{int(status), C.GoString(&err.message[0])}
}

// For functions that take no ltrec_error.
func refused(status C.int) error {
	if status == C.LTREC_OK {
		return nil
	}
	return &Error{int(status), C.GoString(C.ltrec_status_name(status))}
}

func floats(values []float32) *C.float {
	if len(values) == 0 {
		return nil
	}
	return (*C.float)(unsafe.Pointer(&values[0]))
}

func ids(values []uint64) *C.uint64_t {
	if len(values) == 0 {
		return nil
	}
	return (*C.uint64_t)(unsafe.Pointer(&values[0]))
}

// Version of the library that is running.
func Version() string { return C.GoString(C.ltrec_version()) }

// Context is what every object is made from.  Objects keep it alive, so the
// garbage collector may free them in any order.
type Context struct{ handle *C.ltrec_context }

// NewContext makes one with the default options.
func NewContext() (*Context, error) {
	var err C.ltrec_error
	c := new(Context)
	if e := failed(C.ltrec_context_create(nil, &c.handle, &err), &err); e != nil {
		return nil, e
	}
	runtime.SetFinalizer(c, func(c *Context) { C.ltrec_context_free(c.handle) })
	return c, nil
}

// Index answers which tracks lie closest.  Any number of goroutines may
// search it while none adds to it.
type Index struct {
	handle *C.ltrec_index
	dim    int
}

// NewIndex makes an empty index over vectors of dim floats.
func NewIndex(c *Context, dim int) (*Index, error) {
	var err C.ltrec_error
	x := &Index{dim: dim}
	status := C.ltrec_index_create(c.handle, C.size_t(dim), nil, &x.handle, &err)
	runtime.KeepAlive(c)
	if e := failed(status, &err); e != nil {
		return nil, e
	}
	runtime.SetFinalizer(x, func(x *Index) { C.ltrec_index_free(x.handle) })
	return x, nil
}

// Add tracks: len(tracks)*dim floats, row after row.  All or nothing.
func (x *Index) Add(tracks []uint64, vectors []float32) error {
	var err C.ltrec_error
	if len(vectors) != len(tracks)*x.dim {
		return fmt.Errorf("%d tracks want %d floats, not %d", len(tracks),
			len(tracks)*x.dim, len(vectors))
	}
	status := C.ltrec_index_add(x.handle, C.size_t(len(tracks)), ids(tracks),
		floats(vectors), &err)
	runtime.KeepAlive(x)
	return failed(status, &err)
}

// Search finds the k nearest to a vector, nearest first.
func (x *Index) Search(query []float32, k int) ([]uint64, []float32, error) {
	if len(query) != x.dim {
		return nil, nil, fmt.Errorf("wanted %d floats, not %d", x.dim, len(query))
	}
	near, similarity := make([]uint64, k), make([]float32, k)
	var n C.size_t
	status := C.ltrec_index_search(x.handle, floats(query), C.size_t(k),
		ids(near), floats(similarity), &n)
	runtime.KeepAlive(x)
	return near[:n], similarity[:n], refused(status)
}

// Predictor places tracks by their attributes.  One goroutine at a time.
type Predictor struct {
	handle *C.ltrec_predictor
	names  map[string]int
	rank   int
}

// NewPredictor reads a model file that has the branch for attributes.
func NewPredictor(c *Context, path string) (*Predictor, error) {
	var err C.ltrec_error
	var model *C.ltrec_model
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	status := C.ltrec_model_load(c.handle, name, &model, &err)
	if e := failed(status, &err); e != nil {
		return nil, e
	}
	defer C.ltrec_model_free(model) // the predictor holds on to it

	p := &Predictor{names: map[string]int{}, rank: int(C.ltrec_model_rank(model))}
	n := int(C.ltrec_model_vocabulary(model, C.LTREC_BRANCH_MGP))
	for i := 0; i < n; i++ {
		p.names[C.GoString(C.ltrec_model_name(model, C.LTREC_BRANCH_MGP,
			C.size_t(i)))] = i
	}
	status = C.ltrec_predictor_create(c.handle, model, nil, &p.handle, &err)
	runtime.KeepAlive(c)
	if e := failed(status, &err); e != nil {
		return nil, e
	}
	runtime.SetFinalizer(p, func(p *Predictor) {
		C.ltrec_predictor_free(p.handle)
	})
	return p, nil
}

// Rank is the number of floats of a factor.
func (p *Predictor) Rank() int { return p.rank }

// Run predicts the factor of a track that has these attributes and no
// others, and says from 0 to 1 how sure it is.
func (p *Predictor) Run(attributes ...string) ([]float32, float32, error) {
	var err C.ltrec_error
	var confidence C.float
	values, factor := make([]float32, len(p.names)), make([]float32, p.rank)
	for _, attribute := range attributes {
		i, known := p.names[attribute]
		if !known {
			return nil, 0, fmt.Errorf("the model knows no %q", attribute)
		}
		values[i] = 1
	}
	status := C.predict(p.handle, floats(values), floats(factor), &confidence,
		&err)
	runtime.KeepAlive(p)
	if e := failed(status, &err); e != nil {
		return nil, 0, e
	}
	return factor, float32(confidence), nil
}
