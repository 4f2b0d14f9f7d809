package rest

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// List is the form of every paged answer.
type List[T any] struct {
	Items []T       `json:"items"`
	Next  string    `json:"next_cursor" doc:"@next_cursor"`
	AsOf  time.Time `json:"as_of" doc:"The server's clock when the list was read."`
}

// NewList is a page of a list that was read at an instant.
func NewList[T any](items []T, next string, asOf time.Time) List[T] {
	return List[T]{OrEmpty(items), next, asOf}
}

// OrEmpty makes a list of none, so that JSON has a list.
func OrEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// Items shows each row as an item.
func Items[T, I any](rows []T, item func(T) I) []I {
	out := make([]I, len(rows))
	for i, r := range rows {
		out[i] = item(r)
	}
	return out
}

// Secret is an answer that must not be kept by browsers or proxies.
type Secret[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

// MediaCSV is what tables are sent as.
const MediaCSV = "text/csv; charset=utf-8"

// File is a short file.
type File struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// NewFile is a short file to keep under a name, which is made of safe letters only.
func NewFile(name, mediaType string, body []byte) *File {
	return &File{mediaType, attachment(name), body}
}

func attachment(name string) string { return fmt.Sprintf(`attachment; filename="%s"`, name) }

// Download is a file that is sent as it is read.
type Download struct {
	Name      string // of safe letters only
	MediaType string
	Body      io.Reader
	Size      int // bytes; -1 where nobody knows
}

// Stream sends a download. open runs once the answer begins.
func Stream(open func() Download) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c, d := fiberOf(hc), open()
		c.Set(fiber.HeaderContentType, d.MediaType)
		c.Set(fiber.HeaderContentDisposition, attachment(d.Name))
		c.Context().SetBodyStream(d.Body, d.Size)
	}}
}

// Documented are the responses of an operation that answers a file.
func Documented(description, mediaType string, schema *huma.Schema) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: description,
		Content: map[string]*huma.MediaType{mediaType: {Schema: schema}}}}
}

// Secretly makes an answer of fn that must not be kept.
func Secretly[I, O any](fn func(context.Context, *I) (O, error)) func(context.Context, *I) (*Secret[O], error) {
	return func(ctx context.Context, in *I) (*Secret[O], error) {
		out, err := fn(ctx, in)
		return &Secret[O]{"no-store", out}, err
	}
}
