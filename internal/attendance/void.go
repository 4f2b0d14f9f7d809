package attendance

import "time"

// VoidOrigin says what took a punch away.
type VoidOrigin string

// A file that is read anew, an approved correction, or the person who made the punch.
const (
	VoidByImport     VoidOrigin = "import"
	VoidByCorrection VoidOrigin = "correction"
	VoidByOwner      VoidOrigin = "owner"
)

// Voided says since when a punch counts for nothing, and why. The punch itself stays as it was.
type Voided struct {
	At     time.Time  `json:"at"`                // UTC
	UserID int64      `json:"user_id,omitempty"` // who decided it; 0 for the system
	Origin VoidOrigin `json:"origin"`
	Ref    int64      `json:"ref,omitempty"` // the import or correction
	Reason string     `json:"reason,omitempty"`
}

// Void is the decision to take punches away.
type Void struct {
	UserID     int64 // who decided; 0 for the system
	EmployeeID int64 // the employee that this user is, if any
	Origin     VoidOrigin
	Ref        int64
	Reason     string
}
