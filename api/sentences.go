package api

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2/validation"
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

// say returns a message in a language (an index of languages); ok is false where nobody wrote down what it means to
// people.
func (s *sayings) say(message string, language int) (text string, ok bool) {
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
	{validation.MsgUnexpectedProperty, "Isian ini tidak dikenal.", "This field is not known."},
	{validation.MsgExpectedRFC3339DateTime, "Isi tanggal dan jam, misalnya 2026-11-23T08:00:00+07:00.",
		"Give a date and a time, such as 2026-11-23T08:00:00+07:00."},
	{validation.MsgExpectedRFC1123DateTime, "Isi tanggal dan jam.", "Give a date and a time."},
	{validation.MsgExpectedRFC3339Date, "Isi tanggal, misalnya 2026-11-23.", "Give a date, such as 2026-11-23."},
	{validation.MsgExpectedRFC3339Time, "Isi jam, misalnya 08:00:00.", "Give a time, such as 08:00:00."},
	{validation.MsgExpectedRFC5322Email, "Isi alamat email, misalnya budi@contoh.id.",
		"Give an e-mail address, such as budi@example.com."},
	{validation.MsgExpectedRFC5890Hostname, "Isi nama host, misalnya contoh.id.",
		"Give a host name, such as example.com."},
	{validation.MsgExpectedRFC2673IPv4, "Isi alamat IPv4.", "Give an IPv4 address."},
	{validation.MsgExpectedRFC2373IPv6, "Isi alamat IPv6.", "Give an IPv6 address."},
	{validation.MsgExpectedRFCIPAddr, "Isi alamat IP.", "Give an IP address."},
	{validation.MsgExpectedRFC3986URI, "Isi alamat web, misalnya https://contoh.id/.",
		"Give a web address, such as https://example.com/."},
	{validation.MsgExpectedRFC4122UUID, "Isi UUID.", "Give a UUID."},
	{validation.MsgExpectedRFC6570URITemplate, "Isi pola alamat web.", "Give a pattern of web addresses."},
	{validation.MsgExpectedRFC6901JSONPointer, "Isi penunjuk JSON.", "Give a JSON pointer."},
	{validation.MsgExpectedRFC6901RelativeJSONPointer, "Isi penunjuk JSON relatif.", "Give a relative JSON pointer."},
	{validation.MsgExpectedRegexp, "Isi ekspresi reguler.", "Give a regular expression."},
	{validation.MsgExpectedMatchAtLeastOneSchema, "Bentuk isian ini tidak dikenal.",
		"This has no form that is known here."},
	{validation.MsgExpectedMatchExactlyOneSchema, "Bentuk isian ini tidak dikenal.",
		"This has no form that is known here."},
	{"expected value to match exactly one schema but matched multiple", "Bentuk isian ini tidak jelas.",
		"The form of this is not clear."},
	{validation.MsgExpectedNotMatchSchema, "Bentuk isian ini tidak diizinkan.", "This form is not allowed."},
	{validation.MsgExpectedPropertyNameInObject, "Isian yang menentukan jenisnya belum ada.",
		"The field that tells its kind is missing."},
	{validation.MsgExpectedBoolean, "Isi ya (true) atau tidak (false).", "Give yes (true) or no (false)."},
	{validation.MsgExpectedDuration, "Isi lama waktu, misalnya 90m.", "Give a duration, such as 90m."},
	{validation.MsgExpectedNumber, "Isi angka.", "Give a number."},
	{validation.MsgExpectedInteger, "Isi bilangan bulat.", "Give a whole number."},
	{validation.MsgExpectedString, "Isi teks.", "Give a text."},
	{validation.MsgExpectedBase64String, "Isi teks base64.", "Give a base64 text."},
	{validation.MsgExpectedArray, "Isi daftar.", "Give a list."},
	{validation.MsgExpectedObject, "Isi objek dengan nama dan nilai.", "Give an object of names and values."},
	{validation.MsgExpectedArrayItemsUnique, "Setiap isi daftar hanya boleh sekali.", "Nothing may be listed twice."},
	{validation.MsgExpectedOneOf, "Pilih salah satu: $1.", "Choose one of: $1."},
	{validation.MsgExpectedExclusiveMinimumNumber, "Isi angka di atas $1.", "Give a number above $1."},
	{validation.MsgExpectedExclusiveMaximumNumber, "Isi angka di bawah $1.", "Give a number below $1."},
	{validation.MsgExpectedMinimumNumber, "Isi angka mulai dari $1.", "Give a number from $1 on."},
	{validation.MsgExpectedMaximumNumber, "Isi angka paling besar $1.", "Give a number of at most $1."},
	{validation.MsgExpectedNumberBeMultipleOf, "Isi kelipatan $1.", "Give a multiple of $1."},
	{strings.Replace(validation.MsgExpectedMinLength, "%d", "1", 1), "Wajib diisi.", "This is required."},
	{validation.MsgExpectedMinLength, "Isi sedikitnya $1 karakter.", "Give at least $1 characters."},
	{validation.MsgExpectedMaxLength, "Isi paling banyak $1 karakter.", "Give at most $1 characters."},
	{validation.MsgExpectedMatchPattern, "Bentuknya tidak sesuai.", "This does not have the right form."},
	{strings.Replace(validation.MsgExpectedMinItems, "%d", "1", 1), "Pilih sedikitnya satu.", "Choose at least one."},
	{validation.MsgExpectedMinItems, "Isi sedikitnya $1.", "Give at least $1 of them."},
	{validation.MsgExpectedMaxItems, "Isi paling banyak $1.", "Give at most $1 of them."},
	{validation.MsgExpectedMinProperties, "Isi sedikitnya $1 isian.", "Give at least $1 fields."},
	{validation.MsgExpectedMaxProperties, "Isi paling banyak $1 isian.", "Give at most $1 fields."},
	{validation.MsgExpectedRequiredProperty, "Wajib diisi.", "This is required."},
	{validation.MsgExpectedDependentRequiredProperty, "Wajib diisi bila $2 diisi.",
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
	{validation.MsgExpectedBePattern, "Bentuknya tidak sesuai.", "This does not have the right form."},
}
