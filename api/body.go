package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

const (
	// signedInBody is the largest body of a request that is no upload, in bytes; operations may have less.
	signedInBody = 1 << 20
	// largeBodies is how many bodies of one user over httpd.AnonymousBody are held at a time, also of their programs.
	largeBodies = 3
	// headTimeout bounds how long a request's body waits for whoever sends it to be looked up.
	headTimeout = 5 * time.Second
)

// BodyRule lets those who are signed in send more than httpd.AnonymousBody, and those who may import files the largest
// bodies. Who asks is looked up before the body is read, so that strangers cannot fill the memory.
func (a *API) BodyRule(h httpd.Head) httpd.Allowance {
	path, _, _ := strings.Cut(h.Target(), "?")
	if !strings.HasPrefix(path, "/api/") || path == "/api/login" || path == "/api/setup" {
		return httpd.Allowance{}
	}
	token, bearer := strings.CutPrefix(h.Get(fiber.HeaderAuthorization), "Bearer ")
	if !bearer {
		token = httpd.SessionOf(h.Cookie(httpd.SessionCookie))
	}
	ctx, cancel := context.WithTimeout(context.Background(), headTimeout)
	defer cancel()
	who, err := a.o.Sessions.Caller(ctx, token)
	out := httpd.Allowance{Limit: signedInBody, Places: largeBodies,
		Asker: "user " + strconv.FormatInt(who.User.ID, 10)}
	switch {
	case err != nil:
		return httpd.Allowance{Refused: attendance.CodeOf(err)}
	case who.Due != "":
		return httpd.Allowance{Refused: who.Due}
	case who.Token != nil && !who.Token.Has(scopeOf(&huma.Operation{Method: h.Method(), Path: path})):
		return httpd.Allowance{Refused: account.CodeScopeRequired}
	case h.Method() == http.MethodPost && strings.HasSuffix(path, "/imports") && rest.Dashboard.Allows(&who.User):
		out.Limit = MaxBody
	}
	return out
}
