package iclock_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"hadir/internal/attendance"
	"hadir/internal/iclock"

	"github.com/stretchr/testify/require"
)

func at(s string) time.Time {
	t, err := time.Parse(time.DateTime, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestLinesOfATTLOG(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line   string
		want   iclock.Record
		reason iclock.Reason
	}{
		"current firmware": {"17\t2026-11-24 07:58:01\t0\t1\t0\t0\t0",
			iclock.Record{PIN: "17", At: at("2026-11-24 07:58:01"), Status: "0", Verify: "1"}, ""},
		"a face, out": {"00000042\t2026-11-24 17:01:59\t1\t15\t\t0\t0",
			iclock.Record{PIN: "00000042", At: at("2026-11-24 17:01:59"), Status: "1", Verify: "15"}, ""},
		"old firmware": {"5\t2026-11-24 07:58:01", iclock.Record{PIN: "5", At: at("2026-11-24 07:58:01")}, ""},
		"padded": {"  5 \t2026-11-24 07:58:01 \t255",
			iclock.Record{PIN: "5", At: at("2026-11-24 07:58:01"), Status: "255"}, ""},
		"one field": {"17", iclock.Record{}, iclock.ReasonFields},
		"no PIN":    {"\t2026-11-24 07:58:01\t0\t1", iclock.Record{Status: "0", Verify: "1"}, iclock.ReasonNoPIN},
		"no such date": {"17\t2026-02-30 07:58:01\t0\t1",
			iclock.Record{PIN: "17", Status: "0", Verify: "1"}, iclock.ReasonTime},
		"a long PIN":   {strings.Repeat("1", 65) + "\t2026-11-24 07:58:01", iclock.Record{}, iclock.ReasonLongPIN},
		"a long line":  {"17\t2026-11-24 07:58:01\t" + strings.Repeat("0", 500), iclock.Record{}, iclock.ReasonTooLong},
		"another code": {"17\xff\t2026-11-24 07:58:01", iclock.Record{}, iclock.ReasonNotText},
		"a NUL":        {"17\x00\t2026-11-24 07:58:01", iclock.Record{}, iclock.ReasonNotText},
	} {
		got, reason := iclock.ParseAttlog(c.line)
		require.Equal(t, c.reason, reason, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestLinesOfRTLog(t *testing.T) {
	t.Parallel()
	line := func(fields ...string) string { return strings.Join(fields, "\t") }
	for name, c := range map[string]struct {
		line   string
		want   iclock.Record
		reason iclock.Reason
		punch  bool
	}{
		"let in": {line("time=2026-11-24 08:00:00", "pin=17", "cardno=0", "eventaddr=1", "event=0", "inoutstatus=0",
			"verifytype=1", "index=21"),
			iclock.Record{PIN: "17", At: at("2026-11-24 08:00:00"), Status: "0", Verify: "1"}, "", true},
		"out": {line("time=2026-11-24 17:00:00", "pin=17", "event=14", "inoutstatus=1"),
			iclock.Record{PIN: "17", At: at("2026-11-24 17:00:00"), Status: "1"}, "", true},
		"no direction": {line("time=2026-11-24 17:00:00", "pin=17", "event=1", "inoutstatus=2"),
			iclock.Record{PIN: "17", At: at("2026-11-24 17:00:00"), Status: "255"}, "", true},
		"refused": {line("time=2026-11-24 17:00:00", "pin=17", "event=23", "inoutstatus=0"),
			iclock.Record{}, "", false},
		"a door": {line("time=2026-11-24 17:00:00", "pin=0", "event=200", "inoutstatus=2"),
			iclock.Record{}, "", false},
		"no person": {line("time=2026-11-24 17:00:00", "pin=0", "event=8"), iclock.Record{}, "", false},
		"a bad time": {line("time=yesterday", "pin=17", "event=0"),
			iclock.Record{PIN: "17", Status: "255"}, iclock.ReasonTime, true},
		"not a text": {"pin=\xff", iclock.Record{}, iclock.ReasonNotText, true},
	} {
		got, reason, punch := iclock.ParseRTLog(c.line)
		require.Equal(t, c.punch, punch, name)
		require.Equal(t, c.reason, reason, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]attendance.Direction{"0": attendance.In, "1": attendance.Out,
		"2": attendance.BreakOut, "3": attendance.BreakIn, "4": attendance.In, "5": attendance.Out,
		"255": attendance.Undetermined, "": attendance.Undetermined} {
		got, ok := iclock.ByStatus.Read(status)
		require.True(t, ok)
		require.Equal(t, want, got, status)
		for mode, forced := range map[iclock.Mode]attendance.Direction{iclock.ByOrder: attendance.Undetermined,
			iclock.AllIn: attendance.In, iclock.AllOut: attendance.Out} {
			got, ok := mode.Read(status)
			require.True(t, ok)
			require.Equal(t, forced, got)
		}
	}
	_, ok := iclock.ByStatus.Read("7")
	require.False(t, ok)
	_, ok = iclock.ByOrder.Read("7")
	require.True(t, ok, "the status does not matter")
}

func TestHandshakesOfThreeGenerations(t *testing.T) {
	t.Parallel()
	now := iclock.Handshake{Serial: "CGKK1", Attlog: "9999", Zone: "7"}.Answer()
	require.True(t, strings.HasPrefix(now, "GET OPTION FROM: CGKK1\nATTLOGStamp=9999\nOPERLOGStamp=0\n"))
	for _, line := range []string{"Delay=10", "ErrorDelay=30", "TransFlag=TransData AttLog\tOpLog", "TimeZone=7",
		"Realtime=1", "Encrypt=None"} {
		require.Contains(t, strings.Split(now, "\n"), line)
	}
	old := iclock.Handshake{Serial: "CGKK1", Operlog: "3", Old: true}.Answer()
	for _, line := range []string{"Stamp=0", "OpStamp=3", "TransFlag=1100000000"} {
		require.Contains(t, strings.Split(old, "\n"), line)
	}
	require.NotContains(t, old, "TimeZone")
	require.NotContains(t, old, "ATTLOGStamp")
	code := iclock.RegistryCode("CGKK1")
	require.Len(t, code, 32)
	require.NotEqual(t, code, iclock.RegistryCode("CGKK2"))
	require.Contains(t, iclock.Push("CGKK1"), "SessionID="+code+"\n")
}

func TestZonesInTheHandshake(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Asia/Jakarta": "7", "Asia/Makassar": "8", "Asia/Jayapura": "9",
		"Asia/Kolkata": "330", "America/New_York": "-5", "UTC": "0"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		require.Equal(t, want, iclock.Zone(zone, at("2026-11-24 00:00:00")), name)
	}
}

func TestCommandsCannotCarryOthers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "C:7:DATA UPDATE USERINFO PIN=17\tName=Budi C:8:REBOOT\tPri=0\tPasswd=\tCard=12\tGrp=1\n",
		iclock.CommandLine(7, iclock.PutUser("17", "Budi\tC:8:REBOOT\r\n", "12\n")))
	require.Equal(t, "DATA DELETE USERINFO PIN=17", iclock.DeleteUser("17\r\n"))
	require.Equal(t, "DATA QUERY ATTLOG StartTime=2026-11-01 00:00:00\tEndTime=2026-11-24 23:59:59",
		iclock.Resend(at("2026-11-01 00:00:00"), at("2026-11-24 23:59:59")))
	require.Equal(t, "REBOOT", iclock.TextOf(iclock.CommandRestart))
	require.Empty(t, iclock.TextOf(iclock.CommandPutUser))
}

func TestAnswersToCommands(t *testing.T) {
	t.Parallel()
	require.Equal(t, []iclock.CommandResult{{1, 0}, {2, -1002}, {3, 0}}, iclock.Results(
		"ID=1&Return=0&CMD=DATA\nID=2&Return=-1002&CMD=DATA\r\nID=3&Return=0&CMD=INFO\n~DeviceName=X628\n"+
			"ID=x&Return=0\nID=4&Return=\n"))
}

func TestWhatATerminalTellsOfItself(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"DeviceType=acc,~DeviceName=SpeedFace,FirmVer=Ver 8.0",
		"DeviceType=acc\r\n~DeviceName=SpeedFace\nFirmVer=Ver 8.0\n"} {
		require.Equal(t, map[string]string{"DeviceType": "acc", "DeviceName": "SpeedFace", "FirmVer": "Ver 8.0"},
			iclock.Options(body))
	}
}

func TestPathsSerialsAndStamps(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"/iclock/cdata": "cdata", "/iclock/cdata.aspx": "cdata",
		"/t/secret/iclock/GetRequest.ASPX/": "getrequest", "/iclock/": "iclock", "": ""} {
		require.Equal(t, want, iclock.Request(path), path)
	}
	require.True(t, iclock.SoundSerial("CGKK-2041_60.1"))
	for _, s := range []string{"", strings.Repeat("A", 65), "A B", "A\n", "ü"} {
		require.False(t, iclock.SoundSerial(s), s)
	}
	require.Equal(t, "9999", iclock.Stamp("9999"))
	for _, s := range []string{"", "None", "9'; DROP", strings.Repeat("9", 21)} {
		require.Empty(t, iclock.Stamp(s))
	}
	require.Equal(t, []string{"a", "b\t"}, slices.Collect(iclock.Lines("\na\r\n\r\n \t\nb\t")))
}

func TestLives(t *testing.T) {
	t.Parallel()
	now := at("2026-11-24 08:00:00")
	for silent, want := range map[time.Duration]iclock.Life{0: iclock.Alive, iclock.LateAfter: iclock.Alive,
		iclock.LateAfter + time.Second: iclock.Late, iclock.GoneAfter + time.Second: iclock.Gone} {
		require.Equal(t, want, iclock.LifeOf(now.Add(-silent), now), silent)
	}
}

// Whatever a body holds, reading it ends, and what it gives can be stored and put into a command.
func FuzzBodies(f *testing.F) {
	f.Add("17\t2026-11-24 07:58:01\t0\t1\t0\t0\t0\r\n18\t2026-11-24 07:58:02\t255\t15\n")
	f.Add("time=2026-11-24 08:00:00\tpin=17\tevent=0\tinoutstatus=0\tverifytype=1\n")
	f.Add("ID=1&Return=0&CMD=DATA\nID=2&Return=-1&CMD=DATA\n")
	f.Add("DeviceType=acc,~DeviceName=X,FirmVer=Y")
	f.Add("\x00\xff\t=\t~=&ID=9223372036854775808&Return=x")
	f.Fuzz(func(t *testing.T, body string) {
		for line := range iclock.Lines(body) {
			for _, parse := range []func(string) (iclock.Record, iclock.Reason){iclock.ParseAttlog,
				func(s string) (iclock.Record, iclock.Reason) { r, why, _ := iclock.ParseRTLog(s); return r, why }} {
				r, reason := parse(line)
				if reason == "" && r.PIN != "" {
					require.False(t, strings.ContainsFunc(r.PIN, unicode.IsControl))
					require.True(t, utf8.ValidString(r.PIN))
					require.Equal(t, r.At, r.At.Truncate(time.Second), "what a line can say")
				}
			}
		}
		for _, r := range iclock.Results(body) {
			require.Positive(t, r.ID)
		}
		iclock.Options(body)
		require.NotContains(t, iclock.Request(body), "/")
		command := iclock.PutUser(body, body, body)
		require.NotContains(t, command, "\n")
		require.NotContains(t, command, "\r")
		require.Equal(t, 5, strings.Count(command, "\t"))
	})
}

// What a simulated terminal says is what the server reads, and the other way round.
func TestBothSidesUnderstandEachOther(t *testing.T) {
	t.Parallel()
	r := iclock.Record{PIN: "17", At: at("2026-11-24 07:58:01"), Status: "1", Verify: "15"}
	got, reason := iclock.ParseAttlog(iclock.AttlogLine(r))
	require.Empty(t, reason)
	require.Equal(t, r, got)
	got, reason, punch := iclock.ParseRTLog(iclock.RTLogLine(r, 3))
	require.True(t, punch)
	require.Empty(t, reason)
	require.Equal(t, r, got)

	for _, old := range []bool{false, true} {
		orders := iclock.ReadOrders(iclock.Handshake{Serial: "X", Attlog: "12", Zone: "330", Old: old}.Answer())
		require.Equal(t, "12", orders.Stamp)
		require.Equal(t, []time.Duration{iclock.Delay * time.Second, iclock.ErrorDelay * time.Second},
			[]time.Duration{orders.Delay, orders.ErrorDelay})
		require.Equal(t, at("2026-11-24 05:30:00").Format(time.DateTime),
			at("2026-11-24 00:00:00").In(orders.Zone).Format(time.DateTime))
	}
	require.Nil(t, iclock.ReadOrders(iclock.Handshake{Serial: "X"}.Answer()).Zone)
	require.Equal(t, iclock.Delay*time.Second, iclock.ReadOrders(iclock.Push("X")).Delay)
	for _, name := range []string{"Asia/Jayapura", "America/New_York", "Asia/Kathmandu"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		now := at("2026-11-24 00:00:00")
		told := iclock.ReadOrders("TimeZone=" + iclock.Zone(zone, now) + "\n").Zone
		require.Equal(t, now.In(zone).Format(time.DateTime), now.In(told).Format(time.DateTime), name)
	}
}

func TestCommandsAsATerminalReadsThem(t *testing.T) {
	t.Parallel()
	from, to := at("2026-11-01 00:00:00"), at("2026-11-24 23:59:59")
	texts := []string{iclock.PutUser("17", "Budi", "12"), iclock.DeleteUser("17"), iclock.Resend(from, to), "REBOOT",
		"CHECK", "INFO", "SHELL ls", "DATA QUERY ATTLOG StartTime=x\tEndTime=y"}
	var body, answers strings.Builder
	for i, text := range texts {
		body.WriteString(iclock.CommandLine(int64(i+1), text))
	}
	got := iclock.Commands(body.String() + "OK\nC:x:REBOOT\n")
	require.Len(t, got, len(texts))
	want := []iclock.CommandKind{iclock.CommandPutUser, iclock.CommandDeleteUser, iclock.CommandResend,
		iclock.CommandRestart, iclock.CommandCheck, iclock.CommandInfo, "", ""}
	for i, c := range got {
		require.Equal(t, want[i], c.Kind, texts[i])
		answers.WriteString(c.Answer(-i))
	}
	require.Equal(t, []string{"17", "Budi", "12"}, []string{got[0].Fields["PIN"], got[0].Fields["Name"],
		got[0].Fields["Card"]})
	require.Equal(t, []time.Time{from, to}, []time.Time{got[2].From, got[2].To})
	require.Contains(t, answers.String(), "ID=1&Return=0&CMD=DATA\n")
	results := iclock.Results(answers.String())
	require.Len(t, results, len(texts))
	for i, r := range results {
		require.Equal(t, iclock.CommandResult{ID: int64(i + 1), Return: -i}, r)
	}
	require.Empty(t, iclock.Commands("OK\n"))
}
