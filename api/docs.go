package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"sort"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle []byte

// docOperation is one operation as the page shows it.
type docOperation struct {
	*huma.Operation
	Body, Answer string // schemas as indented JSON, references resolved once
	Statuses     []string
	Private      bool
}

type docGroup struct {
	Name       string
	Operations []docOperation
}

// mountDocs serves the OpenAPI document as a page that needs no script.
func mountDocs(r fiber.Router, spec *huma.OpenAPI) {
	page := sync.OnceValues(func() ([]byte, error) { return docsOf(spec) }) // few people ever open it
	r.Get("/api/docs", func(c *fiber.Ctx) error {
		html, err := page()
		if err != nil {
			return err
		}
		secure(c)
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.Send(html)
	})
	r.Get("/api/docs/style.css", func(c *fiber.Ctx) error {
		secure(c)
		c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
		c.Set(fiber.HeaderCacheControl, "no-cache")
		return c.Send(docsStyle)
	})
}

func docsOf(spec *huma.OpenAPI) ([]byte, error) {
	page, err := template.New("docs").Parse(docsPage)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{"Spec": spec, "Groups": docGroups(spec), "Schemas": docSchemas(spec)})
	return out.Bytes(), err
}

func docGroups(spec *huma.OpenAPI) []docGroup {
	byTag := map[string][]docOperation{}
	for _, item := range spec.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			d := docOperation{Operation: op, Private: len(op.Security) > 0}
			if op.RequestBody != nil {
				d.Body = schemaText(op.RequestBody.Content["application/json"])
			}
			for status, response := range op.Responses {
				d.Statuses = append(d.Statuses, status)
				if strings.HasPrefix(status, "2") {
					d.Answer = schemaText(response.Content["application/json"])
				}
			}
			sort.Strings(d.Statuses)
			byTag[op.Tags[0]] = append(byTag[op.Tags[0]], d)
		}
	}
	groups := make([]docGroup, 0, len(byTag))
	for name, ops := range byTag {
		sort.Slice(ops, func(i, j int) bool { return ops[i].Path+ops[i].Method < ops[j].Path+ops[j].Method })
		groups = append(groups, docGroup{name, ops})
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i].Name < groups[j].Name })
	return groups
}

func schemaText(m *huma.MediaType) string {
	if m == nil || m.Schema == nil {
		return ""
	}
	return indented(m.Schema)
}

type docSchema struct{ Name, Text string }

func docSchemas(spec *huma.OpenAPI) []docSchema {
	var out []docSchema
	for name, s := range spec.Components.Schemas.Map() {
		out = append(out, docSchema{name, indented(s)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func indented(v any) string {
	j, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(j)
}
