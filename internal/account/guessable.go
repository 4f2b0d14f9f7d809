package account

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The passwords that guessers try first, in lower case, one to a line and sorted: thirty thousand from lists that were
// stolen (those of zxcvbn, see LICENSE.zxcvbn), which are English for the most part, and our own of Indonesia. They are
// searched as they lie in the program's file: a map of them would take a megabyte of every process.
var (
	//go:embed common.txt
	commonPasswords string
	//go:embed common_id.txt
	commonIndonesian string
)

// onList looks a word up in sorted lines.
func onList(lines, word string) bool {
	for lines != "" {
		middle := len(lines) / 2
		begin := strings.LastIndexByte(lines[:middle], '\n') + 1
		line, after, _ := strings.Cut(lines[begin:], "\n")
		switch {
		case line == word:
			return true
		case line < word:
			lines = after
		default:
			lines = lines[:begin]
		}
	}
	return false
}

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

// listed tells whether a word is on one of the lists, with or without what is no letter or digit in it.
func listed(word string) bool {
	bare := letters(word)
	for _, list := range []string{commonPasswords, commonIndonesian} {
		if onList(list, word) || onList(list, bare) {
			return true
		}
	}
	return false
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
