package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// file is one file of the front end, held in memory with its compressed forms.
type file struct {
	plain, brotli, gzip []byte
	mediaType, tag      string
	immutable           bool
}

// pages is the built front end: its files, and which of them people see at what address.
type pages struct {
	files map[string]file
	list  []listed
}

// listed is an entry of pages.json, which the build makes of the one list of the pages (web/pages.json). A demo page is
// for those who work on the pages, and served with demo data only.
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
		f := file{mediaType: mime.TypeByExtension(path.Ext(name)), immutable: strings.HasPrefix(name, "assets/")}
		if path.Ext(name) == ".webmanifest" {
			f.mediaType = "application/manifest+json"
		}
		if f.mediaType == "" {
			f.mediaType = fiber.MIMEOctetStream
		}
		if f.plain, err = fs.ReadFile(static, name); err != nil {
			return err
		}
		for suffix, into := range map[string]*[]byte{".br": &f.brotli, ".gz": &f.gzip} {
			if *into, err = fs.ReadFile(static, name+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		sum := sha256.Sum256(f.plain)
		f.tag = `"` + hex.EncodeToString(sum[:8]) + `"`
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
		r.Get(page.Path, func(c *fiber.Ctx) error {
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
	secure(c)
	c.Set(fiber.HeaderContentType, f.mediaType)
	c.Set(fiber.HeaderETag, f.tag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if f.immutable {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable") // its name changes with its content
	}
	if strings.Contains(c.Get(fiber.HeaderIfNoneMatch), f.tag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	accepts := c.Get(fiber.HeaderAcceptEncoding)
	switch {
	case f.brotli != nil && strings.Contains(accepts, "br"):
		c.Set(fiber.HeaderContentEncoding, "br")
		return c.Send(f.brotli)
	case f.gzip != nil && strings.Contains(accepts, "gzip"):
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.gzip)
	}
	return c.Send(f.plain)
}
