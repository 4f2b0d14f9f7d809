package words

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// pattern recognises a message with values in it, which its groups are.
type pattern struct {
	form *regexp.Regexp
	key  string
}

// sentences finds the text behind an English message of the code or of a library: fixed ones by themselves, the others
// in order.
type sentences struct {
	fixed    map[string]string // message → key
	patterns []pattern
}

var (
	slot = regexp.MustCompile(`\\\{\d+\\\}`)          // {1} in a quoted text
	verb = regexp.MustCompile(`%[-+# 0]*\d*[a-z]|%%`) // what a format is filled with
)

// newSentences knows what libraries say (in their order), and what the program's own rules say about a field: those are
// the English texts of the area fields.
func newSentences() *sentences {
	s := &sentences{fixed: map[string]string{}}
	for _, m := range libraryMessages {
		if !verb.MatchString(m.format) {
			s.fixed[m.format] = m.key
			continue
		}
		s.add(verb.ReplaceAllString(regexp.QuoteMeta(m.format), `(.*)`), m.key)
	}
	// The longest first: a message that says more is not taken for one that says less.
	texts := catalogue[English]()
	keys := slices.Sorted(maps.Keys(texts))
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(len(texts[b]), len(texts[a])) })
	for _, key := range keys {
		if !strings.HasPrefix(key, "fields.") {
			continue
		}
		text := texts[key]
		if quoted := regexp.QuoteMeta(text); slot.MatchString(quoted) {
			s.add(slot.ReplaceAllString(quoted, `(.*)`), key)
		} else {
			s.fixed[text] = key
		}
	}
	return s
}

func (s *sentences) add(form, key string) {
	s.patterns = append(s.patterns, pattern{regexp.MustCompile(`(?s)^` + form + `$`), key})
}

// find returns the key of a message and the values in it as slots; ok is false where nobody wrote down what the message
// means to people.
func (s *sentences) find(message string) (key string, slots []string, ok bool) {
	for _, m := range []string{message, Sentence(message)} {
		if key, ok := s.fixed[m]; ok {
			return key, nil, true
		}
		for _, p := range s.patterns {
			match := p.form.FindStringSubmatch(m)
			for i := 1; i < len(match); i++ {
				slots = append(slots, strconv.Itoa(i), match[i])
			}
			if match != nil {
				return p.key, slots, true
			}
		}
	}
	return "", nil, false
}

// spoken is made for the first message that is to be explained.
var spoken = sync.OnceValue(newSentences)

// Explain puts an English message about a field, of the program's rules or of a library, into a language; ok is false
// for one that is in no catalogue.
func (l Language) Explain(message string) (text string, ok bool) {
	key, slots, ok := spoken().find(message)
	if !ok {
		return "", false
	}
	if key == "inputs.choose_one_of_x" {
		// The values are what a program sends, not words of the language.
		slots[1] = `"` + strings.ReplaceAll(slots[1], ", ", `", "`) + `"`
	}
	return l.Say(key, slots...), true
}

// KeyOf is the key of the text by which Explain explains a message.
func KeyOf(message string) (key string, ok bool) {
	key, _, ok = spoken().find(message)
	return key, ok
}

// Sentence makes a sentence of a message: with a capital letter and a full stop.
func Sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	if message = string(unicode.ToUpper(first)) + message[size:]; !strings.HasSuffix(message, ".") {
		message += "."
	}
	return message
}

// Filled is a format with a value in the place of each verb.
func Filled(format, value string) string {
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		if v == "%%" {
			return "%"
		}
		return value
	})
}
