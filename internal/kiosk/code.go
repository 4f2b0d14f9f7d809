package kiosk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hadir/internal/attendance"
)

// The code on the screen is "1.<kiosk>.<step>.<mac>": the version of the form, the id of the kiosk, the time of the
// server in steps, and the beginning of an HMAC-SHA256 (RFC 2104) of the three with the kiosk's secret.
const (
	// Step is how long a code is shown. At 8 s one scan in fifty has to be repeated; what is shown longer is passed on.
	Step = 8 * time.Second
	// ahead is for how long after now a tablet is given codes, so that a network that stutters leaves no empty screen.
	ahead = 2 * time.Minute

	codeVersion = "1"
	macLength   = 10 // bytes
	secretBytes = 32
	// skew is by how much the clocks of two nodes may differ: a code of the next step is taken that long before it.
	skew = 2 * time.Second
)

// NewSecret makes what signs the codes of a kiosk.
func NewSecret() []byte {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand crashes the process instead
	return b
}

// StepOf is the step that holds an instant.
func StepOf(t time.Time) int64 { return t.Unix() / int64(Step/time.Second) }

// Code returns the code of a step.
func (k *Kiosk) Code(step int64) string {
	signed := fmt.Sprintf("%s|%d|%d", codeVersion, k.ID, step)
	h := hmac.New(sha256.New, k.Secret)
	h.Write([]byte(signed)) // never fails
	mac := base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:macLength])
	return fmt.Sprintf("%s.%d.%d.%s", codeVersion, k.ID, step, mac)
}

// Scanned is a code that somebody sent.
type Scanned struct {
	KioskID int64
	Step    int64
	text    string
}

// ParseCode reads a code: CodeInvalid for what has not its form. Whether it is genuine only its kiosk can tell.
func ParseCode(s string) (c Scanned, err error) {
	parts := strings.Split(s, ".")
	if len(parts) == 4 && parts[0] == codeVersion {
		c.KioskID, err = strconv.ParseInt(parts[1], 10, 64)
		if err == nil {
			c.Step, err = strconv.ParseInt(parts[2], 10, 64)
		}
		if c.text = s; err == nil && c.KioskID > 0 && c.Step > 0 {
			return c, nil
		}
	}
	return Scanned{}, attendance.NewError(CodeInvalid, "This is no code of a kiosk.")
}

// Check tells whether a code is what the screen shows, or showed a step ago: CodeInvalid for one that the kiosk did not
// make, or must not, and CodeExpired for an older one.
func (k *Kiosk) Check(c Scanned, now time.Time) error {
	genuine := subtle.ConstantTimeCompare([]byte(k.Code(c.Step)), []byte(c.text)) == 1
	switch {
	case !genuine || !k.Paired || !k.Has(QR) || c.Step > StepOf(now.Add(skew)):
		return attendance.NewError(CodeInvalid, "This is no code of a kiosk.")
	case c.Step < StepOf(now)-1:
		return attendance.NewError(CodeExpired, "The code is no longer on the screen.")
	}
	return nil
}

// UseKey is the same for two uses of one code by one person, and for nothing else: such a punch is stored once.
func (c Scanned) UseKey(employeeID int64) (key [16]byte) {
	sum := sha256.Sum256(fmt.Appendf(nil, "kiosk code|%d|%d|%d", c.KioskID, c.Step, employeeID))
	copy(key[:], sum[:])
	return key
}

// ShownCode is a code with the step in which it is shown.
type ShownCode struct {
	Step int64  `json:"step"`
	Code string `json:"code"`
}

// CodesFrom returns the code of an instant and those of the time ahead.
func (k *Kiosk) CodesFrom(now time.Time) (codes []ShownCode) {
	for step := StepOf(now); step <= StepOf(now.Add(ahead)); step++ {
		codes = append(codes, ShownCode{step, k.Code(step)})
	}
	return codes
}
