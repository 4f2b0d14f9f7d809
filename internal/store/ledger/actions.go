package ledger

// CLIAddress begins the address of what was done by a command on a server; the system's user and the machine follow.
const CLIAddress = "cli:"

// Actions of audit entries that are written above the rooms. The page puts nouns and verbs into words.
const (
	SchemaMigrated     = "schema.migrated"
	SchemaUndone       = "schema.undone"
	DemoFilled         = "demo.filled"
	ImportStarted      = "import.started"
	ImportEnded        = "import.ended"
	SignInFailed       = "user.sign_in_failed"
	SignInBlocked      = "user.sign_in_blocked"
	KioskFailed        = "kiosk.attempt_failed" // of too many kinds at once
	KioskPINFailed     = "kiosk.pin_failed"     // a wrong PIN or number; the entry's row is the kiosk
	KioskCardFailed    = "kiosk.card_failed"
	KioskPairingFailed = "kiosk.pairing_failed" // of no kiosk that is known
	ExportDownloaded   = "export.downloaded"
	ReportDownloaded   = "report.downloaded"
	RejectedDownloaded = "import.downloaded"
	PersonDownloaded   = "person.downloaded"
	LinesRetried       = "terminal_line.retried" // the entry's row is the terminal
	MonitorActed       = "monitor.acted"

	// OwnDaysChanged is that somebody changed days of their own, since nobody else could. The entry's row is the
	// employee, its after an OwnTouched.
	OwnDaysChanged = "own_days.changed"
	OwnDaysTable   = "own_days"
)
