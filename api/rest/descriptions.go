package rest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Tags of a struct cannot be broken into lines. A description that is too long for one, or that several fields share,
// stands in this file under a name, and the field's tag gives the name: doc:"@name".
//
//go:embed descriptions.json
var descriptionsFile []byte

// described begins the name of a description.
const described = "@"

// descriptions returns the texts by name.
func descriptions() map[string]string {
	var texts map[string]string
	if err := json.Unmarshal(descriptionsFile, &texts); err != nil {
		panic(fmt.Errorf("descriptions.json: %w", err)) // it is part of the program
	}
	return texts
}

// describer puts texts in the place of their names.
type describer map[string]string

// describe does so all over a document.
func describe(spec *huma.OpenAPI) {
	d := describer(descriptions())
	for _, s := range spec.Components.Schemas.Map() {
		d.schema(s)
	}
	for _, item := range spec.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				d.operation(op)
			}
		}
	}
}

func (d describer) operation(op *huma.Operation) {
	for _, p := range op.Parameters {
		d.text(&p.Description)
		d.schema(p.Schema)
	}
	for _, response := range op.Responses {
		for _, h := range response.Headers {
			d.text(&h.Description)
			d.schema(h.Schema)
		}
	}
}

func (d describer) schema(s *huma.Schema) {
	if s == nil {
		return
	}
	d.text(&s.Description)
	d.schema(s.Items)
	for _, property := range s.Properties {
		d.schema(property)
	}
}

// text leaves a name that nobody knows as it is, for the test to find.
func (d describer) text(at *string) {
	if name, is := strings.CutPrefix(*at, described); is {
		if text, known := d[name]; known {
			*at = text
		}
	}
}
