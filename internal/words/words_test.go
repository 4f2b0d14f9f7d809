package words

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// keysOf are the keys of one file in the order in which they stand there.
func keysOf(t *testing.T, name string) (keys []string) {
	t.Helper()
	content, err := fs.ReadFile(files, name)
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(content))
	_, err = d.Token() // the brace
	require.NoError(t, err)
	for d.More() {
		key, err := d.Token()
		require.NoError(t, err)
		_, err = d.Token()
		require.NoError(t, err)
		require.NotContains(t, keys, key, name)
		keys = append(keys, key.(string))
	}
	return keys
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	t.Parallel()
	slots := func(text string) []string {
		found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	areas, err := fs.Glob(files, "id/*.json")
	require.NoError(t, err)
	require.Greater(t, len(areas), 5)
	for _, locale := range locales {
		others, err := fs.Glob(files, locale+"/*.json")
		require.NoError(t, err)
		require.Len(t, others, len(areas), locale)
		for _, name := range areas {
			keys := keysOf(t, name)
			require.Equal(t, keys, keysOf(t, locale+name[2:]), "%s: the same texts in the same order", name)
			area := strings.TrimSuffix(path.Base(name), "json")
			for _, key := range keys {
				require.True(t, strings.HasPrefix(key, area), "%s: %s", name, key)
			}
		}
		for key, text := range catalogue[Indonesian]() {
			other := In(locale).Say(key)
			require.NotEmpty(t, other, key)
			require.Equal(t, slots(text), slots(other), key)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Halaman 3", Indonesian.Say("reports.page", "n", "3"))
	require.Equal(t, "Page {n}", English.Say("reports.page", "n", "{n}"), "what is filled in is not filled again")
	require.Equal(t, "no.such", English.Say("no.such"))
	require.True(t, English.Knows("reports.page"))
	require.False(t, English.Knows("no.such"))
	require.Equal(t, []string{"id", "en"}, []string{Indonesian.Locale(), English.Locale()})
	require.Equal(t, []Language{Indonesian, English, Indonesian}, []Language{In("id"), In("en"), In("fr")})
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Language{"": Indonesian, "en": English, "en-GB,id;q=0.5": English,
		"fr, id;q=0.9": Indonesian, "fr, en;q=0.2": English, "id": Indonesian, ";;": Indonesian} {
		require.Equal(t, want, LanguageOf(header), header)
	}
}

func TestAKeyIsInOneArea(t *testing.T) {
	t.Parallel()
	_, err := read(fstest.MapFS{
		"en/a.json": {Data: []byte(`{"x.y": "1"}`)},
		"en/b.json": {Data: []byte(`{"x.y": "2"}`)},
	}, "en")
	require.ErrorContains(t, err, "x.y is in another area, too")
	_, err = read(fstest.MapFS{"en/a.json": {Data: []byte(`{`)}}, "en")
	require.ErrorContains(t, err, "en/a.json")
}
