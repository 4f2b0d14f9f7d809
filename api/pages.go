package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// file is one file of the front end. Each of its forms is read when somebody first asks for it: most files, and nearly
// all plain forms, are never asked for.
type file struct {
	plain, brotli, gzip form
	tag                 func() (string, error)
	mediaType           string
	immutable           bool
}

// form returns the content of a file as it is sent; nil for a form that it was not built in.
type form func() ([]byte, error)

// formOf is the content of a file that may not exist.
func formOf(static fs.FS, name string) form {
	return sync.OnceValues(func() ([]byte, error) {
		content, err := fs.ReadFile(static, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return content, err
	})
}

// tagOf is the entity tag of a file, by its content.
func tagOf(static fs.FS, name string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		f, err := static.Open(name)
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		return `"` + hex.EncodeToString(sum.Sum(nil)[:8]) + `"`, err
	})
}

// mediaTypeOf is for what the build makes. The library's table would be half a megabyte, read from files of the machine
// that may say otherwise elsewhere.
func mediaTypeOf(extension string) string {
	switch extension {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return fiber.MIMEApplicationJSON
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		return fiber.MIMEOctetStream
	}
}

// pages is the built front end: its files, and which of them people see at what address.
type pages struct {
	files map[string]file
	list  []listed
}

// listed is an entry of pages.json, which the build makes of the one list of the pages (web/pages.json). A path may end
// with :id, for which any number stands. A demo page is for those who work on the pages, and served with demo data
// only.
type listed struct {
	Path string `json:"path"`
	File string `json:"file"`
	Demo bool   `json:"demo"`
}

const listFile = "pages.json"

// contentSecurityPolicy lets a page load what came with it and nothing else.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; " +
	"connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'"

func loadPages(static fs.FS) (*pages, error) {
	// What was not built has the first page only, which says so.
	p := &pages{files: map[string]file{}, list: []listed{{Path: "/"}}}
	if static == nil {
		return p, nil
	}
	list, err := fs.ReadFile(static, listFile)
	if err == nil {
		p.list = nil
		err = json.Unmarshal(list, &p.list)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the list of the pages: %w", err)
	}
	err = fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, ".br") ||
			strings.HasSuffix(name, ".gz") || name == listFile {
			return err
		}
		f := file{mediaType: mediaTypeOf(path.Ext(name)), immutable: strings.HasPrefix(name, "assets/"),
			plain: formOf(static, name), brotli: formOf(static, name+".br"), gzip: formOf(static, name+".gz"),
			tag: tagOf(static, name)}
		p.files[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	return p, nil
}

// mount serves the pages, with those of the demo if it is one.
func (p *pages) mount(r fiber.Router, demo bool) {
	for _, page := range p.list {
		if page.Demo && !demo {
			continue
		}
		r.Get(strings.Replace(page.Path, ":id", ":id<int>", 1), func(c *fiber.Ctx) error {
			f, ok := p.files[page.File]
			if !ok {
				secure(c)
				return c.Status(fiber.StatusServiceUnavailable).SendString(
					"The pages were not built into this binary: 'make build' does both. The API is at /api/docs.\n")
			}
			return f.serve(c)
		})
	}
	for name, f := range p.files {
		if strings.HasSuffix(name, ".html") {
			continue
		}
		r.Get("/"+name, f.serve)
	}
}

// secure sets the headers that every page has.
func secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentSecurityPolicy)
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, "geolocation=(self), camera=(), microphone=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (f file) serve(c *fiber.Ctx) error {
	tag, err := f.tag()
	if err != nil {
		return err
	}
	secure(c)
	c.Set(fiber.HeaderContentType, f.mediaType)
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if f.immutable {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable") // its name changes with its content
	}
	if strings.Contains(c.Get(fiber.HeaderIfNoneMatch), tag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	accepts := c.Get(fiber.HeaderAcceptEncoding)
	for _, compressed := range []struct {
		name string
		form form
	}{{"br", f.brotli}, {"gzip", f.gzip}} {
		if !strings.Contains(accepts, compressed.name) {
			continue
		}
		content, err := compressed.form()
		if err != nil {
			return err
		}
		if content != nil {
			c.Set(fiber.HeaderContentEncoding, compressed.name)
			return c.Send(content)
		}
	}
	content, err := f.plain()
	if err != nil {
		return err
	}
	return c.Send(content)
}
