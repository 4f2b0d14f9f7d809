package pusher

import (
	"encoding/json"
	"strconv"

	"hadir/internal/realtime"
)

// Close codes of the Pusher protocol. Clients do not come back after 4000 to 4099, come back after a pause after 4100
// to 4199, at once after 4200 to 4299, and never after anything above.
// https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/#error-codes
const (
	codeUnknownApp      = 4001
	codeBadVersion      = 4006
	codeUnsupported     = 4007
	codeNoProtocol      = 4008
	codeUnauthorized    = 4009
	codeOverCapacity    = 4100
	codeReconnect       = 4200
	codeNoPong          = 4201
	codeRejected        = 4300 // the request, not the socket
	codeRateLimit       = 4301
	codeNone            = 0 // an error without a code
	maxEventName        = 200
	clientEventsASecond = 10
	// messagesASecond are those of any kind from one socket of which nothing else limits the rate. A client that comes
	// back subscribes to all its channels at once; those are added.
	messagesASecond = 50
)

const (
	eventEstablished       = "pusher:connection_established"
	eventPing              = "pusher:ping"
	eventPong              = "pusher:pong"
	eventSubscribe         = "pusher:subscribe"
	eventUnsubscribe       = "pusher:unsubscribe"
	eventSignin            = "pusher:signin"
	eventSigninSuccess     = "pusher:signin_success"
	eventSubscriptionError = "pusher:subscription_error"
	eventCacheMiss         = "pusher:cache_miss"
	eventSubscribed        = "pusher_internal:subscription_succeeded"
	clientPrefix           = "client-"
	ownPrefix              = "pusher:"
	internalPrefix         = "pusher_internal:"
)

// inbound is a message of a client. Data is an object or a string that holds one.
type inbound struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
}

// text returns data as the string that an event carries: the content of a JSON string, else the JSON itself.
func text(data json.RawMessage) (json.RawMessage, error) {
	if len(data) == 0 || data[0] != '"' {
		return data, nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	return json.RawMessage(s), nil
}

// decode reads the data of an event into v.
func decode(data json.RawMessage, v any) error {
	inner, err := text(data)
	if err != nil {
		return err
	}
	return json.Unmarshal(inner, v)
}

// event builds a WebSocket frame with an event; data is JSON.
func event(name, channel string, data []byte) []byte {
	return appendText(nil, realtime.AppendFrame(nil, realtime.Message{Event: name, Channel: channel, Data: data}))
}

// eventWith is event with data marshalled from v, which cannot fail to.
func eventWith(name, channel string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // only for types that JSON does not know
	}
	return event(name, channel, data)
}

// errorEvent builds a frame with pusher:error, whose data is an object, unlike that of all other events.
func errorEvent(code int, message string) []byte {
	c := []byte("null")
	if code != codeNone {
		c = strconv.AppendInt(nil, int64(code), 10)
	}
	m, err := json.Marshal(message)
	if err != nil {
		panic(err) // a string always marshals
	}
	out := append([]byte(`{"event":"pusher:error","data":{"code":`), c...)
	out = append(out, `,"message":`...)
	out = append(out, m...)
	return appendText(nil, append(out, "}}"...))
}

// refusal is why a subscription failed; it is the data of pusher:subscription_error.
type refusal struct {
	Type   string `json:"type"`
	Error  string `json:"error"`
	Status int    `json:"status"`
}
