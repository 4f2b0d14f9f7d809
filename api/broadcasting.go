package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/realtime"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// socketID is the form of the protocol: two integers with a dot.
var socketID = regexp.MustCompile(`^[0-9]{1,20}\.[0-9]{1,20}$`)

type subscription struct {
	SocketID string `json:"socket_id" form:"socket_id"`
	Channel  string `json:"channel_name" form:"channel_name"`
}

type signature struct {
	Auth        string `json:"auth"`
	ChannelData string `json:"channel_data,omitempty"`
}

// broadcastingAuth signs a subscription to a private or presence channel, as laravel-echo asks for it: HMAC-SHA256 over
// socket_id:channel, and :channel_data for presence (Pusher Channels, "Auth signatures").
func (a *API) broadcastingAuth(c *fiber.Ctx) error {
	token, byCookie := credentials(c)
	if byCookie && crossSite(c) {
		return problem(c, codeCrossSite)
	}
	who, err := a.session(c.UserContext(), token)
	if err != nil {
		if statusOf(attendance.CodeOf(err)) >= 500 {
			a.o.Log.ErrorContext(c.UserContext(), "authorising a subscription", "error", err)
		}
		return problem(c, attendance.CodeOf(err))
	}
	var s subscription
	if err := c.BodyParser(&s); err != nil {
		return problem(c, codeMalformed)
	}
	if !socketID.MatchString(s.SocketID) || len(s.Channel) == 0 || len(s.Channel) > 164 {
		return problem(c, attendance.CodeInvalid)
	}
	if !maySubscribe(&who.user, s.Channel) {
		return problem(c, attendance.CodeForbidden)
	}
	out := signature{}
	signed := s.SocketID + ":" + s.Channel
	if strings.HasPrefix(s.Channel, "presence-") {
		member, err := json.Marshal(map[string]any{"user_id": strconv.FormatInt(who.user.ID, 10),
			"user_info": map[string]string{"name": who.user.Name, "role": string(who.user.Role)}})
		if err != nil {
			return err
		}
		out.ChannelData = string(member)
		signed += ":" + out.ChannelData
	}
	mac := hmac.New(sha256.New, []byte(a.o.PusherSecret))
	mac.Write([]byte(signed))
	out.Auth = a.o.PusherKey + ":" + hex.EncodeToString(mac.Sum(nil))
	return c.JSON(out)
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
	spec.AddOperation(&huma.Operation{Method: http.MethodPost, Path: "/broadcasting/auth", OperationID: "broadcasting-auth", Tags: []string{"Real time"},
		Summary:     "Sign a subscription to a private or presence channel",
		Description: "As laravel-echo and pusher-js ask for it. Channels: private-branch.{id}, private-company, private-employee.{id}, private-user.{id}, presence-dashboard, private-ops.",
		Security:    []map[string][]string{{schemeCookie: {}}, {schemeBearer: {}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object",
			Required: []string{"socket_id", "channel_name"}, Properties: map[string]*huma.Schema{"socket_id": {Type: "string"}, "channel_name": {Type: "string"}}}}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "The signature.", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object",
				Properties: map[string]*huma.Schema{"auth": {Type: "string"}, "channel_data": {Type: "string"}}}}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}},
		}})
}
