package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hadir/api/rest"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/httpd"
	"hadir/internal/problem"
	"hadir/internal/realtime"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// broadcastingPath is where pusher-js and laravel-echo ask by default.
const broadcastingPath = "/broadcasting/auth"

// socketID is the form of the protocol: two integers with a dot.
var socketID = regexp.MustCompile(`^[0-9]{1,20}\.[0-9]{1,20}$`)

// subscription asks for the signature of one channel, as every Pusher client does, or of many in one request.
type subscription struct {
	SocketID string   `json:"socket_id" form:"socket_id"`
	Channel  string   `json:"channel_name" form:"channel_name"`
	Channels []string `json:"channel_names" form:"channel_names"`
}

type signature struct {
	Auth        string `json:"auth"`
	ChannelData string `json:"channel_data,omitempty"`
}

// signatures answers a request for many channels. Those that the caller may not listen to are left out.
type signatures struct {
	Channels map[string]signature `json:"channels"`
}

// broadcastingAuth signs a subscription to a private or presence channel, as laravel-echo asks for it: HMAC-SHA256 over
// socket_id:channel:channel_data (Pusher Channels, "Auth signatures"; signing the data of private channels, too, is
// allowed). A page that listens to a channel per branch asks for all of them at once.
func (a *API) broadcastingAuth(c *fiber.Ctx) error {
	token, byCookie := httpd.Credentials(c)
	if byCookie && httpd.CrossSite(c) {
		return httpd.Refuse(c, problem.CodeCrossSite)
	}
	if account.IsAPIToken(token) {
		return a.refuseProgram(c, token)
	}
	now := a.o.Clock.Now() // before the rights are read: a permit is no newer than what it stands for
	// Not from the cache: who was just told that their rights changed must not be let in by what they were.
	session, user, err := a.o.Store.Sessions.SessionUser(c.UserContext(), account.HashToken(token))
	if err != nil {
		if problem.StatusOf(attendance.CodeOf(err)) >= http.StatusInternalServerError {
			a.o.Log.ErrorContext(c.UserContext(), "authorising a subscription", "error", err)
		}
		return httpd.Refuse(c, attendance.CodeOf(err))
	}
	if due := a.o.Sessions.Due(&user); due != "" {
		return httpd.Refuse(c, due)
	}
	if rest.ShowsAnother(c, user.ID) {
		return httpd.Refuse(c, account.CodeOtherPerson)
	}
	var s subscription
	if err := c.BodyParser(&s); err != nil {
		return httpd.Refuse(c, problem.CodeMalformed)
	}
	many := len(s.Channels) > 0
	if !socketID.MatchString(s.SocketID) || many == (s.Channel != "") || len(s.Channels) > realtime.MaxSubscriptions {
		return httpd.Refuse(c, attendance.CodeInvalid)
	}
	permit := permitFor(&session, s.SocketID, now)
	if !many {
		if len(s.Channel) > realtime.MaxChannelName {
			return httpd.Refuse(c, attendance.CodeInvalid)
		}
		if !maySubscribe(&user, s.Channel) {
			return httpd.Refuse(c, account.CodeForbidden)
		}
		out, err := a.sign(&user, permit, s.SocketID, s.Channel)
		if err != nil {
			return err
		}
		return c.JSON(out)
	}
	out := signatures{Channels: make(map[string]signature, len(s.Channels))}
	for _, channel := range s.Channels {
		if !maySubscribe(&user, channel) {
			continue
		}
		if out.Channels[channel], err = a.sign(&user, permit, s.SocketID, channel); err != nil {
			return err
		}
	}
	return c.JSON(out)
}

// refuseProgram tells a program with an API token that sockets are for people who are signed in.
func (a *API) refuseProgram(c *fiber.Ctx, token string) error {
	if _, err := a.o.Sessions.Caller(c.UserContext(), token); err != nil {
		return httpd.Refuse(c, attendance.CodeOf(err))
	}
	return httpd.Refuse(c, account.CodeScopeRequired)
}

// sign signs the subscription of a socket to a channel that the user may listen to.
func (a *API) sign(u *account.User, p realtime.Permit, socket, channel string) (signature, error) {
	out := signature{}
	data := channelData{Permit: p}
	if strings.HasPrefix(channel, "presence-") {
		data.Info = map[string]string{"id": data.UserID, "name": u.Name, "role": string(u.Role)}
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return out, err
	}
	out.ChannelData = string(encoded)
	mac := hmac.New(sha256.New, []byte(a.o.PusherSecret))
	mac.Write([]byte(socket + ":" + channel + ":" + out.ChannelData))
	out.Auth = a.o.PusherKey + ":" + hex.EncodeToString(mac.Sum(nil))
	return out, nil
}

// channelData is signed with every subscription: whose it is, since and until when, and for presence what the others
// see.
type channelData struct {
	realtime.Permit
	Info map[string]string `json:"user_info,omitempty"`
}

// permitFor is the permit that a socket gets now. It ends with the session at the latest.
func permitFor(se *account.Session, socket string, now time.Time) realtime.Permit {
	spread := time.Duration(crc32.ChecksumIEEE([]byte(socket))%uint32(realtime.PermitSpread/time.Second)) * time.Second
	until := now.Add(realtime.PermitLasts + spread)
	for _, end := range []time.Time{se.ExpiresAt, se.IdleUntil} {
		if !end.IsZero() && end.Before(until) {
			until = end
		}
	}
	return realtime.Permit{UserID: strconv.FormatInt(se.UserID, 10), Since: now.UnixMicro(), Until: until.Unix()}
}

// maySubscribe tells who may listen where. What is not named here is closed.
func maySubscribe(u *account.User, channel string) bool {
	if id, ok := realtime.ParseBranchChannel(channel); ok {
		return u.SeesBranch(id)
	}
	if id, ok := realtime.ParseEmployeeChannel(channel); ok {
		return u.EmployeeID == id
	}
	if id, ok := realtime.ParseAccountChannel(channel); ok {
		return u.ID == id
	}
	switch channel {
	case realtime.ChannelCompany:
		return u.SeesCompany()
	case realtime.ChannelDashboard:
		return u.SeesDashboard()
	case realtime.ChannelOps:
		return u.SeesOperations()
	}
	return false
}

func documentBroadcasting(spec *huma.OpenAPI) {
	most, text := realtime.MaxSubscriptions, &huma.Schema{Type: "string"}
	one := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"auth": text, "channel_data": text}}
	op := &huma.Operation{Method: http.MethodPost, Path: broadcastingPath,
		OperationID: "broadcasting-auth", Tags: []string{"Real time"},
		Summary: "Sign a subscription to a private or presence channel",
		Description: "As laravel-echo and pusher-js ask for it: socket_id and channel_name. With channel_names " +
			"instead, many channels are signed in one request, and the answer " +
			"holds a signature for each that the caller may listen to. Channels: private-branch.{id}, " +
			"private-company, private-employee.{id}, private-user.{id}, presence-dashboard, private-ops.",
		RequestBody: &huma.RequestBody{Required: true,
			Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object",
				Required: []string{"socket_id"},
				Properties: map[string]*huma.Schema{"socket_id": text, "channel_name": text,
					"channel_names": {Type: "array", Items: text, MaxItems: &most}}}}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The signature, or the signatures by channel.",
				Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object",
					Properties: map[string]*huma.Schema{"auth": text, "channel_data": text,
						"channels": {Type: "object", AdditionalProperties: one}}}}}},
			"default": {Description: "Error",
				Content: map[string]*huma.MediaType{
					problem.MediaType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}},
		}}
	rest.Grant(op, rest.SignedIn, "")
	spec.AddOperation(op)
}
