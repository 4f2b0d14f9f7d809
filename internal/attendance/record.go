package attendance

import (
	"time"

	"hadir/internal/attendance/limits"
)

// NewPunch is a request to record one punch. The recorder fills in what only the database knows.
type NewPunch struct {
	EmployeeID     int64
	Direction      Direction
	OccurredAt     time.Time // decided by the caller: the server's clock, or the accepted claim
	ClaimedAt      *time.Time
	Offline        bool
	Repeated       bool   // the clocks showed its time twice, and OccurredAt is one of the two
	Claim          *Claim // judged by the branch's policy; nil for a time that is not a device's word
	Source         Source
	Device         string
	DeviceHash     [16]byte // of the id that the page made for its browser, on a device of the person's own; else zero
	Address        string   // from which the request came, behind trusted proxies; "" for no request
	Fix            *Fix
	Judged         *Punch // a claim as it was judged when it arrived, once it was approved; nil judges the punch now
	Note           string
	IdempotencyKey string   // unique per employee, 1 to 100 printable ASCII characters
	RequestHash    [16]byte // of what the client sent; a known key with another hash is CodeIdempotencyMismatch
	LineKey        [16]byte // of a terminal's line or a scanned code, recorded once, whoever it means then; else zero
	Trace          string   // of the request, as package telemetry hands it over
	// Asks refuses a punch that turns round another within DuplicateWithin, with CodeConfirmDirection, so that a person
	// can be asked whether it is meant.
	Asks bool
	// Limits refuses a punch by hand when the person made too many, with CodeTooManyPunches in a Later.
	Limits limits.Punches
	// Replaces lets an imported punch take the place of one of the same instant in another direction that was imported
	// or that a terminal pushed: that one is voided. Nil leaves it.
	Replaces *Void
	// KioskBranch is where the kiosk stands at which it is made, else 0. KioskPhone says that the person scanned its
	// code with a device of their own, of which DeviceHash tells then, KioskPIN that they gave number and PIN, KioskOwn
	// that they vouch for it and nobody else could. Address is then the tablet's.
	KioskBranch                    int64
	KioskPhone, KioskPIN, KioskOwn bool
	Refused                        error // what the caller found against the punch; a known key is answered as ever
	// Alone is the user who imports a punch of their own, since nobody else could; 0 for anybody else's. The days that
	// change tell of it.
	Alone int64
}

// Recorded is the answer to a NewPunch.
type Recorded struct {
	Punch    Punch
	Day      Day  // as it was after the first recording, also on a replay
	Replayed bool // the key was known, or the punch repeated another within 60 s; without a punch: somebody else's line
}

// RecordResult is one row's outcome in RecordBatch.
type RecordResult struct {
	Recorded
	Err      error
	Replaced bool      // another reading of the punch was voided
	Twin     Direction // how the same punch was imported before, in another direction; "" for not
}

// UpsertResult says what UpsertEmployees did with a row.
type UpsertResult string

const (
	Created   UpsertResult = "created"
	Updated   UpsertResult = "updated"
	Unchanged UpsertResult = "unchanged"
)
