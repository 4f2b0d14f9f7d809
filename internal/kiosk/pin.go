package kiosk

import (
	"crypto/rand"
	"math/big"
	"strings"

	"hadir/internal/attendance"
)

// pinLength is the number of digits of a PIN.
const pinLength = 6

// CheckPIN tells whether a PIN may be that of an employee of a number: six digits that are not what others try first.
// Errors are CodeInvalid of the field pin.
func CheckPIN(pin, number string) error {
	if len(pin) != pinLength || strings.Trim(pin, "0123456789") != "" {
		return attendance.Invalid("pin", "A PIN has exactly six digits.")
	}
	own := digitsOf(number)
	if run(pin, 0) || run(pin, 1) || run(pin, 9) || own != "" && padded(own) == pin {
		return attendance.Invalid("pin", "This PIN is easily guessed; choose another.")
	}
	return nil
}

// run tells whether each digit follows the one before by a step; after 9 comes 0.
func run(pin string, step byte) bool {
	for i := 1; i < len(pin); i++ {
		if (pin[i-1]-'0'+step)%10 != pin[i]-'0' {
			return false
		}
	}
	return true
}

func digitsOf(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// padded makes six digits of those of a number: the last six, or zeros before fewer.
func padded(digits string) string {
	digits = strings.Repeat("0", pinLength) + digits
	return digits[len(digits)-pinLength:]
}

// NewPIN makes a PIN for an employee of a number.
func NewPIN(number string) string {
	for {
		n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails: crypto/rand crashes the process instead
		if pin := padded(n.String()); CheckPIN(pin, number) == nil {
			return pin
		}
	}
}
