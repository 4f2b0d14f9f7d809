package account_test

import (
	"testing"
	"time"

	"hadir/internal/account"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func TestAttemptsAreCountedBeforeTheyAreMade(t *testing.T) {
	var c account.SignInCounts
	now := noon
	for range 5 {
		at, _ := c.Begin(now)
		require.Zero(t, at)
	}
	wait := time.Second
	for range 12 {
		at, _ := c.Begin(now)
		require.Equal(t, min(wait, 15*time.Minute), at.Sub(now), "doubles, up to a quarter of an hour")
		again, _ := c.Begin(now)
		require.Equal(t, at, again, "what is refused unseen is no failure")
		now, wait = at, 2*wait
		at, _ = c.Begin(now)
		require.Zero(t, at, "a block ends")
	}
	at, _ := c.Begin(now.Add(time.Hour))
	require.Zero(t, at)
	require.Equal(t, 1, c.Pair.Count, "forgotten after an hour")
}

func TestAnAddressIsJudgedByItsAccounts(t *testing.T) {
	address := account.Failures{}
	begin := func(pair *account.Failures, now time.Time) bool {
		c := account.SignInCounts{Pair: *pair, Address: address}
		at, _ := c.Begin(now)
		*pair, address = c.Pair, c.Address
		return at.IsZero()
	}
	one := account.Failures{}
	for range 5 {
		require.True(t, begin(&one, noon))
	}
	require.Equal(t, 1, address.Count, "one account is one, however often it fails")
	for range 99 {
		require.True(t, begin(&account.Failures{}, noon))
	}
	require.False(t, begin(&account.Failures{}, noon), "a list of accounts is slowed down")
	now := noon
	for address.Count < 120 {
		now = address.BlockedUntil
		require.True(t, begin(&account.Failures{}, now))
		require.LessOrEqual(t, address.BlockedUntil.Sub(now), time.Minute, "for a minute at the most")
		address.LastAt = now // as if all had come at once
	}
	require.True(t, begin(&account.Failures{}, now.Add(15*time.Minute)))
	require.Equal(t, 61, address.Count, "it forgets half in a quarter of an hour")
	require.True(t, address.BlockedUntil.IsZero())
}

func TestASuccessTakesBackItsOwnAndOneMore(t *testing.T) {
	c := account.SignInCounts{Address: account.Failures{Count: 10, LastAt: noon}}
	_, first := c.Begin(noon)
	require.True(t, first)
	require.Equal(t, 11, c.Address.Count)
	c.Succeed(noon, first)
	require.Equal(t, 9, c.Address.Count)
	for range 20 {
		_, first = c.Begin(noon)
		require.False(t, first)
		c.Succeed(noon, first)
	}
	require.Equal(t, 9, c.Address.Count, "nobody clears it with an account of their own")
	require.Zero(t, c.Pair.Count)
	require.Zero(t, c.Account.Count)
	_, _ = c.Begin(noon)
	c.Withdraw()
	require.Equal(t, 9, c.Address.Count)
}

func TestManyPlacesGuessAtOneAccount(t *testing.T) {
	whole := account.Failures{}
	allowed := 0
	for range 200 {
		c := account.SignInCounts{Account: whole}
		if at, _ := c.Begin(noon); at.IsZero() {
			allowed++
		}
		whole = c.Account
	}
	require.Equal(t, 50, allowed)
	c := account.SignInCounts{Account: whole, Browser: &account.Failures{}}
	at, _ := c.Begin(noon)
	require.Zero(t, at, "the person's own browser is let through")
}
