package telemetry_test

import (
	"bytes"
	"log/slog"
	"testing"

	"hadir/internal/telemetry"

	"github.com/stretchr/testify/require"
)

func TestParseTraceparent(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for header, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01": id,
		"":                                  "",
		"00-" + id + "-01":                  "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01":      "",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01":      "",
		"00-4bf92f3577b34da6a3ce929d0e0e47zz-00f067aa0ba902b7-01":      "",
		"00-" + id + "-00f067aa0ba902b7-01-what-a-later-version-adds":  id,
		"00-4bf92f3577b34da6a3ce929d0e0e4736ff-00f067aa0ba902b7-01":    "",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7deaf-01":  "",
		"00-" + id + "-0000000000000000-01":                            "",
		"00-" + id + "-00f067aa0ba902b7-0g":                            "",
		"ff-" + id + "-00f067aa0ba902b7-01":                            "",
		"zz-" + id + "-00f067aa0ba902b7-01":                            "",
		"garbage-without-any-of-the-lengths-that-the-standard-demands": "",
	} {
		got, ok := telemetry.ParseTraceparent(header)
		require.Equal(t, want != "", ok, header)
		if ok {
			require.Equal(t, header[:55], got, "with the parent's span and its decision")
			require.Equal(t, want, telemetry.TraceID(got), header)
		}
	}
	made := telemetry.NewTrace()
	require.Len(t, made, 32)
	require.NotEqual(t, made, telemetry.NewTrace())
}

func TestEveryLogLineCarriesTheTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, "json").With("role", "api")
	log.InfoContext(telemetry.WithTrace(t.Context(), "abc"), "hello")
	require.Contains(t, out.String(), `"trace_id":"abc"`)
	out.Reset()
	log.InfoContext(t.Context(), "hello")
	log.DebugContext(t.Context(), "hidden")
	require.NotContains(t, out.String(), "trace_id")
	require.NotContains(t, out.String(), "hidden")
}
