package realtime

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Events that the protocol itself defines and that the bus makes.
const (
	eventSubscribed    = "pusher_internal:subscription_succeeded"
	eventMemberAdded   = "pusher_internal:member_added"
	eventMemberRemoved = "pusher_internal:member_removed"
	clientEventPrefix  = "client-"
)

// AppendFrame appends the text of an event as protocol version 7 sends it: data is a string that holds JSON. Channel
// and UserID are left out when empty; nil Data becomes "{}". Invalid UTF-8 is replaced, because a text frame must not
// hold it.
func AppendFrame(dst []byte, m Message) []byte {
	dst = append(dst, `{"event":`...)
	dst = appendQuoted(dst, m.Event)
	if m.Channel != "" {
		dst = append(dst, `,"channel":`...)
		dst = appendQuoted(dst, m.Channel)
	}
	dst = append(dst, `,"data":`...)
	if m.Data == nil {
		dst = append(dst, `"{}"`...)
	} else {
		dst = appendQuoted(dst, []byte(m.Data))
	}
	if m.UserID != "" {
		dst = append(dst, `,"user_id":`...)
		dst = appendQuoted(dst, m.UserID)
	}
	return append(dst, '}')
}

// Member is one user in a presence channel.
type Member struct {
	UserID string
	Info   json.RawMessage // what the application says about the user; nil for nothing
}

// appendRoster appends the frame that tells a subscriber who is in a presence channel.
func appendRoster(dst []byte, channel string, members []Member) []byte {
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.UserID, b.UserID) })
	data := make([]byte, 0, 64+64*len(members))
	data = append(data, `{"presence":{"count":`...)
	data = strconv.AppendInt(data, int64(len(members)), 10)
	data = append(data, `,"ids":[`...)
	for i, m := range members {
		if i > 0 {
			data = append(data, ',')
		}
		data = appendQuoted(data, m.UserID)
	}
	data = append(data, `],"hash":{`...)
	for i, m := range members {
		if i > 0 {
			data = append(data, ',')
		}
		data = appendQuoted(data, m.UserID)
		data = append(data, ':')
		data = append(data, infoOf(m)...)
	}
	data = append(data, `}}}`...)
	return AppendFrame(dst, Message{Channel: channel, Event: eventSubscribed, Data: data})
}

func memberAdded(channel string, m Member) Message {
	data := appendQuoted([]byte(`{"user_id":`), m.UserID)
	data = append(data, `,"user_info":`...)
	data = append(data, infoOf(m)...)
	return Message{Channel: channel, Event: eventMemberAdded, Data: append(data, '}')}
}

func memberRemoved(channel, userID string) Message {
	data := appendQuoted([]byte(`{"user_id":`), userID)
	return Message{Channel: channel, Event: eventMemberRemoved, Data: append(data, '}')}
}

func infoOf(m Member) json.RawMessage {
	if len(m.Info) == 0 {
		return json.RawMessage(`null`)
	}
	return m.Info
}

// appendEnvelope appends what precedes a frame on the bus: the socket that must not get it, and when it was sent
// (microseconds since 1970). A change of presence has its version as third field, which the script writes. A message of
// a recorded trace has its traceparent as fourth field. Receivers ignore fields that they do not know.
func appendEnvelope(dst []byte, except string, sentAt int64, trace string) []byte {
	dst = append(dst, except...)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, sentAt, 10)
	if trace != "" {
		dst = append(dst, " 0 "...)
		dst = append(dst, trace...)
	}
	return append(dst, '\n')
}

// cutEnvelope splits a message into its envelope and its frame.
func cutEnvelope(payload string) (d Delivery, ok bool) {
	head, frame, ok := strings.Cut(payload, "\n")
	if !ok {
		return d, false
	}
	d.Frame = frame
	d.Except, head, ok = strings.Cut(head, " ")
	if !ok {
		return d, false
	}
	stamp, head, _ := strings.Cut(head, " ")
	var err error
	if d.SentAt, err = strconv.ParseInt(stamp, 10, 64); err != nil {
		return d, false
	}
	version, head, _ := strings.Cut(head, " ")
	if version != "" {
		d.Version, err = strconv.ParseInt(version, 10, 64)
	}
	d.Trace, _, _ = strings.Cut(head, " ")
	return d, err == nil
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string. Unlike encoding/json it needs no reflection and does not escape HTML,
// because only JSON parsers read the frames.
func appendQuoted[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
