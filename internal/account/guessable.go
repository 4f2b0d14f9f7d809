package account

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
)

//go:embed common_id.txt
var commonIndonesian string

// common are the passwords that guessers try first, in lower case: the thirty thousand of zxcvbn, which are English for
// the most part, and our own of Indonesia.
var common = sync.OnceValue(func() map[string]struct{} {
	listed := frequency.FrequencyLists["passwords"]
	own := strings.Fields(strings.ReplaceAll(commonIndonesian, " ", ""))
	set := make(map[string]struct{}, len(listed)+len(own))
	for _, words := range [][]string{listed, own} {
		for _, w := range words {
			set[strings.ToLower(w)] = struct{}{}
		}
	}
	return set
})

// rows are what fingers run along.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiop",
	"azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p"}

const (
	shortestWord  = 4 // characters of a word that makes a password guessable
	mostAround    = 4 // characters beside such a word that do not make up for it
	longestPeriod = 4 // characters of a pattern that is only repeated
)

// guessable tells whether a password is one of those that guessers try first (NIST SP 800-63B, "blocklist"): a common
// one, one that repeats a few characters or runs along the alphabet or the keyboard, or one of the person's own words
// (login, name), each also with a few digits or marks around it.
func guessable(password string, own ...string) bool {
	p := strings.ToLower(strings.TrimSpace(password))
	if listed(p) || repeats(p) || runs(p) {
		return true
	}
	core := strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	if core == "" {
		return false
	}
	around := utf8.RuneCountInString(p) - utf8.RuneCountInString(core)
	if around <= mostAround && utf8.RuneCountInString(core) >= shortestWord && (listed(core) || repeats(core)) {
		return true
	}
	bare := letters(p)
	for _, word := range own {
		name, _, _ := strings.Cut(strings.ToLower(word), "@")
		for _, w := range []string{letters(name), letters(strings.ToLower(word))} {
			rest := strings.ReplaceAll(bare, w, "")
			if utf8.RuneCountInString(w) >= shortestWord && rest != bare &&
				utf8.RuneCountInString(rest) <= mostAround {
				return true
			}
		}
	}
	return false
}

// listed tells whether a word is on the list, with or without what is no letter or digit in it.
func listed(word string) bool {
	if _, found := common()[word]; found {
		return true
	}
	_, found := common()[letters(word)]
	return found
}

// letters are the letters and digits of a text.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// repeats tells whether a text is a few characters over and over.
func repeats(s string) bool {
	text := []rune(s)
	for period := 1; period <= longestPeriod && period < len(text); period++ {
		same := true
		for i := period; same && i < len(text); i++ {
			same = text[i] == text[i-period]
		}
		if same {
			return true
		}
	}
	return false
}

// runs tells whether a text runs along one of rows, forwards or backwards.
func runs(s string) bool {
	text := []rune(s)
	backwards := make([]rune, len(text))
	for i, r := range text {
		backwards[len(text)-1-i] = r
	}
	for _, row := range rows {
		if strings.Contains(row, s) || strings.Contains(row, string(backwards)) {
			return true
		}
	}
	return false
}
