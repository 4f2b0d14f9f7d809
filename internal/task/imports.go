package task

import (
	"time"

	"hadir/internal/attendance"
)

// FileImport is an uploaded file and what became of its lines.
type FileImport struct {
	ID         int64       `json:"id"`
	UserID     int64       `json:"-"`
	Kind       ImportKind  `json:"kind"`
	Options    []byte      `json:"-"` // how to read it; JSON, known to the importer
	FileName   string      `json:"file_name"`
	File       []byte      `json:"-"` // only where it is asked for; gone when the import has ended
	State      ImportState `json:"state"`
	Reason     string      `json:"reason,omitempty" doc:"Why it failed: a code."`
	Lines      int64       `json:"lines" doc:"Records of the file."`
	DoneLine   int64       `json:"-"`
	Created    int64       `json:"created"`
	Updated    int64       `json:"updated"`
	Unchanged  int64       `json:"unchanged"`
	Rejected   int64       `json:"rejected"`
	Rejections string      `json:"-"` // one JSON object a line
	Replaced   int64       `json:"replaced" doc:"@FileImport.replaced"`
	Noted      int64       `json:"noted" doc:"Lines that were taken with a remark."`
	Notes      string      `json:"-"` // as Rejections
	CreatedAt  time.Time   `json:"created_at"`
	UpdatedAt  time.Time   `json:"updated_at"`
}

// ImportKind is what a file holds.
type ImportKind string

// What can be imported.
const (
	ImportOfEmployees ImportKind = "employees"
	ImportOfPunches   ImportKind = "punches"
)

// Task is the kind of the task that writes the file.
func (k ImportKind) Task() Kind {
	if k == ImportOfPunches {
		return ImportPunches
	}
	return ImportEmployees
}

// ImportState is where an import stands.
type ImportState string

// A preview was looked at and waits for a yes; an import that began ends as done or failed.
const (
	ImportPreview ImportState = "preview"
	ImportQueued  ImportState = "queued"
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed"
	// ImportDisplaced is a preview that made room for newer ones of the same user. Its file is gone.
	ImportDisplaced ImportState = "displaced"
)

// CodeDisplaced answers for an import that is ImportDisplaced.
const CodeDisplaced attendance.Code = "file_displaced"

// Displaced is the error for an import that made room for newer ones.
func Displaced() error {
	return attendance.NewError(CodeDisplaced, "the file made room for newer ones")
}

// ImportStopped is the reason of an import whose task ran out of retries. Its file stays, so that the dead letter may
// be retried.
const ImportStopped = "stopped"

// Open tells that the import's task still has something to do.
func (im *FileImport) Open() bool {
	return im.State == ImportQueued || im.State == ImportRunning || im.State == ImportFailed &&
		im.Reason == ImportStopped
}

// Import is the payload of ImportEmployees and ImportPunches.
type Import struct {
	V  int   `json:"v"`
	ID int64 `json:"id"`
}
