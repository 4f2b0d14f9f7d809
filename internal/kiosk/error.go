package kiosk

import (
	"hadir/internal/attendance"
	"hadir/internal/words"
)

// The reasons that only kiosks have. That people of other branches cannot punch there is attendance's to know.
const (
	CodeUnpaired     attendance.Code = "kiosk_unpaired"       // a tablet without a token that counts
	CodePairing      attendance.Code = "pairing_code_invalid" // wrong, used or expired
	CodeRefused      attendance.Code = "kiosk_refused"        // wrong number or PIN, or none: nobody learns which
	CodeBadgeUnknown attendance.Code = "badge_unknown"        // a card that nobody has
	CodeBadgeTaken   attendance.Code = "badge_taken"          // a card that somebody else has
	CodeMode         attendance.Code = "kiosk_mode"           // a way that is not switched on there
	CodeExpired      attendance.Code = "kiosk_code_expired"   // a code that is no longer on the screen
	CodeInvalid      attendance.Code = "kiosk_code_invalid"   // a code that no kiosk shows
	CodeUsed         attendance.Code = "kiosk_code_used"      // by the same person
)

// OwnKiosk refuses a punch at a kiosk that its person set up or paired, and nobody else has confirmed: CodeOwnDays.
type OwnKiosk struct{}

// Error says it for logs.
func (o OwnKiosk) Error() string { return o.Unwrap().Error() }

// Unwrap returns the *attendance.Error of the code.
func (o OwnKiosk) Unwrap() error {
	return attendance.NewError(attendance.CodeOwnDays, o.Detail(words.English))
}

// Detail says what to do about it.
func (OwnKiosk) Detail(l words.Language) string { return l.Say("problems.own_days.kiosk") }

// ForeignNetwork refuses a punch for the network of the kiosk: CodeForeignNetwork.
type ForeignNetwork struct{ attendance.ForeignNetwork }

// Detail names the tablet's address, which is not the person's to change.
func (f ForeignNetwork) Detail(l words.Language) string {
	return l.Say("problems.foreign_network.kiosk", "address", f.Address)
}
