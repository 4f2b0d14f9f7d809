package kiosk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/kiosk"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // the beginning of a step

func gate() kiosk.Kiosk {
	return kiosk.Kiosk{ID: 7, BranchID: 1, Modes: kiosk.Modes(), Secret: []byte(strings.Repeat("s", 32)), Paired: true}
}

func TestACodeCountsForTwoSteps(t *testing.T) {
	t.Parallel()
	k, other, renewed := gate(), gate(), gate()
	other.ID, renewed.Secret = 8, []byte(strings.Repeat("t", 32))
	unpaired, without := gate(), gate()
	unpaired.Paired, without.Modes = false, []kiosk.Mode{kiosk.PIN}
	code := k.Code(kiosk.StepOf(noon))
	require.Regexp(t, `^1\.7\.\d+\.[A-Za-z0-9_-]{14}$`, code)
	for _, tc := range []struct {
		name  string
		by    *kiosk.Kiosk
		after time.Duration
		want  attendance.Code
	}{
		{"at once", &k, 0, ""},
		{"in its step", &k, 8*time.Second - 1, ""},
		{"in the next one", &k, 16*time.Second - 1, ""},
		{"after that", &k, 16 * time.Second, kiosk.CodeExpired},
		{"copied", &k, 17 * time.Second, kiosk.CodeExpired},
		{"a year later", &k, 365 * 24 * time.Hour, kiosk.CodeExpired},
		{"by a node whose clock is behind", &k, -2 * time.Second, ""},
		{"before it is shown", &k, -2*time.Second - 1, kiosk.CodeInvalid},
		{"of another kiosk", &other, 0, kiosk.CodeInvalid},
		{"of the secret before", &renewed, 0, kiosk.CodeInvalid},
		{"of the secret before, and too late", &renewed, time.Hour, kiosk.CodeInvalid},
		{"of a kiosk without a tablet", &unpaired, 0, kiosk.CodeInvalid},
		{"of a kiosk that shows none", &without, 0, kiosk.CodeInvalid},
		{"of a kiosk that there is not", &kiosk.Kiosk{}, 0, kiosk.CodeInvalid},
	} {
		c, err := kiosk.ParseCode(code)
		require.NoError(t, err)
		err = tc.by.Check(c, noon.Add(tc.after))
		if tc.want == "" {
			require.NoError(t, err, tc.name)
			continue
		}
		require.Equal(t, tc.want, attendance.CodeOf(err), tc.name)
	}
}

func TestNobodyMakesACode(t *testing.T) {
	t.Parallel()
	k := gate()
	code := k.Code(kiosk.StepOf(noon))
	parts := strings.Split(code, ".")
	for _, s := range []string{"", "1", "1.7", code + ".x", "2" + code[1:], "1.-7." + parts[2] + "." + parts[3],
		"1.x." + parts[2] + "." + parts[3], "1.7.x." + parts[3], "1.7.0." + parts[3],
		"1.99999999999999999999." + parts[2] + "." + parts[3]} {
		_, err := kiosk.ParseCode(s)
		require.Equal(t, kiosk.CodeInvalid, attendance.CodeOf(err), s)
	}
	later := kiosk.StepOf(noon.Add(time.Minute))
	for _, s := range []string{"1.7." + parts[2] + ".", "1.7." + parts[2] + "." + strings.Repeat("A", 14),
		fmt.Sprintf("1.7.%d.%s", later, parts[3]),
		"1.07." + parts[2] + "." + parts[3]} {
		c, err := kiosk.ParseCode(s)
		require.NoError(t, err, s)
		require.Equal(t, kiosk.CodeInvalid, attendance.CodeOf(k.Check(c, noon)), s)
	}
}

func TestATabletIsGivenTheCodesOfTwoMinutes(t *testing.T) {
	t.Parallel()
	k := gate()
	codes := k.CodesFrom(noon.Add(3 * time.Second))
	require.Len(t, codes, 16)
	for i, c := range codes {
		at := noon.Add(time.Duration(i) * kiosk.Step)
		require.Equal(t, kiosk.StepOf(at), c.Step)
		scanned, err := kiosk.ParseCode(c.Code)
		require.NoError(t, err)
		require.NoError(t, k.Check(scanned, at))
	}
}

func TestOneUseForEachPersonAndStep(t *testing.T) {
	t.Parallel()
	k := gate()
	of := func(step int64, person int64) [16]byte {
		c, err := kiosk.ParseCode(k.Code(step))
		require.NoError(t, err)
		return c.UseKey(person)
	}
	require.Equal(t, of(5, 1), of(5, 1))
	require.NotEqual(t, of(5, 1), of(6, 1))
	require.NotEqual(t, of(5, 1), of(5, 2))
	require.NotZero(t, of(5, 1))
}

func TestWhichPINsAreTooEasy(t *testing.T) {
	t.Parallel()
	for pin, fine := range map[string]bool{"483920": true, "000001": true, "112233": true, "135790": true,
		"000000": false, "777777": false, "123456": false, "012345": false, "456789": false, "890123": false,
		"654321": false, "987654": false, "210987": false, "000042": false,
		"": false, "12345": false, "4839201": false, "48392a": false, "４８３９２０": false, " 48392": false} {
		err := kiosk.CheckPIN(pin, "JKT-0042")
		require.Equal(t, fine, err == nil, "%q: %v", pin, err)
		if !fine {
			require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
		}
	}
	require.Error(t, kiosk.CheckPIN("839201", "2024-4839201"), "the end of a long number")
	require.NoError(t, kiosk.CheckPIN("000007", "no digits"))
	seen := map[string]bool{}
	for range 200 {
		pin := kiosk.NewPIN("JKT-0042")
		require.NoError(t, kiosk.CheckPIN(pin, "JKT-0042"))
		seen[pin] = true
	}
	require.Greater(t, len(seen), 190)
}

func TestPairingCodesAreReadFromAScreen(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		code := kiosk.NewPairingCode()
		require.Regexp(t, `^[A-HJ-NP-Z2-9]{8}$`, code)
		seen[code] = true
	}
	require.Len(t, seen, 100)
	require.Equal(t, kiosk.PairingHash("ABCD2345"), kiosk.PairingHash(" abcd-2345 "))
	require.NotEqual(t, kiosk.PairingHash("ABCD2345"), kiosk.PairingHash("ABCD2346"))
}

func TestModesAreInOneOrder(t *testing.T) {
	t.Parallel()
	modes, err := kiosk.ModesOf([]kiosk.Mode{kiosk.Badge, kiosk.QR, kiosk.Badge})
	require.NoError(t, err)
	require.Equal(t, []kiosk.Mode{kiosk.QR, kiosk.Badge}, modes)
	require.Equal(t, modes, kiosk.OfText(kiosk.Text(modes)))
	for _, wrong := range [][]kiosk.Mode{nil, {"photo"}, {kiosk.PIN, ""}} {
		_, err := kiosk.ModesOf(wrong)
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
	}
}

func TestHowAKioskIs(t *testing.T) {
	t.Parallel()
	k := gate()
	require.Equal(t, kiosk.Paired, k.State(noon))
	require.Equal(t, kiosk.Gone, k.Life(noon), "never heard of")
	for silent, want := range map[time.Duration]kiosk.Life{0: kiosk.Alive, 150 * time.Second: kiosk.Alive,
		151 * time.Second: kiosk.Late, 10 * time.Minute: kiosk.Late, 11 * time.Minute: kiosk.Gone} {
		at := noon.Add(-silent)
		k.LastSeen = &at
		require.Equal(t, want, k.Life(noon), silent)
	}
	until := noon.Add(time.Minute)
	k.CodeUntil = &until
	require.Equal(t, kiosk.Waiting, k.State(noon))
	require.Equal(t, kiosk.Paired, k.State(until))
	k.Paired = false
	require.Equal(t, kiosk.Unpaired, k.State(until))
	require.Empty(t, k.Life(noon))
}

func TestGuessesAreCountedInWindows(t *testing.T) {
	t.Parallel()
	var person, tablet account.Failures
	counts := []kiosk.Count{{Failures: &person, Limit: kiosk.PerPerson}, {Failures: &tablet, Limit: kiosk.PerKiosk}}
	now := noon
	for range 4 {
		require.Zero(t, kiosk.Begin(counts, now))
		now = now.Add(time.Minute)
	}
	require.Zero(t, kiosk.Begin(counts, now))
	kiosk.TakeBack(counts) // this one was right
	require.Equal(t, 4, person.Count)
	require.Zero(t, kiosk.Begin(counts, now))
	require.Equal(t, now.Add(kiosk.Window), kiosk.Begin(counts, now), "the fifth failure")
	require.Equal(t, 5, tablet.Count, "what is refused unseen is not counted")
	other := []kiosk.Count{{Failures: &account.Failures{}, Limit: kiosk.PerPerson}, counts[1]}
	require.Zero(t, kiosk.Begin(other, now), "somebody else")
	now = now.Add(kiosk.Window)
	require.Zero(t, kiosk.Begin(counts, now))
	require.Equal(t, 1, person.Count, "a window that is over is forgotten")

	// A gate where people mistype now and then is never closed.
	tablet = account.Failures{}
	for range 100 {
		one := []kiosk.Count{{Failures: &tablet, Limit: kiosk.PerKiosk}}
		require.Zero(t, kiosk.Begin(one, now))
		now = now.Add(time.Minute)
	}
	for range 19 {
		_ = kiosk.Begin(counts[1:], now)
	}
	require.NotZero(t, kiosk.Begin(counts[1:], now))
}
