package legible_test

import (
	"strings"
	"testing"

	"hadir/internal/attendance"
	"hadir/internal/attendance/legible"

	"github.com/stretchr/testify/require"
)

func TestNamesOfPeopleAreLegible(t *testing.T) {
	for _, name := range []string{"Siti Nur'aini", "I Gusti Ayu Putu", "José Ñandú", "Jose\u0301", "Zoë O’Brien-Smith",
		"Nguyễn Thị Ánh", "Nguye\u0302\u0303n", "محمد عبد الله", "مُحَمَّد", "علی\u200Cرضا", "ꦱꦶꦠꦶꦤꦸꦫ꧀ꦲꦭꦶꦗꦃ", "ᬲᬶᬢᬶ",
		"ක්\u200Dෂිත", "क्\u200Dष", "王小明", "김철수", "Ёлка", "שָׁלוֹם", "17", "JKT-1", "Toko 24 Jam ❤️", "葛\U000E0100飾",
		"Kasir 1️⃣", "Keluarga 👨‍👩‍👧", "Bu 👩🏽‍🏫", "د. أحمد", "สมชาย", "Lt.\u00A03", "Inggris 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"⠃⠥⠙⠊\u2800⠎⠁⠝⠞⠕⠎⠕ 1"} {
		require.NoError(t, legible.Check("name", name, legible.Name), "%q", name)
	}
}

func TestWhatIsNotSeenIsRefused(t *testing.T) {
	for text, why := range map[string]string{
		"Budi\x00":                         "control",
		"Budi\u202E":                       "control",
		"Budi\u2066x\u2069":                "control",
		"Budi\u2028Ani":                    "control",
		"Budi\nAni":                        "control",
		"\u3164":                           "nobody sees",
		"Bu\u200Bdi":                       "nobody sees",
		"Bu\u200Ddi":                       "nobody sees",
		"Bu\u200Cdi":                       "nobody sees",
		"\u200DBudi":                       "nobody sees",
		"علی\u200C":                        "nobody sees",
		"علی\u200C\u200Cرضا":               "nobody sees",
		"\uFEFFBudi":                       "nobody sees",
		"Bu\u00ADdi":                       "nobody sees",
		"Bu\u034Fdi":                       "nobody sees",
		"Bu\u2060di":                       "nobody sees",
		"Budi\U000E0041":                   "nobody sees",
		"Budi\uFE0F":                       "nobody sees",
		"❤\uFE0F\uFE0F":                    "nobody sees",
		"\u115F\u1160":                     "nobody sees",
		"Budi\uFFF9x\uFFFB":                "nobody sees",
		"A" + strings.Repeat("\u0301", 5):  "At most 4 marks",
		"A" + strings.Repeat("\u0301", 50): "At most 4 marks",
		"Budi \uFFFD":                      "lost",
		"Budi \xff":                        "lost",
		"":                                 "letter or a digit",
		"...":                              "letter or a digit",
		"\u0301":                           "nobody sees",
		"\u2800":                           "nobody sees",
		"Budi\u2800":                       "nobody sees",
		"\uFFA0":                           "nobody sees",
		"Budi\U0001D159":                   "nobody sees",
		"\U00013441":                       "nobody sees",
		"\U00016FE4":                       "nobody sees",
		"⠃⠥\u2800":                         "nobody sees",
		"Budi \uE000":                      "without a meaning",
		"\uF8FF":                           "without a meaning",
		"Budi \U000F0000":                  "without a meaning",
		"Budi \U0010FFFD":                  "without a meaning",
		"Budi \uFFFE":                      "without a meaning",
		"Budi \uFDD0":                      "without a meaning",
		"Budi \uFFFC":                      "lost",
		"🏴\U000E0067\U000E0062":            "nobody sees",
		"🏴\U000E0061\U000E0062\U000E007F":  "nobody sees",
		"👍\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": "nobody sees",
		"❤️":                                   "letter or a digit",
		strings.Repeat("\u00A0", 3) + "\u3000": "letter or a digit",
	} {
		err := legible.Check("name", text, legible.Name)
		require.ErrorContains(t, err, why, "%q", text)
		require.Equal(t, attendance.CodeInvalid, attendance.CodeOf(err))
	}
}

// Every kind of sequence that Unicode counts as an emoji, one after another and within words.
func TestEmojiAreSeen(t *testing.T) {
	emoji := []string{
		"👍", "👍🏽", "❤️", "❤️‍🔥", "‼️", "⁉️", "〰️", "〽️", "ℹ️", "©️", "™️", "↔️", "㊗️", "1️⃣", "#️⃣",
		"*️⃣", "🇮🇩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🏴‍☠️", "🏳️‍🌈", "🏳️‍⚧️", "👨‍👩‍👧‍👦", "👩🏽‍🤝‍👨🏿",
		"🧑🏽‍⚕️", "🏃🏽‍♀️‍➡️", "👁️‍🗨️", "🙂‍↔️", "⛓️‍💥", "😶‍🌫️", "\U0001FAEA", "🧑‍\U0001FAEF",
	}
	for _, emoji := range emoji {
		for _, text := range []string{emoji, emoji + emoji, "baik" + emoji + "sekali", emoji + " " + emoji} {
			require.NoError(t, legible.Check("note", text, legible.Line), "%q", text)
		}
	}
}

func TestNotesHaveLines(t *testing.T) {
	require.NoError(t, legible.Check("note", "satu\r\n\tdua 👍\n", legible.Lines))
	require.NoError(t, legible.Check("note", "", legible.Lines))
	require.NoError(t, legible.Check("note", "-", legible.Line))
	for _, text := range []string{"satu\x00", "satu\u202Edua", "satu\u200B", "satu\n\u200Ddua", "satu\v",
		"\u2800", "\u0301", " \n\u0301"} {
		require.Error(t, legible.Check("note", text, legible.Lines), "%q", text)
	}
}

// Whatever comes in, the answer is the same for a text and for itself among others, and nobody is refused for ASCII.
func FuzzLegible(f *testing.F) {
	f.Add("Budi")
	f.Add("علی\u200Cرضا")
	f.Fuzz(func(t *testing.T, s string) {
		ascii := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
		if ascii {
			require.True(t, legible.Is(s), "%q", s)
		}
		if legible.Is(s) {
			require.True(t, legible.Is("Budi "+s+" Budi"), "%q", s)
			require.NotContains(t, s, "\x00")
		}
	})
}
