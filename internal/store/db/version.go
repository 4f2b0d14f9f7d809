package db

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"hadir/internal/attendance"
)

// Version names what a row says, so that whoever changes it can prove to have seen it. It is computed, not stored: two
// rows that say the same have the same version, which is all that a second writer must know.
func Version(row any) string {
	j, err := json.Marshal(row)
	if err != nil {
		panic(err) // strings, numbers and dates
	}
	sum := sha256.Sum256(j)
	return hex.EncodeToString(sum[:8])
}

// Unchanged is CodeStale unless the version is that of the row, or empty: then the caller does not mind what was there.
func Unchanged(version string, row any) error {
	if version != "" && version != Version(row) {
		return attendance.NewError(attendance.CodeStale, "somebody else changed it meanwhile")
	}
	return nil
}
