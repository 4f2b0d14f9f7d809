package pusher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hadir/internal/realtime"

	"github.com/gofiber/fiber/v2"
)

const (
	maxChannels = 100 // of one trigger
	maxBatch    = 10  // triggers in one request
)

// trigger is an event to publish, as server libraries send it.
type trigger struct {
	Name     string          `json:"name"`
	Channel  string          `json:"channel"`
	Channels []string        `json:"channels"`
	Data     json.RawMessage `json:"data"`
	SocketID string          `json:"socket_id"`
	Info     string          `json:"info"`
}

// attributes of a channel that a request asks for with info.
type attributes struct{ subscriptions, users, cache bool }

// parseCounts is parseInfo for requests about several channels, which do not return last events.
func parseCounts(info string) (attributes, error) {
	a, err := parseInfo(info)
	if err == nil && a.cache {
		err = errors.New("cache is an attribute of single channels")
	}
	return a, err
}

func parseInfo(info string) (a attributes, err error) {
	for name := range strings.SplitSeq(info, ",") {
		switch strings.TrimSpace(name) {
		case "":
		case "subscription_count":
			a.subscriptions = true
		case "user_count":
			a.users = true
		case "cache":
			a.cache = true
		default:
			return a, fmt.Errorf("unknown attribute %q in info", name)
		}
	}
	return a, nil
}

// channelInfo is what an answer says about a channel.
type channelInfo struct {
	Occupied      *bool           `json:"occupied,omitempty"`
	Subscriptions *int            `json:"subscription_count,omitempty"`
	Users         *int            `json:"user_count,omitempty"`
	Cache         json.RawMessage `json:"cache,omitempty"`
}

// cachedEvent is what is kept of the last event.
type cachedEvent struct {
	Data string `json:"data"`
	TTL  int    `json:"ttl"` // seconds
}

func (a attributes) of(name string, c realtime.Count) channelInfo {
	var out channelInfo
	if a.subscriptions {
		out.Subscriptions = &c.Subscriptions
	}
	if kind, _ := realtime.ParseChannel(name); a.users && kind.Has(realtime.KindPresence) {
		out.Users = &c.Users
	}
	return out
}

// fill takes from the query what the body does not have. POST parameters may be in either.
func (t *trigger) fill(query string) error {
	v, err := url.ParseQuery(query)
	if err != nil {
		return err
	}
	for name, field := range map[string]*string{"name": &t.Name, "channel": &t.Channel, "socket_id": &t.SocketID,
		"info": &t.Info} {
		if *field == "" {
			*field = v.Get(name)
		}
	}
	if t.Channels == nil {
		t.Channels = v["channels[]"]
	}
	if t.Data == nil && v.Has("data") {
		t.Data, err = json.Marshal(v.Get("data"))
	}
	return err
}

func badRequest(c *fiber.Ctx, format string, args ...any) error {
	return c.Status(fiber.StatusBadRequest).SendString(fmt.Sprintf(format, args...))
}

// unavailable is the answer while Redis is away.
func (s *Server) unavailable(c *fiber.Ctx, err error) error {
	s.log.WarnContext(c.UserContext(), "a request of the HTTP API failed", "path", c.Path(), "error", err)
	return c.Status(fiber.StatusServiceUnavailable).SendString("Try again later")
}

// messages returns what a trigger publishes, or an HTTP status and what is wrong with it.
func (s *Server) messages(t trigger) (out []realtime.Message, status int, wrong string) {
	channels := t.Channels
	if t.Channel != "" {
		channels = append(channels, t.Channel)
	}
	data, err := text(t.Data)
	switch {
	case len(t.Data) == 0 || string(t.Data) == "null":
		return nil, fiber.StatusBadRequest, "an event needs data"
	case len(channels) == 0 || len(channels) > maxChannels:
		return nil, fiber.StatusBadRequest, fmt.Sprintf("an event needs 1 to %d channels", maxChannels)
	case t.Name == "" || utf8.RuneCountInString(t.Name) > maxEventName:
		return nil, fiber.StatusBadRequest, fmt.Sprintf("the name of an event has 1 to %d characters", maxEventName)
	case strings.HasPrefix(t.Name, ownPrefix) || strings.HasPrefix(t.Name, internalPrefix):
		return nil, fiber.StatusBadRequest, "names of events that begin with pusher are reserved"
	case t.SocketID != "" && !isSocketID(t.SocketID):
		return nil, fiber.StatusBadRequest, "malformed socket_id"
	case err != nil:
		return nil, fiber.StatusBadRequest, "malformed data"
	case len(data) > s.o.MaxEventBytes:
		return nil, fiber.StatusRequestEntityTooLarge,
			fmt.Sprintf("the data of an event has at most %d bytes", s.o.MaxEventBytes)
	}
	if data == nil {
		data = json.RawMessage{}
	}
	for _, name := range channels {
		kind, ok := realtime.ParseChannel(name)
		if !ok {
			return nil, fiber.StatusBadRequest, fmt.Sprintf("malformed channel %q", name)
		}
		if kind.Has(realtime.KindEncrypted) && len(channels) > 1 {
			return nil, fiber.StatusBadRequest, "an event for an encrypted channel has one channel"
		}
		out = append(out, realtime.Message{Channel: name, Event: t.Name, Data: data, Except: t.SocketID})
	}
	return out, 0, ""
}

func isSocketID(id string) bool {
	left, right, ok := strings.Cut(id, ".")
	digits := func(s string) bool {
		return s != "" && len(s) <= 20 && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
	}
	return ok && digits(left) && digits(right)
}

// postEvent publishes one event to one or more channels.
func (s *Server) postEvent(c *fiber.Ctx) error {
	var t trigger
	if err := json.Unmarshal(c.BodyRaw(), &t); err != nil && len(c.BodyRaw()) > 0 {
		return badRequest(c, "the body is not an event")
	}
	if err := t.fill(string(c.Request().URI().QueryString())); err != nil {
		return badRequest(c, "the query is malformed")
	}
	info, err := parseCounts(t.Info)
	if err != nil {
		return badRequest(c, "%v", err)
	}
	messages, status, wrong := s.messages(t)
	if wrong != "" {
		return c.Status(status).SendString(wrong)
	}
	if err := s.bus.Publish(c.UserContext(), messages...); err != nil {
		return s.unavailable(c, err)
	}
	if info == (attributes{}) {
		return c.JSON(fiber.Map{})
	}
	names := make([]string, len(messages))
	for i, m := range messages {
		names[i] = m.Channel
	}
	counts, err := s.bus.CountsOf(c.UserContext(), names...)
	if err != nil {
		return s.unavailable(c, err)
	}
	out := make(map[string]channelInfo, len(names))
	for i, name := range names {
		out[name] = info.of(name, counts[i])
	}
	return c.JSON(fiber.Map{"channels": out})
}

// postBatch publishes up to ten events, each to one channel.
func (s *Server) postBatch(c *fiber.Ctx) error {
	var body struct {
		Batch []trigger `json:"batch"`
	}
	if err := json.Unmarshal(c.BodyRaw(), &body); err != nil || len(body.Batch) == 0 || len(body.Batch) > maxBatch {
		return badRequest(c, "a batch has 1 to %d events", maxBatch)
	}
	var all []realtime.Message
	infos := make([]attributes, len(body.Batch))
	for i, t := range body.Batch {
		var err error
		if infos[i], err = parseCounts(t.Info); err != nil {
			return badRequest(c, "%v", err)
		}
		if len(t.Channels) > 0 {
			return badRequest(c, "an event of a batch has one channel")
		}
		messages, status, wrong := s.messages(t)
		if wrong != "" {
			return c.Status(status).SendString(wrong)
		}
		all = append(all, messages...)
	}
	if err := s.bus.Publish(c.UserContext(), all...); err != nil {
		return s.unavailable(c, err)
	}
	if !slices.ContainsFunc(infos, func(a attributes) bool { return a != attributes{} }) {
		return c.JSON(fiber.Map{})
	}
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.Channel
	}
	counts, err := s.bus.CountsOf(c.UserContext(), names...)
	if err != nil {
		return s.unavailable(c, err)
	}
	out := make([]channelInfo, len(names))
	for i, name := range names {
		out[i] = infos[i].of(name, counts[i])
	}
	return c.JSON(fiber.Map{"batch": out})
}

// getChannels lists the occupied channels of all nodes.
func (s *Server) getChannels(c *fiber.Ctx) error {
	info, err := parseCounts(c.Query("info"))
	if err != nil {
		return badRequest(c, "%v", err)
	}
	prefix := strings.Clone(c.Query("filter_by_prefix"))
	if info.users && !strings.HasPrefix(prefix, "presence-") {
		return badRequest(c, "user_count needs filter_by_prefix=presence-")
	}
	counts, err := s.bus.Counts(c.UserContext(), prefix)
	if err != nil {
		return s.unavailable(c, err)
	}
	out := make(map[string]channelInfo, len(counts))
	for name, n := range counts {
		out[name] = info.of(name, n)
	}
	return c.JSON(fiber.Map{"channels": out})
}

// channelParam returns the channel in the path, unescaped.
func channelParam(c *fiber.Ctx) (name string, kind realtime.Kind, ok bool) {
	name, err := url.PathUnescape(c.Params("name"))
	if err != nil {
		return "", 0, false
	}
	name = strings.Clone(name)
	kind, ok = realtime.ParseChannel(name)
	return name, kind, ok
}

// getChannel tells how busy one channel is.
func (s *Server) getChannel(c *fiber.Ctx) error {
	name, kind, ok := channelParam(c)
	if !ok {
		return badRequest(c, "malformed channel")
	}
	info, err := parseInfo(c.Query("info"))
	if err != nil {
		return badRequest(c, "%v", err)
	}
	if info.users && !kind.Has(realtime.KindPresence) {
		return badRequest(c, "user_count is for presence channels")
	}
	if info.cache && !kind.Has(realtime.KindCache) {
		return badRequest(c, "cache is for cache channels")
	}
	counts, err := s.bus.CountsOf(c.UserContext(), name)
	if err != nil {
		return s.unavailable(c, err)
	}
	out := info.of(name, counts[0])
	if info.cache {
		if out.Cache, err = s.cached(c.UserContext(), name); err != nil {
			return s.unavailable(c, err)
		}
	}
	occupied := counts[0].Subscriptions > 0
	out.Occupied = &occupied
	return c.JSON(out)
}

// cached returns the last event of a cache channel, null when there is none.
func (s *Server) cached(ctx context.Context, name string) (json.RawMessage, error) {
	last, ttl, err := s.bus.LastFor(ctx, name)
	if err != nil || last == nil {
		return json.RawMessage("null"), err
	}
	var e cachedEvent
	if err := json.Unmarshal(last, &e); err != nil {
		return nil, err
	}
	e.TTL = int(ttl.Round(time.Second).Seconds())
	return json.Marshal(e)
}

// getUsers lists the members of a presence channel.
func (s *Server) getUsers(c *fiber.Ctx) error {
	name, kind, ok := channelParam(c)
	if !ok || !kind.Has(realtime.KindPresence) {
		return badRequest(c, "users are listed for presence channels only")
	}
	ids, err := s.bus.Members(c.UserContext(), name)
	if err != nil {
		return s.unavailable(c, err)
	}
	slices.Sort(ids)
	users := make([]fiber.Map, len(ids))
	for i, id := range ids {
		users[i] = fiber.Map{"id": id}
	}
	return c.JSON(fiber.Map{"users": users})
}

// postTerminate ends the connections of a signed-in user on all nodes.
func (s *Server) postTerminate(c *fiber.Ctx) error {
	user, err := url.PathUnescape(c.Params("user"))
	if err != nil || user == "" {
		return badRequest(c, "malformed user id")
	}
	if err := s.bus.Terminate(c.UserContext(), strings.Clone(user)); err != nil {
		return s.unavailable(c, err)
	}
	return c.JSON(fiber.Map{})
}
