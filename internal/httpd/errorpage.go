package httpd

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed errorpage.html
var errorPageSource string

// errorPage is what a person gets who typed an address; programs get the problem.
var errorPage = template.Must(template.New("error").Parse(errorPageSource)) // embedded: a failure is seen by every test

// errorPolicy allows the page its one style sheet, by its hash, and nothing else.
var errorPolicy = func() string {
	_, rest, _ := strings.Cut(errorPageSource, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// sentences explain a status to people, in Indonesian and English; other statuses are 500's.
var sentences = map[int][2][2]string{
	fiber.StatusNotFound: {{"Halaman tidak ada", "Tidak ada apa-apa di alamat ini."},
		{"No such page", "There is nothing at this address."}},
	fiber.StatusForbidden: {{"Bukan untuk peran Anda", "Peran Anda tidak mengizinkan halaman ini."},
		{"Not for your role", "Your role does not include this page."}},
	fiber.StatusServiceUnavailable: {{"Sedang tidak tersedia", "Coba lagi sebentar lagi."},
		{"Not available right now", "Try again in a moment."}},
	fiber.StatusInternalServerError: {
		{"Terjadi kesalahan", "Terjadi kesalahan di server. Coba lagi, atau sebutkan nomor di bawah kepada operator."},
		{"Something went wrong",
			"Something went wrong on the server. Try again, or tell an operator the number below."}},
}

// wantsPage tells whether a browser is going somewhere, rather than a program asking for something.
func wantsPage(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodGet && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) &&
		!strings.HasPrefix(c.Path(), "/api/")
}

func sendErrorPage(c *fiber.Ctx, status int) error {
	both, ok := sentences[status]
	if !ok {
		both = sentences[fiber.StatusInternalServerError]
	}
	lang, home, said := "id", "Ke halaman awal", both[0]
	if language := c.AcceptsLanguages("id", "en"); language == "en" {
		lang, home, said = "en", "To the start page", both[1]
	}
	c.Status(status)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, errorPolicy)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return errorPage.Execute(c,
		map[string]any{"Lang": lang, "Status": status, "Title": said[0], "Text": said[1], "Home": home,
			"RequestID": c.GetRespHeader(RequestIDHeader)})
}
