package rest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"hadir/internal/attendance/legible"
)

// reading is how the texts of an input are read before anything is done with it, so that no operation can forget to:
// every text of the body must show what it holds (legible.Check). A tag says what differs:
//
//	text:"lines"  several lines
//	text:"secret" a password, of which only lost characters are told
//	text:"line"   also where it is no part of the body, since it is kept
type reading struct {
	name   string // of the field as the request calls it; "" for what has none of its own
	index  int    // of the field
	as     legible.As
	secret bool
	inner  []reading // of a struct, or of each element of a list of structs
}

// legibleOf finds the texts in a type of inputs.
func legibleOf[I any]() []reading { return textsIn(reflect.TypeFor[I](), false) }

func textsIn(t reflect.Type, body bool) (out []reading) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("text")
		within := body || f.Name == "Body"
		if !f.IsExported() || !within && !tagged && !f.Anonymous {
			continue
		}
		l := reading{index: i, name: fieldName(f), secret: tag == "secret"}
		if tag == "lines" {
			l.as = legible.Lines
		}
		of := f.Type
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() == reflect.Struct {
			l.inner = textsIn(of, within)
		}
		if of.Kind() == reflect.String || len(l.inner) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// fieldName is what a request calls a field; "" for the body itself and what is embedded.
func fieldName(f reflect.StructField) string {
	for _, place := range []string{"json", "query", "path", "header"} {
		if name, _, _ := strings.Cut(f.Tag.Get(place), ","); name != "" {
			return name
		}
	}
	return ""
}

// checkTexts refuses an input with a text that is not legible: CodeInvalid about each, joined.
func checkTexts(texts []reading, v reflect.Value, path string) error {
	var wrong []error // nil as a rule, since every request comes by here
	for i := range texts {
		l := &texts[i]
		at := path
		if l.name != "" && path != "" {
			at += "."
		}
		if err := l.check(v.Field(l.index), at+l.name); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

func (l *reading) check(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return l.check(v.Elem(), path)
	case reflect.Slice:
		var wrong []error
		for i := range v.Len() {
			if err := l.check(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				wrong = append(wrong, err)
			}
		}
		return errors.Join(wrong...)
	case reflect.Struct:
		return checkTexts(l.inner, v, path)
	}
	if l.secret && !strings.ContainsRune(v.String(), utf8.RuneError) {
		return nil
	}
	return legible.Check(path, v.String(), l.as)
}
