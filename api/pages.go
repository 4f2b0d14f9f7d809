package api

import (
	"crypto/sha256"
	"encoding/hex"
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

// pages is the built front end.
type pages struct{ files map[string]file }

// routes maps the addresses people see to files.
var routes = map[string]string{
	"/": "beranda.html", "/masuk": "masuk.html", "/dasbor": "dasbor.html", "/riwayat": "riwayat.html",
	"/mulai":    "mulai.html",
	"/pengguna": "pengguna.html", "/audit": "audit.html", "/operasi": "operasi.html",
	"/karyawan": "karyawan.html", "/izin": "izin.html", "/koreksi": "koreksi.html",
	"/laporan": "laporan.html",
	"/webhook": "webhook.html",
	"/cabang":  "cabang.html", "/libur": "libur.html",
	"/shift": "shift.html",
}

// contentSecurityPolicy lets a page load what came with it and nothing else.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; " +
	"connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'"

func loadPages(static fs.FS) (*pages, error) {
	p := &pages{files: map[string]file{}}
	if static == nil {
		return p, nil
	}
	err := fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, ".br") ||
			strings.HasSuffix(name, ".gz") {
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

// mount serves the pages; the one that shows the design's parts is for those who work on it, with demo data.
func (p *pages) mount(r fiber.Router, demo bool) {
	if f, ok := p.files["komponen.html"]; ok && demo {
		r.Get("/komponen", f.serve)
	}
	for address, name := range routes {
		r.Get(address, func(c *fiber.Ctx) error {
			f, ok := p.files[name]
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
