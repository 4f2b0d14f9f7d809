package pusher

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// sign returns the hexadecimal HMAC-SHA256 of the parts under the app's secret.
func (s *Server) sign(parts ...string) string {
	mac := hmac.New(sha256.New, []byte(s.o.Secret))
	for _, p := range parts {
		mac.Write([]byte(p)) //nolint:errcheck // a hash never fails
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// authorized checks "key:signature" in constant time against the signature of the parts.
func (s *Server) authorized(auth string, parts ...string) bool {
	key, signature, ok := strings.Cut(auth, ":")
	return equal(key, s.o.Key) && equal(signature, s.sign(parts...)) && ok
}

func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

var errBadMember = errors.New("channel_data must be an object with a user_id")

// maxUserID bounds the id of a user, in bytes.
const maxUserID = 128

// maxExact is the largest whole number that JavaScript holds exactly.
const maxExact = 1<<53 - 1

// parseMember reads the channel_data of a presence subscription. Server libraries write numbers as well as strings.
func parseMember(channelData string) (id string, info json.RawMessage, err error) {
	var m struct {
		UserID   json.RawMessage `json:"user_id"`
		UserInfo json.RawMessage `json:"user_info"`
	}
	if err := json.Unmarshal([]byte(channelData), &m); err != nil {
		return "", nil, errBadMember
	}
	if id, err = parseID(m.UserID); err != nil {
		return "", nil, err
	}
	return id, m.UserInfo, nil
}

// parseUser reads the user_data of a sign-in.
func parseUser(userData string) (id string, info json.RawMessage, err error) {
	var u struct {
		ID       json.RawMessage `json:"id"`
		UserInfo json.RawMessage `json:"user_info"`
	}
	if err := json.Unmarshal([]byte(userData), &u); err != nil {
		return "", nil, err
	}
	if id, err = parseID(u.ID); err != nil {
		return "", nil, err
	}
	return id, u.UserInfo, nil
}

func parseID(raw json.RawMessage) (string, error) {
	var id string
	if json.Unmarshal(raw, &id) != nil {
		// Only whole numbers without fraction or exponent are allowed, since all clients read those alike.
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || n > maxExact || n < -maxExact {
			return "", errBadMember
		}
		id = strconv.FormatInt(n, 10)
	}
	if id == "" || len(id) > maxUserID {
		return "", errBadMember
	}
	return id, nil
}
