package realtime

import "strings"

// Kind is what the prefix of a channel's name asks for; the flags combine. The zero value is a public channel.
type Kind uint8

// The kinds that the Pusher Channels protocol knows.
const (
	KindPrivate   Kind = 1 << iota // needs a signature
	KindPresence                   // needs a signature over a member; its members see one another
	KindEncrypted                  // the payload is encrypted end to end and passes through untouched
	KindCache                      // a new subscriber gets the last event
	KindUser                       // the events of one signed-in user
)

// MaxChannelName is the longest name of a channel, in bytes.
const MaxChannelName = 164

// userPrefix starts the channel that carries the events of one signed-in user.
const userPrefix = "#server-to-user-"

// UserChannel is the channel of the events for one signed-in user of the Pusher protocol.
func UserChannel(userID string) string { return userPrefix + userID }

// ParseChannel returns the kind of a channel, or false if the name is malformed.
// The rules are those of https://pusher.com/docs/channels/using_channels/channels.
func ParseChannel(name string) (Kind, bool) {
	if len(name) == 0 || len(name) > MaxChannelName {
		return 0, false
	}
	if user, ok := strings.CutPrefix(name, userPrefix); ok {
		return KindUser, user != "" && strings.IndexFunc(user, func(r rune) bool { return r <= ' ' || r == 0x7f }) < 0
	}
	for i := range len(name) {
		if !channelByte(name[i]) {
			return 0, false
		}
	}
	var k Kind
	rest := name
	switch {
	case strings.HasPrefix(name, "private-encrypted-"):
		k, rest = KindPrivate|KindEncrypted, name[len("private-encrypted-"):]
	case strings.HasPrefix(name, "private-"):
		k, rest = KindPrivate, name[len("private-"):]
	case strings.HasPrefix(name, "presence-"):
		k, rest = KindPresence, name[len("presence-"):]
	}
	if strings.HasPrefix(rest, "cache-") {
		k |= KindCache
	}
	return k, true
}

func channelByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	}
	return strings.IndexByte("_-=@,.;", b) >= 0
}

// Has reports whether all flags of other are set in k.
func (k Kind) Has(other Kind) bool { return k&other == other }

// Public reports whether anybody may subscribe to a channel of this kind, under whatever name they invent.
func (k Kind) Public() bool { return k&(KindPrivate|KindPresence|KindUser) == 0 }

// Guarded reports whether a subscription needs a signature.
func (k Kind) Guarded() bool { return k&(KindPrivate|KindPresence) != 0 }
