package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// values is a file of comma-separated values (RFC 4180), in UTF-8 with the mark by which spreadsheets know it.
type values struct{ w *csv.Writer }

func newValues(w io.Writer) (*values, error) {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return nil, err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &values{c}, nil
}

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
			texts[i] = inert(c)
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

func (v *values) close() error {
	v.w.Flush()
	return v.w.Error()
}

// inert keeps spreadsheets from taking a text for a formula: an employee may be called =HYPERLINK(…) by whoever imported
// the list. The apostrophe is how spreadsheets themselves mark such a text. Blanks in front do not hide a formula from all
// of them, nor do the wide forms of the signs.
func inert(s string) string {
	rest := strings.TrimLeft(s, " \t\r\n\v\f\u00a0\u200b\ufeff")
	if rest == "" {
		rest = s
	}
	if s != "" && (strings.ContainsAny(s[:1], "\t\r\n") || rest != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(rest)[0])) {
		return "'" + s
	}
	return s
}
