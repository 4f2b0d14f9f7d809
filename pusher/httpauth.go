package pusher

import (
	"crypto/md5" // the protocol prescribes it; what protects the request is the HMAC
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hadir/internal/account"
	"hadir/internal/httpd"

	"github.com/gofiber/fiber/v2"
)

// signedBody is the largest body of a signed request, in bytes: a batch of the largest events, however JSON writes
// them.
const signedBody = 1 << 20

// maxClockSkew is how far auth_timestamp may be from the server's time.
const maxClockSkew = 600 * time.Second

// signedRequest lets requests of the HTTP API pass that are signed as
// https://pusher.com/docs/channels/library_auth_reference/rest-api/#authentication says. Refusals are plain text.
func (s *Server) signedRequest(c *fiber.Ctx) error {
	if !equal(c.Params("id"), s.o.AppID) {
		return c.Status(fiber.StatusNotFound).SendString("Unknown app id")
	}
	if reason := s.unsigned(c); reason != "" {
		return c.Status(fiber.StatusUnauthorized).SendString(reason)
	}
	return c.Next()
}

// unsigned says what is wrong with the signature of a request, or "".
func (s *Server) unsigned(c *fiber.Ctx) string {
	query, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return "Malformed query"
	}
	if query.Get("auth_version") != "1.0" {
		return "auth_version must be 1.0"
	}
	if !equal(query.Get("auth_key"), s.o.Key) {
		return "Unknown auth_key"
	}
	stamp, err := strconv.ParseInt(query.Get("auth_timestamp"), 10, 64)
	if err != nil {
		return "auth_timestamp must be seconds since 1970"
	}
	if age := s.o.Clock.Now().Unix() - stamp; age > int64(maxClockSkew.Seconds()) ||
		age < -int64(maxClockSkew.Seconds()) {
		return "Timestamp expired: the server's time is " + s.o.Clock.Now().UTC().Format(time.RFC3339) +
			", at most 600 s away is accepted"
	}
	if body := c.BodyRaw(); len(body) > 0 || query.Has("body_md5") {
		sum := md5.Sum(body)
		if !equal(query.Get("body_md5"), hex.EncodeToString(sum[:])) {
			return "body_md5 does not match the body"
		}
	}
	toSign := c.Method() + "\n" + string(c.Request().URI().PathOriginal()) + "\n" + canonicalQuery(query)
	if !equal(query.Get("auth_signature"), s.sign(toSign)) {
		return "Invalid signature: it must be the hexadecimal HMAC-SHA256 of " + strconv.Quote(toSign)
	}
	return ""
}

// BodyRule lets signed requests be larger than what strangers may send. The signature covers the query, which holds the
// body's checksum; both are looked at again once the body is here.
func (s *Server) BodyRule(h httpd.Head) httpd.Allowance {
	path, raw, _ := strings.Cut(h.Target(), "?")
	if !strings.HasPrefix(path, "/apps/") {
		return httpd.Allowance{}
	}
	query, err := url.ParseQuery(raw)
	if err != nil || !equal(query.Get("auth_signature"), s.sign(h.Method()+"\n"+path+"\n"+canonicalQuery(query))) {
		return httpd.Allowance{Refused: account.CodeUnauthenticated}
	}
	return httpd.Allowance{Limit: signedBody}
}

// canonicalQuery joins the parameters as they are signed: sorted by their names in lower case, not escaped, without the
// signature itself.
func canonicalQuery(query url.Values) string {
	pairs := make([][2]string, 0, len(query))
	for name, values := range query {
		switch name = strings.ToLower(name); {
		case name == "auth_signature":
		case strings.HasSuffix(name, "[]"): // Pusher's libraries name an array once per element
			for _, v := range values {
				pairs = append(pairs, [2]string{name, v})
			}
		default:
			pairs = append(pairs, [2]string{name, strings.Join(values, ",")})
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	var out strings.Builder
	for i, p := range pairs {
		if i > 0 {
			out.WriteByte('&')
		}
		out.WriteString(p[0] + "=" + p[1])
	}
	return out.String()
}
