package kiosk

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"
)

// PairingFor is how long a pairing code is valid.
const PairingFor = 10 * time.Minute

// pairingLength is the number of characters of a pairing code. Of 32 each they make 40 bits, which nobody guesses in
// ten minutes at the few attempts that an address has.
const pairingLength = 8

// pairingAlphabet lacks what is mistaken for something else when it is read from a screen: I, O, 0 and 1.
const pairingAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// NewPairingCode makes a code.
func NewPairingCode() string {
	b := make([]byte, pairingLength)
	_, _ = rand.Read(b) // never fails: crypto/rand crashes the process instead
	for i := range b {
		b[i] = pairingAlphabet[int(b[i])%len(pairingAlphabet)] // 32 divides 256
	}
	return string(b)
}

// PairingHash is what is stored of a code. It is the same however a person writes it: in small letters, in groups.
func PairingHash(code string) [32]byte {
	letters := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	return sha256.Sum256([]byte("kiosk pairing|" + letters))
}
