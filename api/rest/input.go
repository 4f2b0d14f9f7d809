package rest

import (
	"errors"
	"reflect"
	"strings"
	"time"

	"hadir/internal/attendance"
	"hadir/internal/civil"
)

// PageInput is what every list takes. It is exported because huma finds the fields of embedded types only so.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next_cursor of the page before."`
}

// IDInput names a row.
type IDInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// The dates that the API takes.
var (
	FirstDate = attendance.NewDate(1990, 1, 1)
	LastDate  = attendance.NewDate(2200, 1, 1)
)

// badDate says that a field holds no date.
func badDate(field string) error {
	return &attendance.Error{Code: attendance.CodeInvalidDate, Field: field,
		Message: "A date of the form YYYY-MM-DD is expected."}
}

// ParseDate reads a date of a request; "" is the zero date.
func ParseDate(field, s string) (attendance.Date, error) {
	if s == "" {
		return 0, nil
	}
	d, err := attendance.ParseDate(s)
	if err != nil || d < FirstDate || d > LastDate {
		return 0, badDate(field)
	}
	return d, nil
}

// RequiredDate reads a date of a request that must be there; "" is CodeInvalidDate.
func RequiredDate(field, s string) (attendance.Date, error) {
	if s == "" {
		return 0, badDate(field)
	}
	return ParseDate(field, s)
}

// OptionalDate reads a date of a form; "" is none.
func OptionalDate(field, s string) (*attendance.Date, error) {
	d, err := ParseDate(field, s)
	if err != nil || s == "" {
		return nil, err
	}
	return &d, nil
}

// LocalTime reads a time of day of a form, to the minute.
func LocalTime(field, s string) (attendance.LocalTime, error) {
	since, err := civil.Clock(s)
	switch {
	case errors.Is(err, civil.ErrNoTime):
		return 0, attendance.Invalid(field, "There is no such time; a day has 00:00 to 23:59.")
	case err != nil:
		return 0, attendance.Invalid(field, "A time of the form HH:MM is expected.")
	case since%time.Minute != 0:
		return 0, attendance.Invalid(field, "This time goes to the minute; leave the seconds out.")
	}
	return attendance.LocalTime(since / time.Minute), nil
}

// OneSpace makes every run of white space in a value one space, as imports do.
func OneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// Spaced is OneSpace for a field that may be left out.
func Spaced(s *string) *string {
	if s == nil {
		return nil
	}
	out := OneSpace(*s)
	return &out
}

// Set takes a field over that may be left out.
func Set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// texts are the fields of an input that huma fills with what fiber holds: from the path, the query, headers and
// cookies. Fiber uses the memory behind them for the next request of the connection.
type texts [][]int

// textsOf finds them in a type of inputs.
func textsOf[I any]() texts {
	t := reflect.TypeFor[I]()
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out texts
	for _, f := range reflect.VisibleFields(t) {
		kind := f.Type.Kind()
		if kind == reflect.Slice {
			kind = f.Type.Elem().Kind()
		}
		if f.IsExported() && kind == reflect.String && sent(f.Tag) {
			out = append(out, f.Index)
		}
	}
	return out
}

func sent(tag reflect.StructTag) bool {
	for _, place := range []string{"path", "query", "header", "cookie"} {
		if _, ok := tag.Lookup(place); ok {
			return true
		}
	}
	return false
}

// own gives an input texts of its own.
func (t texts) own(in any) {
	v := reflect.ValueOf(in).Elem()
	for _, index := range t {
		f := v.FieldByIndex(index)
		if f.Kind() == reflect.String {
			f.SetString(strings.Clone(f.String()))
			continue
		}
		for i := range f.Len() {
			f.Index(i).SetString(strings.Clone(f.Index(i).String()))
		}
	}
}
