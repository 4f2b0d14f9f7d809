package realtime_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"hadir/internal/realtime"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The frame must mean to any JSON parser what was put in, except that invalid UTF-8 is replaced as encoding/json does.
func TestFramesMeanWhatWasPutIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
		m := realtime.Message{
			Event: text.Draw(t, "event"), Channel: text.Draw(t, "channel"), UserID: text.Draw(t, "user"),
			Data: json.RawMessage(text.Draw(t, "data")),
		}
		raw := realtime.AppendFrame(nil, m)
		require.True(t, utf8.Valid(raw))
		var got frame
		require.NoError(t, json.Unmarshal(raw, &got))
		want := frame{Event: valid(m.Event), Channel: valid(m.Channel), Data: valid(string(m.Data)),
			UserID: valid(m.UserID)}
		require.Equal(t, want, got)
	})
}

func valid(s string) string {
	b, _ := json.Marshal(s)
	var out string
	_ = json.Unmarshal(b, &out)
	return out
}

func TestParseChannel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]realtime.Kind{
		"news":                         0,
		"A-Z_0=9@,.;":                  0,
		"private-branch.7":             realtime.KindPrivate,
		"privately":                    0,
		"private-encrypted-x":          realtime.KindPrivate | realtime.KindEncrypted,
		"cache-x":                      realtime.KindCache,
		"private-cache-x":              realtime.KindPrivate | realtime.KindCache,
		"presence-cache-x":             realtime.KindPresence | realtime.KindCache,
		"private-encrypted-cache-x":    realtime.KindPrivate | realtime.KindEncrypted | realtime.KindCache,
		"x-cache-":                     0,
		"#server-to-user-7":            realtime.KindUser,
		strings.Repeat("a", 164):       0,
		realtime.ChannelDashboard:      realtime.KindPresence,
		realtime.BranchChannel(3):      realtime.KindPrivate,
		realtime.UserChannel("a@b.id"): realtime.KindUser,
	} {
		kind, ok := realtime.ParseChannel(name)
		require.True(t, ok, name)
		require.Equal(t, want, kind, name)
	}
	for _, name := range []string{
		"", "with space", "slash/", "brace{", "emoji😀", "#other", "#server-to-user-", "#server-to-user-a b",
		"new\nline",
		strings.Repeat("a", 165), "#server-to-user-" + strings.Repeat("1", 150),
	} {
		_, ok := realtime.ParseChannel(name)
		require.False(t, ok, name)
	}
}

func TestChannelIDs(t *testing.T) {
	t.Parallel()
	id, ok := realtime.ParseBranchChannel("private-branch.12")
	require.True(t, ok)
	require.EqualValues(t, 12, id)
	id, ok = realtime.ParseEmployeeChannel(realtime.EmployeeChannel(9))
	require.True(t, ok)
	require.EqualValues(t, 9, id)
	for _, name := range []string{"private-branch.", "private-branch.0", "private-branch.-1", "private-branch.01",
		"private-branch.1x", "branch.1"} {
		_, ok := realtime.ParseBranchChannel(name)
		require.False(t, ok, name)
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	m := realtime.Message{Channel: "private-branch.1", Event: realtime.EventRecorded,
		Data: json.RawMessage(`{"days":[` + strings.Repeat(`{"employee_id":1,"status":"present"},`, 8) + `{}]}`)}
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(m.Data)))
	for b.Loop() {
		buf = realtime.AppendFrame(buf[:0], m)
	}
}
