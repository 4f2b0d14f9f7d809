package httpd

import (
	"net/url"
	"strings"

	"hadir/internal/account"

	"github.com/gofiber/fiber/v2"
)

// SessionCookie is the cookie of a signed-in browser.
const SessionCookie = "hadir_session"

// Credentials returns the token of a request. byCookie tells that a browser sent it by itself. The string is a copy,
// because fiber reuses its buffers.
func Credentials(c *fiber.Ctx) (token string, byCookie bool) {
	if t, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "); ok {
		return strings.Clone(t), false
	}
	return strings.Clone(SessionOf(c.Cookies(SessionCookie))), true
}

// SessionOf returns the token of a session from the value of its cookie, "" for what is none. A program's token is
// taken from the header that programs send, and nowhere else: nobody signs in a browser with it.
func SessionOf(cookie string) string {
	if account.IsAPIToken(cookie) {
		return ""
	}
	return cookie
}

// ChangesNothing tells whether a method only reads. Browsers send such requests from anywhere.
func ChangesNothing(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}

// headerFetchSite is the header in which a browser says whether the page that sends a request is of the same site.
const headerFetchSite = "Sec-Fetch-Site"

// FromPage tells by what the browser says whether a page in a browser sent a request.
func FromPage(c *fiber.Ctx) bool {
	return c.Get(headerFetchSite) != "" || c.Get(fiber.HeaderOrigin) != ""
}

// CrossSite tells whether the browser says that a page of another site sent the request. Browsers always say where a
// request that changes something comes from; programs do not.
func CrossSite(c *fiber.Ctx) bool {
	if site := c.Get(headerFetchSite); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != c.Hostname()
}
