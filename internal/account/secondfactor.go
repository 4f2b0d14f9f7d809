package account

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Codes of the second factor are those of RFC 6238 as every authenticator app makes them: six digits, a new one every
// 30 seconds, HMAC-SHA-1. Clocks may differ by a step.
const (
	codePeriod  = 30 // seconds
	codeSkew    = 1  // steps
	factorBytes = 20 // of a secret: as long as what SHA-1 makes, RFC 4226 section 4
)

// RecoveryCodes is how many codes somebody gets for the day on which the device is lost. Each is accepted once.
const RecoveryCodes = 10

const (
	recoveryLength = 16 // characters of base32: 80 bits, so that a plain hash of one gives nothing away
	recoveryGroup  = 4
)

// PendingTTL is how long a sign-in waits for its code.
const PendingTTL = 5 * time.Minute

// FactorKey is the secret of a second factor in the forms in which apps take it.
type FactorKey struct {
	Secret string // base32
	URL    string // otpauth://totp/…
	QR     []byte // the same as an image, PNG
}

// NewFactorKey makes a secret for the account of a login.
func NewFactorKey(login string) (FactorKey, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Hadir", AccountName: login, Period: codePeriod,
		SecretSize: factorBytes, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return FactorKey{}, fmt.Errorf("make a second factor: %w", err)
	}
	qr, err := drawQR(key)
	if err != nil {
		return FactorKey{}, fmt.Errorf("draw a second factor: %w", err)
	}
	return FactorKey{Secret: key.Secret(), URL: key.URL(), QR: qr}, nil
}

const (
	qrSize  = 240 // pixels
	qrQuiet = 24  // pixels of white around it, without which cameras do not find it
)

func drawQR(key *otp.Key) ([]byte, error) {
	code, err := key.Image(qrSize, qrSize)
	if err != nil {
		return nil, err
	}
	whole := image.NewGray(image.Rect(0, 0, qrSize+2*qrQuiet, qrSize+2*qrQuiet))
	draw.Draw(whole, whole.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(whole, code.Bounds().Add(image.Pt(qrQuiet, qrQuiet)), code, code.Bounds().Min, draw.Src)
	var out bytes.Buffer
	err = png.Encode(&out, whole)
	return out.Bytes(), err
}

// MatchCode tells whether a code is of a secret now, and of which step. Steps up to last were used and do not count, so
// that a code that somebody looked at over a shoulder is worth nothing.
func MatchCode(secret, code string, last int64, now time.Time) (step int64, ok bool) {
	opts := hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}
	present := now.Unix() / codePeriod
	for s := max(present-codeSkew, last+1); s <= present+codeSkew; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), opts)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return 0, false
}

// NewRecoveryCodes makes codes, as people see them.
func NewRecoveryCodes() []string {
	out := make([]string, RecoveryCodes)
	for i := range out {
		text := rand.Text()[:recoveryLength]
		groups := []string{}
		for at := 0; at < recoveryLength; at += recoveryGroup {
			groups = append(groups, text[at:at+recoveryGroup])
		}
		out[i] = strings.Join(groups, "-")
	}
	return out
}

// misread are digits that no recovery code has, and the letters that they were read for.
var misread = strings.NewReplacer("-", "", "0", "O", "1", "I", "8", "B")

// RecoveryHash is what is kept of a recovery code, however it was typed; ok is false for what cannot be one.
func RecoveryHash(code string) (hash [32]byte, ok bool) {
	plain := misread.Replace(strings.ToUpper(strings.Join(strings.Fields(code), "")))
	return HashToken(plain), len(plain) == recoveryLength
}

// AppCode is a code as an app shows it, without the blanks that some put into it.
func AppCode(code string) string { return strings.Join(strings.Fields(code), "") }
