package iclock

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// What follows is the terminal's side, for terminals that are simulated: it says what the other files read, and reads
// what they say.

// AttlogLine is a punch as a line of the table ATTLOG.
func AttlogLine(r Record) string {
	return strings.Join([]string{r.PIN, r.At.Format(time.DateTime), r.Status, r.Verify, "0", "0"}, "\t")
}

// RTLogLine is a punch as a line of the table rtlog; index counts the events of a terminal.
func RTLogLine(r Record, index int) string {
	return "time=" + r.At.Format(time.DateTime) + "\tpin=" + r.PIN + "\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=" +
		r.Status + "\tverifytype=" + r.Verify + "\tindex=" + strconv.Itoa(index)
}

// Orders are what a terminal takes from the answers to its handshake and to push. What was not said is zero.
type Orders struct {
	Stamp      string         // of the last punches that are known to have arrived
	Zone       *time.Location // a fixed offset
	Delay      time.Duration  // between two questions for commands
	ErrorDelay time.Duration  // after a failure
}

// ReadOrders reads such an answer.
func ReadOrders(body string) Orders {
	told := Options(body)
	seconds := func(names ...string) time.Duration {
		for _, name := range names {
			if n, err := strconv.Atoi(told[name]); err == nil && n > 0 {
				return time.Duration(n) * time.Second
			}
		}
		return 0
	}
	return Orders{Stamp: Stamp(cmp.Or(told["ATTLOGStamp"], told["Stamp"])), Zone: readZone(told["TimeZone"]),
		Delay: seconds("Delay", "RequestDelay"), ErrorDelay: seconds("ErrorDelay")}
}

// mostHours is the largest offset from UTC in hours; larger numbers are minutes.
const mostHours = 14

// readZone reads what Zone wrote; nil for anything else.
func readZone(s string) *time.Location {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	if -mostHours <= n && n <= mostHours {
		n *= 60
	}
	return time.FixedZone("", n*60)
}

// Given is a command as a terminal reads it.
type Given struct {
	ID       int64
	Kind     CommandKind // "" for one that is not known here
	Fields   map[string]string
	From, To time.Time // of CommandResend
	word     string    // that the answer names
}

// Commands reads the answer to getrequest.
func Commands(body string) (out []Given) {
	for line := range Lines(body) {
		rest, ok := strings.CutPrefix(line, "C:")
		number, text, _ := strings.Cut(rest, ":")
		id, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			continue
		}
		g := Given{ID: id}
		g.word, _, _ = strings.Cut(text, " ")
		for _, k := range []CommandKind{CommandRestart, CommandCheck, CommandInfo} {
			if text == TextOf(k) {
				g.Kind = k
			}
		}
		for k, begin := range map[CommandKind]string{CommandPutUser: putUser, CommandDeleteUser: deleteUser,
			CommandResend: resend} {
			if fields, ok := strings.CutPrefix(text, begin); ok {
				g.Kind, g.Fields = k, pairs(fields, "\t")
			}
		}
		if g.Kind == CommandResend {
			var noFrom, noTo error
			g.From, noFrom = time.Parse(time.DateTime, g.Fields["StartTime"])
			g.To, noTo = time.Parse(time.DateTime, g.Fields["EndTime"])
			if noFrom != nil || noTo != nil {
				g.Kind = ""
			}
		}
		out = append(out, g)
	}
	return out
}

// Answer is the line of devicecmd that says what became of a command: 0 done, -1 unsupported.
func (g Given) Answer(code int) string {
	return "ID=" + strconv.FormatInt(g.ID, 10) + "&Return=" + strconv.Itoa(code) + "&CMD=" + g.word + "\n"
}
