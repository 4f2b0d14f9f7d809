package account

import "time"

// Failures counts failed attempts of one key, to sign in or at a kiosk. The zero value has none.
type Failures struct {
	Count        int
	BlockedUntil time.Time // zero: not blocked
	LastAt       time.Time // of the last failure; of an address, since when none was forgotten; of a kiosk, the first
}

// SignInCounts are the failures that an attempt to sign in is judged by: of one account at one address, of the account
// wherever it is tried, and of the address, which counts accounts and not attempts, so that an office full of typing
// errors is told from somebody who goes through a list.
//
// A browser in which the person signed in before has a count of its own instead of the three, so that nobody else can
// keep them out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
type SignInCounts struct {
	Pair, Account, Address Failures
	Browser                *Failures // nil: the browser is not known
}

// failureLimit is how many failures of a key are free, and how long it is blocked at the most after more of them.
type failureLimit struct {
	free    int
	longest time.Duration
}

// The limits. Blocks begin with firstBlock and double with each further failure.
var (
	pairLimit    = failureLimit{5, 15 * time.Minute}
	accountLimit = failureLimit{50, 15 * time.Minute}
	addressLimit = failureLimit{100, time.Minute}
	browserLimit = failureLimit{5, 15 * time.Minute}
)

const (
	// FailuresForgotten is how long after the last failure of a key its count starts anew.
	FailuresForgotten = time.Hour

	firstBlock    = time.Second
	addressHalves = 15 * time.Minute // in which an address forgets half of the accounts that failed there
)

// Begin counts an attempt as a failure before the password is looked at, so that many at once are not all tried.
// retryAt is zero if it may go on, and else when the next one may; what is refused unseen is not counted. first tells
// that nobody tried this account at this address within FailuresForgotten.
func (c *SignInCounts) Begin(now time.Time) (retryAt time.Time, first bool) {
	if c.Browser != nil {
		c.Browser.age(now)
		if c.Browser.BlockedUntil.After(now) {
			return c.Browser.BlockedUntil, false
		}
		c.Browser.add(browserLimit, now)
		return time.Time{}, false
	}
	first = now.Sub(c.Pair.LastAt) >= FailuresForgotten
	c.Pair.age(now)
	c.Account.age(now)
	c.Address.halve(now)
	for _, f := range []*Failures{&c.Pair, &c.Account, &c.Address} {
		if f.BlockedUntil.After(now) && f.BlockedUntil.After(retryAt) {
			retryAt = f.BlockedUntil
		}
	}
	if !retryAt.IsZero() {
		return retryAt, false
	}
	if c.Pair.Count == 0 {
		c.Address.add(addressLimit, now)
	}
	c.Pair.add(pairLimit, now)
	c.Account.add(accountLimit, now)
	return time.Time{}, first
}

// Succeed takes back what Begin counted. With first, as Begin told it, the sign-in also makes up for somebody else's
// failure at the address: once for each account, so that nobody clears the count with an account of their own.
func (c *SignInCounts) Succeed(now time.Time, first bool) {
	if c.Browser != nil {
		*c.Browser = Failures{LastAt: now}
		return
	}
	c.Pair = Failures{LastAt: now}
	c.Account.takeBack(1)
	if first {
		c.Address.takeBack(2)
	} else {
		c.Address.takeBack(1)
	}
}

// Withdraw takes back an attempt whose password could not be looked at.
func (c *SignInCounts) Withdraw() {
	if c.Browser != nil {
		c.Browser.takeBack(1)
		return
	}
	c.Pair.takeBack(1)
	c.Account.takeBack(1)
	if c.Pair.Count == 0 {
		c.Address.takeBack(1)
	}
}

// age forgets a count that nothing was added to for long enough.
func (f *Failures) age(now time.Time) {
	if now.Sub(f.LastAt) >= FailuresForgotten {
		*f = Failures{}
	}
}

// halve forgets half of a count for every addressHalves.
func (f *Failures) halve(now time.Time) {
	for f.Count > 0 && now.Sub(f.LastAt) >= addressHalves {
		f.Count /= 2
		f.LastAt = f.LastAt.Add(addressHalves)
	}
	if f.Count == 0 {
		f.LastAt = now
	}
}

func (f *Failures) add(l failureLimit, now time.Time) {
	f.Count++
	if l != addressLimit {
		f.LastAt = now
	}
	f.BlockedUntil = time.Time{}
	if over := f.Count - l.free; over >= 0 {
		f.BlockedUntil = now.Add(blockFor(over, l.longest))
	}
}

func (f *Failures) takeBack(n int) {
	f.Count = max(f.Count-n, 0)
	f.BlockedUntil = time.Time{}
}

// blockFor returns for how long a failure blocks that comes so many after the last free one.
func blockFor(over int, longest time.Duration) time.Duration {
	block := firstBlock
	for range over {
		if block *= 2; block >= longest {
			return longest
		}
	}
	return block
}
