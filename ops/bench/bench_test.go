package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// BenchmarkHadir runs every measurement once and prints the table. Each part starts and ends servers of its own, so
// that none inherits another's caches or backlog.
func BenchmarkHadir(b *testing.B) {
	t := &table{}
	b.Run("throughput", func(b *testing.B) { throughput(b, t) })
	b.Run("reads", func(b *testing.B) { reads(b, t) })
	b.Run("traces", func(b *testing.B) { traces(b, t) })
	b.Run("latency", func(b *testing.B) { latency(b, t) })
	b.Run("fanout", func(b *testing.B) { fanout(b, t) })
	b.Run("idle", func(b *testing.B) { idle(b, t) })
	b.Run("quiet", func(b *testing.B) { quiet(b, t) })
	b.Run("terminals", func(b *testing.B) { terminals(b, t) })
	b.Run("reports", func(b *testing.B) { reportTimes(b, t) })
	b.Run("recap", func(b *testing.B) { recap(b, t) })
	b.Run("recompute", func(b *testing.B) { recompute(b, t) })
	b.Run("pages", func(b *testing.B) { pages(b, t) })
	b.Run("embedded", func(b *testing.B) { embedded(b, t) })
	t.print(b)
}

// aim is a bound that a value should keep; want tells the bound in words.
type aim struct {
	want string
	kept func(v float64) bool
}

func atLeast(v float64, unit string) aim {
	return aim{fmt.Sprintf("≥ %g%s", v, unit), func(x float64) bool { return x >= v }}
}

func below(v float64, unit string) aim {
	return aim{fmt.Sprintf("< %g%s", v, unit), func(x float64) bool { return x < v }}
}

var noAim = aim{}

// table gathers the lines in the order in which they were measured.
type table struct{ rows []row }

type row struct {
	what, value string
	aim         aim
	number      float64
}

func (t *table) add(what string, number float64, format string, a aim) {
	t.rows = append(t.rows, row{what, fmt.Sprintf(format, number), a, number})
}

// print writes to standard output itself: a benchmark's log is cut after ten lines.
func (t *table) print(b *testing.B) {
	var s strings.Builder
	fmt.Fprintf(&s, "\nHadir on %d processors, %s/%s, %s, load generator and servers on the same machine, 127.0.0.1 "+
		"only\n\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	w := tabwriter.NewWriter(&s, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "measured\tvalue\taim\t")
	for _, r := range t.rows {
		mark := ""
		if r.aim.kept != nil {
			mark = "met"
			if !r.aim.kept(r.number) {
				mark = "MISSED"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.what, r.value, r.aim.want, mark)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stdout.WriteString(s.String() + "\n"); err != nil {
		b.Fatal(err)
	}
}

// histogram keeps latencies from 1 µs to 1 min with three digits.
func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(time.Minute/time.Microsecond), 3)
}

func observe(h *hdrhistogram.Histogram, d time.Duration) {
	// within bounds: never fails
	_ = h.RecordValue(max(1, min(int64(d/time.Microsecond), int64(time.Minute/time.Microsecond))))
}

// milliseconds returns a percentile.
func milliseconds(h *hdrhistogram.Histogram, percentile float64) float64 {
	return float64(h.ValueAtQuantile(percentile)) / 1000
}
