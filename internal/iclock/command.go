package iclock

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// CommandKind is what a terminal is to do.
type CommandKind string

// The commands that are known to work on terminals.
const (
	CommandPutUser    CommandKind = "put_user"    // a person, by PIN
	CommandDeleteUser CommandKind = "delete_user" // likewise
	CommandRestart    CommandKind = "restart"
	CommandCheck      CommandKind = "check"  // begin with a handshake again
	CommandResend     CommandKind = "resend" // punches since a time
	CommandInfo       CommandKind = "info"
)

// TextOf returns the text of the commands without arguments; "" for another.
func TextOf(k CommandKind) string {
	switch k {
	case CommandRestart:
		return "REBOOT"
	case CommandCheck:
		return "CHECK"
	case CommandInfo:
		return "INFO"
	}
	return ""
}

// What commands with arguments begin with.
const (
	putUser    = "DATA UPDATE USERINFO "
	deleteUser = "DATA DELETE USERINFO "
	resend     = "DATA QUERY ATTLOG "
)

// PutUser makes a person known to a terminal, without a password and with no rights.
func PutUser(pin, name, card string) string {
	return putUser + "PIN=" + clean(pin) + "\tName=" + clean(name) + "\tPri=0\tPasswd=\tCard=" +
		clean(card) + "\tGrp=1"
}

// DeleteUser makes a terminal forget a person.
func DeleteUser(pin string) string { return deleteUser + "PIN=" + clean(pin) }

// Resend asks for the punches between two times by the terminal's clock.
func Resend(from, to time.Time) string {
	return resend + "StartTime=" + from.Format(time.DateTime) + "\tEndTime=" + to.Format(time.DateTime)
}

// maxName is what terminals show of a name, in characters.
const maxName = 24

// clean takes out what would begin another field or another command.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > maxName {
		s = strings.TrimSpace(string(runes[:maxName]))
	}
	return s
}

// CommandLine is how a terminal gets a command.
func CommandLine(id int64, text string) string {
	return "C:" + strconv.FormatInt(id, 10) + ":" + text + "\n"
}

// CommandResult is a terminal's answer to a command.
type CommandResult struct {
	ID     int64
	Return int // 0 done, -1 unsupported, -1002 syntax, -1004 no such table
}

// Results reads the body of devicecmd: a line for each command, and others that belong to the answer of INFO.
func Results(body string) (out []CommandResult) {
	for line := range Lines(body) {
		fields := pairs(line, "&")
		id, err := strconv.ParseInt(fields["ID"], 10, 64)
		if err != nil || id <= 0 {
			continue
		}
		code, err := strconv.Atoi(fields["Return"])
		if err != nil {
			continue
		}
		out = append(out, CommandResult{id, code})
	}
	return out
}
