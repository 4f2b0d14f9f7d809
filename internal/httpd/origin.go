package httpd

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// SessionCookie is the cookie of a signed-in browser.
const SessionCookie = "hadir_session"

// Credentials reads a request's token; byCookie tells that a browser sent it by itself. The string is a copy, since
// fiber reuses its buffers.
func Credentials(c *fiber.Ctx) (token string, byCookie bool) {
	if t, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "); ok {
		return strings.Clone(t), false
	}
	return strings.Clone(c.Cookies(SessionCookie)), true
}

// ChangesNothing tells whether a method is one that only reads. Browsers send such requests from anywhere.
func ChangesNothing(method string) bool {
	return method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
}

// headerFetchSite is how a browser says whether the page that sends a request is of the same site.
const headerFetchSite = "Sec-Fetch-Site"

// FromPage tells whether a page in a browser sent a request, by what the browser says of it.
func FromPage(c *fiber.Ctx) bool {
	return c.Get(headerFetchSite) != "" || c.Get(fiber.HeaderOrigin) != ""
}

// CrossSite tells whether a browser says that a page of another site sent the request. Every browser says where a
// request comes from that changes something; programs say nothing.
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
