package report

import (
	"io"
	"strconv"

	"hadir/internal/csvfile"
)

// values is a file of comma-separated values.
type values struct{ w *csvfile.Writer }

func newValues(w io.Writer) *values { return &values{csvfile.NewWriter(w)} }

func (v *values) begin(s sheet) error {
	heads := make([]any, len(s.columns))
	for i, c := range s.columns {
		heads[i] = c.head
	}
	return v.row(heads)
}

func (v *values) row(cells []any) error {
	texts := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			texts[i] = c
		case int:
			texts[i] = strconv.Itoa(c)
		}
	}
	return v.w.Write(texts)
}

func (v *values) total([]any) error     { return nil }
func (v *values) legend([]string) error { return nil }
func (v *values) discard()              {}
func (v *values) flat() bool            { return true }

func (v *values) close() error { return v.w.Flush() }
