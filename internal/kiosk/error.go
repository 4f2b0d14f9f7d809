package kiosk

import "hadir/internal/attendance"

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
