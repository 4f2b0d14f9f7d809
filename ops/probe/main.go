// Command probe is "hadir healthcheck" for containers, as a program that starts in a few milliseconds.
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"hadir/internal/alive"
)

func main() {
	if err := probe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func probe() error {
	url, err := alive.URL(cmp.Or(os.Getenv("HADIR_METRICS_ADDR"), alive.DefaultAddr), "/healthz")
	if err == nil {
		_, err = alive.Ask(context.Background(), url)
	}
	return err
}
