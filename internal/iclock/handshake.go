package iclock

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Pauses that terminals are told, in seconds: between two questions for commands, and after a failure.
const (
	Delay      = 10
	ErrorDelay = 30
)

// Handshake is what a terminal is told at its start.
type Handshake struct {
	Serial  string
	Attlog  string // the last stamps that the terminal sent, so that it goes on from there; "" for from the beginning
	Operlog string
	Zone    string // see Zone; "" leaves the terminal's own
	Old     bool   // firmware that does not say which protocol it speaks, and knows the first names of options
}

// Answer is the body of the answer. Templates of fingers and faces, photos and names are not asked for.
func (h Handshake) Answer() string {
	var b strings.Builder
	line := func(name, value string) { b.WriteString(name + "=" + value + "\n") }
	b.WriteString("GET OPTION FROM: " + h.Serial + "\n")
	attlog, operlog, photos, wanted := "ATTLOGStamp", "OPERLOGStamp", "ATTPHOTOStamp", "TransData AttLog\tOpLog"
	if h.Old {
		attlog, operlog, photos, wanted = "Stamp", "OpStamp", "PhotoStamp", "1100000000"
	}
	line(attlog, cmp.Or(h.Attlog, "0"))
	line(operlog, cmp.Or(h.Operlog, "0"))
	line(photos, "0")
	line("ErrorDelay", strconv.Itoa(ErrorDelay))
	line("Delay", strconv.Itoa(Delay))
	line("TransTimes", "00:00;14:05")
	line("TransInterval", "1")
	line("TransFlag", wanted)
	if h.Zone != "" {
		line("TimeZone", h.Zone)
	}
	line("Realtime", "1")
	line("Encrypt", "None")
	line("ServerVer", "2.4.1")
	line("PushProtVer", "2.4.1")
	return b.String()
}

// Zone is how the option TimeZone says the offset of a zone at an instant: in hours, or in minutes for one that is not
// whole hours from UTC.
func Zone(zone *time.Location, at time.Time) string {
	_, seconds := at.In(zone).Zone()
	if seconds%3600 == 0 {
		return strconv.Itoa(seconds / 3600)
	}
	return strconv.Itoa(seconds / 60)
}

// ServerTime is the answer to access control firmware that asks for the time: seconds since 2000, counted in months of
// 31 days and in UTC, with the zone beside them.
func ServerTime(now time.Time, zone *time.Location) string {
	t := now.UTC()
	days := ((t.Year()-2000)*12+int(t.Month())-1)*31 + t.Day() - 1
	seconds := days*24*60*60 + t.Hour()*60*60 + t.Minute()*60 + t.Second()
	return "DateTime=" + strconv.Itoa(seconds) + ",ServerTZ=" + now.In(zone).Format("-0700")
}

// RegistryCode is what access control firmware gets for its registration: always the same, so that any node may answer.
func RegistryCode(serial string) string {
	sum := sha256.Sum256([]byte("registry\x00" + serial))
	return hex.EncodeToString(sum[:16])
}

// Push is the body of the answer by which access control firmware is told how to speak from then on.
func Push(serial string) string {
	return "ServerVersion=3.1.2\nServerName=Hadir\nPushVersion=3.1.2\nErrorDelay=" + strconv.Itoa(ErrorDelay) +
		"\nRequestDelay=" + strconv.Itoa(Delay) + "\nTransTimes=00:00;14:05\nTransInterval=1\n" +
		"TransTables=User\tTransaction\nRealtime=1\nSessionID=" + RegistryCode(serial) + "\nTimeoutSec=10\n"
}

// MaxStamp is the longest stamp that is kept.
const MaxStamp = 20

// Stamp returns a stamp as it may be kept and told again: digits; "" for anything else.
func Stamp(s string) string {
	if s == "" || len(s) > MaxStamp || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

// MaxSerial is the longest serial number.
const MaxSerial = 64

// SoundSerial tells whether a text can be a serial number.
func SoundSerial(s string) bool {
	if s == "" || len(s) > MaxSerial {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
			!strings.ContainsRune("-_.", rune(c)) {
			return false
		}
	}
	return true
}

// Request is the last part of a path below iclock, without the ending of some makers: cdata for /iclock/cdata.aspx.
func Request(path string) string {
	path = strings.TrimSuffix(strings.ToLower(strings.Trim(path, "/")), ".aspx")
	return path[strings.LastIndexByte(path, '/')+1:]
}
