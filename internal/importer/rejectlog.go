package importer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// KeptRejections is how many refused lines of one import are kept in detail; the others are counted.
const KeptRejections = 5000

// RejectionLog keeps rejections as text, one JSON object a line, for a database's column.
type RejectionLog struct {
	Total int64 // with those not kept
	kept  []Rejection
}

// Add takes a rejection.
func (l *RejectionLog) Add(r Rejection) {
	if l.Total++; l.Total <= KeptRejections {
		l.kept = append(l.kept, r)
	}
}

// Text returns what was kept, in the order of the file.
func (l *RejectionLog) Text() (string, error) {
	slices.SortStableFunc(l.kept, func(x, y Rejection) int { return cmp.Compare(x.Line, y.Line) })
	var out strings.Builder
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	for _, r := range l.kept {
		if err := to.Encode(r); err != nil {
			return "", fmt.Errorf("importer: encoding line %d: %w", r.Line, err)
		}
	}
	return out.String(), nil
}

// ReadRejections reads the rejections of a RejectionLog's text.
func ReadRejections(text string) ([]Rejection, error) {
	out := []Rejection{}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var r Rejection
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("importer: stored rejections: %w", err)
		}
		out = append(out, r)
	}
	return out, nil
}
