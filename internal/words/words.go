// Package words is the one catalogue of what the servers say to people: answers to requests, reports, refused lines of
// files, letters and error pages. Texts are JSON by language and area, as those of the pages are in web/src/words.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Language is one of those in which the program speaks.
type Language int

// The languages, the default first.
const (
	Indonesian Language = iota
	English
)

// locales names the languages as accounts do, in the order of the constants. A folder of texts has each of the names.
var locales = [...]string{"id", "en"}

// Languages lists every language.
func Languages() []Language { return []Language{Indonesian, English} }

// Locale is the language's name in accounts.
func (l Language) Locale() string { return locales[l] }

// In is the language of an account's locale: the default where the program does not speak it.
func In(locale string) Language {
	return Language(max(slices.Index(locales[:], locale), int(Indonesian)))
}

var matcher = language.NewMatcher([]language.Tag{language.Indonesian, language.English})

// LanguageOf is the language to answer in: the best that an Accept-Language header, or an account's locale, allows.
func LanguageOf(acceptLanguage string) Language {
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return Indonesian
	}
	_, index, _ := matcher.Match(tags...)
	return Language(index)
}

//go:embed id/*.json en/*.json
var files embed.FS

// catalogue holds the texts by key, of each language. A language is read when somebody is first spoken to in it: most
// processes say nothing, and no start waits for it.
var catalogue = [len(locales)]func() map[string]string{Indonesian: textsOf(Indonesian), English: textsOf(English)}

func textsOf(l Language) func() map[string]string {
	return sync.OnceValue(func() map[string]string {
		texts, err := read(files, l.Locale())
		if err != nil {
			panic(err) // embedded: every test sees it
		}
		return texts
	})
}

// read returns the texts of a folder by key. No key is in two areas.
func read(from fs.FS, folder string) (map[string]string, error) {
	names, err := fs.Glob(from, path.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, name := range names {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		var area map[string]string
		if err := json.Unmarshal(content, &area); err != nil {
			return nil, fmt.Errorf("words: %s: %w", name, err)
		}
		for key, text := range area {
			if _, twice := texts[key]; twice {
				return nil, fmt.Errorf("words: %s: %s is in another area, too", name, key)
			}
			texts[key] = text
		}
	}
	return texts, nil
}

// Say returns a text. Slots are pairs of a name and a value: {name} in the text becomes the value. A key that is in no
// catalogue is returned itself; a test finds those that the source names.
func (l Language) Say(key string, slots ...string) string {
	text, known := catalogue[l]()[key]
	if !known {
		return key
	}
	return fill(text, slots)
}

// Knows tells whether there is a text of that key.
func (l Language) Knows(key string) bool {
	_, known := catalogue[l]()[key]
	return known
}

// Keys lists the keys of all texts, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(catalogue[Indonesian]())) }

func fill(text string, slots []string) string {
	if len(slots) == 0 {
		return text
	}
	pairs := make([]string, len(slots))
	for i, s := range slots {
		if pairs[i] = s; i%2 == 0 {
			pairs[i] = "{" + s + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
