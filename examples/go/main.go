// Adds tracks, searches, and predicts from a model file, in Go.
//
// Reads the model that examples/04_train_and_predict.c wrote:
//
//	go run . tiny.model acoustic sung
package main

import (
	"fmt"
	"log"
	"os"

	"example/ltrec"
)

func similarTracks(ctx *ltrec.Context) error {
	index, err := ltrec.NewIndex(ctx, 3)
	if err != nil {
		return err
	}
	factors := []float32{
		0.9, 0.1, 0.0,
		0.8, 0.3, 0.1,
		0.0, 0.2, 0.9,
		-0.5, 0.7, 0.2,
	}
	if err := index.Add([]uint64{101, 102, 103, 104}, factors); err != nil {
		return err
	}
	tracks, similarities, err := index.Search([]float32{0, 0.3, 1}, 2)
	if err != nil {
		return err
	}
	fmt.Println("nearest to (0, 0.3, 1):")
	for i, track := range tracks {
		fmt.Printf("  %d  %6.3f\n", track, similarities[i])
	}

	// A refused batch leaves the index as it was, and says which row it was.
	err = index.Add([]uint64{105, 106}, []float32{1, 2, 3, 0, 0, 0})
	fmt.Println("refused:", err)
	return nil
}

// Two tracks that nobody has played, and how near they are to each other.
func predict(ctx *ltrec.Context, path string, attributes []string) error {
	predictor, err := ltrec.NewPredictor(ctx, path)
	if err != nil {
		return err
	}
	factor, confidence, err := predictor.Run(attributes...)
	if err != nil {
		return err
	}
	index, err := ltrec.NewIndex(ctx, predictor.Rank())
	if err != nil {
		return err
	}
	if err := index.Add([]uint64{1}, factor); err != nil {
		return err
	}
	first, _, err := predictor.Run(attributes[0])
	if err != nil {
		return err
	}
	_, similarities, err := index.Search(first, 1)
	if err != nil {
		return err
	}
	fmt.Printf("%q: confidence %.2f; %.3f from one that is %s alone\n",
		attributes, confidence, similarities[0], attributes[0])
	return nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: go run . MODEL ATTRIBUTE...")
	}
	ctx, err := ltrec.NewContext()
	if err == nil {
		fmt.Println("libltrec", ltrec.Version())
		err = similarTracks(ctx)
	}
	if err == nil {
		err = predict(ctx, os.Args[1], os.Args[2:])
	}
	if err != nil {
		log.Fatal(err)
	}
}
