package problem

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phrase turns an English message of the code, or of a library, into what people read.
type phrase struct {
	pattern *regexp.Regexp // nil: the message is fixed
	texts   [2]string      // $1, $2, … are what the message was filled with
}

// sayings are the known messages: fixed ones by themselves, the others in order.
type sayings struct {
	fixed    map[string]phrase
	patterns []phrase
}

// verb is what a format is filled with.
var verb = regexp.MustCompile(`%[-+# 0]*\d*[a-z%]`)

func newSayings() *sayings {
	s := &sayings{fixed: map[string]phrase{}}
	add := func(format, indonesian, english string) {
		p := phrase{texts: [2]string{indonesian, english}}
		if !verb.MatchString(format) {
			s.fixed[format] = p
			return
		}
		p.pattern = regexp.MustCompile(`(?s)^` + filled(regexp.QuoteMeta(format), func(int) string { return `(.*)` }) +
			`$`)
		s.patterns = append(s.patterns, p)
	}
	for _, v := range libraryMessages {
		add(v[0], v[1], v[2])
	}
	for _, v := range domainMessages {
		add(v[0], v[1], tidy(filled(v[0], func(n int) string { return fmt.Sprintf("${%d}", n) })))
	}
	return s
}

// filled puts something in the place of each verb of a format, which are counted from 1.
func filled(format string, with func(n int) string) string {
	n := 0
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		if v == "%%" {
			return "%"
		}
		n++
		return with(n)
	})
}

// tidy makes a sentence of a message.
func tidy(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if s = string(unicode.ToUpper(first)) + s[size:]; !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// say returns a message in a language; ok is false where nobody wrote down what it means to people.
func (s *sayings) say(message string, language Language) (text string, ok bool) {
	if p, ok := s.fixed[message]; ok {
		return p.texts[language], true
	}
	for _, p := range s.patterns {
		if match := p.pattern.FindStringSubmatchIndex(message); match != nil {
			return string(p.pattern.ExpandString(nil, p.texts[language], message, match)), true
		}
	}
	return "", false
}

var spoken = newSayings()

// generic stands for whatever nobody translated, which no reader should have to see.
var generic = [2]string{"Isian ini tidak sah.", "This value is not valid."}

// libraryMessages are what huma says about a request, in Indonesian and in English for people. Order counts: of two
// that fit, the first is taken.
var libraryMessages = [][3]string{
	{"unexpected property", "Isian ini tidak dikenal.", "This field is not known."},
	{"expected string to be RFC 3339 date-time", "Isi tanggal dan jam, misalnya 2026-11-23T08:00:00+07:00.",
		"Give a date and a time, such as 2026-11-23T08:00:00+07:00."},
	{"expected string to be RFC 1123 date-time", "Isi tanggal dan jam.", "Give a date and a time."},
	{"expected string to be RFC 3339 date", "Isi tanggal, misalnya 2026-11-23.", "Give a date, such as 2026-11-23."},
	{"expected string to be RFC 3339 time", "Isi jam, misalnya 08:00:00.", "Give a time, such as 08:00:00."},
	{"expected string to be RFC 5322 email: %v", "Isi alamat email, misalnya budi@contoh.id.",
		"Give an e-mail address, such as budi@example.com."},
	{"expected string to be RFC 5890 hostname", "Isi nama host, misalnya contoh.id.",
		"Give a host name, such as example.com."},
	{"expected string to be RFC 2673 ipv4", "Isi alamat IPv4.", "Give an IPv4 address."},
	{"expected string to be RFC 2373 ipv6", "Isi alamat IPv6.", "Give an IPv6 address."},
	{"expected string to be either RFC 2673 ipv4 or RFC 2373 ipv6", "Isi alamat IP.", "Give an IP address."},
	{"expected string to be RFC 3986 uri: %v", "Isi alamat web, misalnya https://contoh.id/.",
		"Give a web address, such as https://example.com/."},
	{"expected string to be RFC 4122 uuid: %v", "Isi UUID.", "Give a UUID."},
	{"expected string to be RFC 6570 uri-template", "Isi pola alamat web.", "Give a pattern of web addresses."},
	{"expected string to be RFC 6901 json-pointer", "Isi penunjuk JSON.", "Give a JSON pointer."},
	{"expected string to be RFC 6901 relative-json-pointer", "Isi penunjuk JSON relatif.",
		"Give a relative JSON pointer."},
	{"expected string to be regex: %v", "Isi ekspresi reguler.", "Give a regular expression."},
	{"expected value to match at least one schema but matched none", "Bentuk isian ini tidak dikenal.",
		"This has no form that is known here."},
	{"expected value to match exactly one schema but matched none", "Bentuk isian ini tidak dikenal.",
		"This has no form that is known here."},
	{"expected value to match exactly one schema but matched multiple", "Bentuk isian ini tidak jelas.",
		"The form of this is not clear."},
	{"expected value to not match schema", "Bentuk isian ini tidak diizinkan.", "This form is not allowed."},
	{"expected propertyName value to be present in object", "Isian yang menentukan jenisnya belum ada.",
		"The field that tells its kind is missing."},
	{"expected boolean", "Isi ya (true) atau tidak (false).", "Give yes (true) or no (false)."},
	{"expected duration: %v", "Isi lama waktu, misalnya 90m.", "Give a duration, such as 90m."},
	{"expected number", "Isi angka.", "Give a number."},
	{"expected integer", "Isi bilangan bulat.", "Give a whole number."},
	{"expected string", "Isi teks.", "Give a text."},
	{"expected string to be base64 encoded", "Isi teks base64.", "Give a base64 text."},
	{"expected array", "Isi daftar.", "Give a list."},
	{"expected object", "Isi objek dengan nama dan nilai.", "Give an object of names and values."},
	{"expected array items to be unique", "Setiap isi daftar hanya boleh sekali.", "Nothing may be listed twice."},
	{"expected value to be one of \"%s\"", "Pilih salah satu: $1.", "Choose one of: $1."},
	{"expected number > %v", "Isi angka di atas $1.", "Give a number above $1."},
	{"expected number < %v", "Isi angka di bawah $1.", "Give a number below $1."},
	{"expected number >= %v", "Isi angka mulai dari $1.", "Give a number from $1 on."},
	{"expected number <= %v", "Isi angka paling besar $1.", "Give a number of at most $1."},
	{"expected number to be a multiple of %v", "Isi kelipatan $1.", "Give a multiple of $1."},
	{"expected length >= 1", "Wajib diisi.", "This is required."},
	{"expected length >= %d", "Isi sedikitnya $1 karakter.", "Give at least $1 characters."},
	{"expected length <= %d", "Isi paling banyak $1 karakter.", "Give at most $1 characters."},
	{"expected string to match pattern %s", "Bentuknya tidak sesuai.", "This does not have the right form."},
	{"expected array length >= 1", "Pilih sedikitnya satu.", "Choose at least one."},
	{"expected array length >= %d", "Isi sedikitnya $1.", "Give at least $1 of them."},
	{"expected array length <= %d", "Isi paling banyak $1.", "Give at most $1 of them."},
	{"expected object with at least %d properties", "Isi sedikitnya $1 isian.", "Give at least $1 fields."},
	{"expected object with at most %d properties", "Isi paling banyak $1 isian.", "Give at most $1 fields."},
	{"expected required property %s to be present", "Wajib diisi.", "This is required."},
	{"expected property %s to be present when %s is present", "Wajib diisi bila $2 diisi.",
		"This is required where $2 is given."},
	{"required %s parameter is missing", "Wajib diisi.", "This is required."},
	{"request body is required", "Wajib diisi.", "This is required."},
	{"unknown query parameter", "Isian ini tidak dikenal.", "This field is not known."},
	{"expected at most one value, but received multiple values", "Hanya boleh diisi sekali.",
		"This may be given once only."},
	{"write only property is non-zero", "Isian ini tidak boleh ada.", "This must not be given."},
	{"invalid integer", "Isi bilangan bulat.", "Give a whole number."},
	{"invalid float", "Isi angka.", "Give a number."},
	{"invalid floating value", "Isi angka.", "Give a number."},
	{"invalid boolean", "Isi ya (true) atau tidak (false).", "Give yes (true) or no (false)."},
	{"invalid date/time for format %s", "Isi tanggal dan jam.", "Give a date and a time."},
	{"invalid url.URL value", "Isi alamat web, misalnya https://contoh.id/.",
		"Give a web address, such as https://example.com/."},
	{"expected string to be %s", "Bentuknya tidak sesuai.", "This does not have the right form."},
}
