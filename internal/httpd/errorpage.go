package httpd

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strconv"
	"strings"

	"hadir/internal/account"
	"hadir/internal/words"

	"github.com/gofiber/fiber/v2"
)

//go:embed errorpage.html
var errorPageSource string

// errorPage is the answer to a person who opened an address. Programs get the problem.
var errorPage = template.Must(template.New("error").Parse(errorPageSource)) // embedded: a failure is seen by every test

// errorPolicy allows the page its one style sheet, by its hash, and nothing else.
var errorPolicy = func() string {
	_, rest, _ := strings.Cut(errorPageSource, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// wantsPage tells whether a browser opens a page, as opposed to a program that sends a request.
func wantsPage(c *fiber.Ctx) bool {
	return c.Method() == fiber.MethodGet && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) &&
		!strings.HasPrefix(c.Path(), "/api/")
}

// Authenticate returns the account of a session token.
type Authenticate func(ctx context.Context, token string) (account.User, error)

// accountsKey is where a request keeps who knows the accounts.
const accountsKey = "hadir.accounts"

// Speaking lets error pages be in the language of whoever is signed in, as all pages are. It is asked for them only.
func Speaking(of Authenticate) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Locals(accountsKey, of)
		return c.Next()
	}
}

// languageOf is that of the account, else what the browser asks for.
func languageOf(c *fiber.Ctx) words.Language {
	wanted := c.Get(fiber.HeaderAcceptLanguage)
	if of, ok := c.Locals(accountsKey).(Authenticate); ok {
		if token, _ := Credentials(c); token != "" {
			if u, err := of(c.UserContext(), token); err == nil {
				wanted = u.Locale
			}
		}
	}
	return words.LanguageOf(wanted)
}

func sendErrorPage(c *fiber.Ctx, status int) error {
	language := languageOf(c)
	said := "pages." + strconv.Itoa(status)
	if !language.Knows(said + ".title") {
		said = "pages.500"
	}
	c.Status(status)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderContentSecurityPolicy, errorPolicy)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return errorPage.Execute(c,
		map[string]any{"Lang": language.Locale(), "Status": status, "Title": language.Say(said + ".title"),
			"Text": language.Say(said + ".text"), "Home": language.Say("pages.home"),
			"RequestID": c.GetRespHeader(RequestIDHeader)})
}
