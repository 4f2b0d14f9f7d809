package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/problem"

	"github.com/gofiber/fiber/v2"
)

const (
	// signedInBody is the largest body of a request that is no upload, in bytes; operations may have less.
	signedInBody = 1 << 20
	// headTimeout bounds how long a request's body waits for its session to be looked up.
	headTimeout = 5 * time.Second
)

// BodyRule lets those who are signed in send more than httpd.AnonymousBody, and those who may import files the largest
// bodies. The session is looked up before the body is read, so that strangers cannot fill the memory.
func (a *API) BodyRule(h httpd.Head) (limit, refused int) {
	path, _, _ := strings.Cut(h.Target(), "?")
	if !strings.HasPrefix(path, "/api/") || path == "/api/login" || path == "/api/setup" {
		return 0, 0
	}
	token, bearer := strings.CutPrefix(h.Get(fiber.HeaderAuthorization), "Bearer ")
	if !bearer {
		token = h.Cookie(httpd.SessionCookie)
	}
	ctx, cancel := context.WithTimeout(context.Background(), headTimeout)
	defer cancel()
	u, err := a.o.Sessions.Authenticate(ctx, token)
	if err != nil {
		return 0, problem.StatusOf(attendance.CodeOf(err))
	}
	if h.Method() == http.MethodPost && strings.HasSuffix(path, "/imports") && rest.Dashboard.Allows(&u) {
		return MaxBody, 0
	}
	return signedInBody, 0
}
