package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Sealer keeps secrets that the program itself must be able to read unreadable to whoever has the database only. Its
// keys are derived from those that the servers share; the first one seals, and all of them open. Without any key it
// keeps secrets as they are.
type Sealer struct{ keys []sealKey }

type sealKey struct {
	id   string // names the key in what it sealed
	aead cipher.AEAD
}

// Forms of what is kept: sealed.KEY.BASE64, or plain.SECRET.
const (
	formSealed = "sealed"
	formPlain  = "plain"
)

// ErrSealed says that no key opens a secret: it was sealed with one that is gone, or for something else.
var ErrSealed = errors.New("no key opens the secret")

// NewSealer derives the keys, for one purpose, from shared ones.
func NewSealer(purpose string, shared []string) (*Sealer, error) {
	s := &Sealer{}
	for _, k := range shared {
		derived, err := hkdf.Key(sha256.New, []byte(k), nil, "hadir "+purpose, 32)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		name := sha256.Sum256(append([]byte("name of "), derived...))
		s.keys = append(s.keys, sealKey{hex.EncodeToString(name[:4]), aead})
	}
	return s, nil
}

// Seal returns what is kept of a secret. It opens only for the thing that it is about, so that nobody who can write to
// the database gives one person's secret to another.
func (s *Sealer) Seal(secret, about string) string {
	if len(s.keys) == 0 {
		return formPlain + "." + secret
	}
	k := s.keys[0]
	nonce := make([]byte, k.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand crashes the process instead
	sealed := k.aead.Seal(nonce, nonce, []byte(secret), []byte(about))
	return strings.Join([]string{formSealed, k.id, base64.RawStdEncoding.EncodeToString(sealed)}, ".")
}

// Open returns a secret, or ErrSealed. again says that Seal would keep it better by now: there is a key, or a newer
// one.
func (s *Sealer) Open(kept, about string) (secret string, again bool, err error) {
	form, rest, _ := strings.Cut(kept, ".")
	if form == formPlain {
		return rest, len(s.keys) > 0, nil
	}
	id, text, _ := strings.Cut(rest, ".")
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || form != formSealed {
		return "", false, ErrSealed
	}
	for i, k := range s.keys {
		if k.id != id || len(sealed) < k.aead.NonceSize() {
			continue
		}
		nonce, body := sealed[:k.aead.NonceSize()], sealed[k.aead.NonceSize():]
		if plain, err := k.aead.Open(nil, nonce, body, []byte(about)); err == nil {
			return string(plain), i > 0, nil
		}
	}
	return "", false, ErrSealed
}
