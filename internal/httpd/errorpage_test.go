package httpd_test

import (
	"testing"

	"hadir/internal/account"
	"hadir/internal/httpd"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

// People who typed an address get a page in their language; programs, and pages that fetch, get the problem.
func TestErrorsForPeople(t *testing.T) {
	t.Parallel()
	s := start(t, httpd.Options{}, func(r fiber.Router) {
		r.Get("/operasi", func(c *fiber.Ctx) error {
			return httpd.Refuse(c, account.CodeForbidden)
		})
		r.Get("/broken", func(*fiber.Ctx) error { panic("boom") })
	})
	const browser = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, c := range []struct {
		path, accept, language string
		status                 int
		html                   bool
		says                   string
	}{
		{"/no/such", browser, "id-ID,id;q=0.9", 404, true, "Tidak ada apa-apa di alamat ini."},
		{"/no/such", browser, "en-GB,en;q=0.9", 404, true, "There is nothing at this address."},
		{"/operasi", browser, "", 403, true, "Peran Anda tidak mengizinkan halaman ini."},
		{"/broken", browser, "en", 500, true, "Something went wrong on the server."},
		{"/api/no/such", browser, "en", 404, false, `"code":"not_found"`},
		{"/no/such", "*/*", "en", 404, false, `"code":"not_found"`},
		{"/operasi", "application/json", "id", 403, false, `"code":"forbidden"`},
	} {
		resp, body := get(t, s.url+c.path, "Accept", c.accept, "Accept-Language", c.language)
		require.Equal(t, c.status, resp.StatusCode, c.path)
		require.Contains(t, body, c.says, c.path)
		require.NotContains(t, body, "boom")
		if !c.html {
			require.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
			continue
		}
		require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "style-src 'sha256-")
		require.Contains(t, body, resp.Header.Get("X-Request-Id"), "the number to tell an operator")
	}
}
