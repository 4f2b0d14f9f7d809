package api_test

import (
	"fmt"
	"testing"
	"time"

	"hadir/api"
	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts"
	"hadir/internal/store/ledger"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// An identity that is unlinked while somebody is signing in with it opens nothing, wherever in between that is, and is
// not linked again by it.
func TestAnIdentityThatIsUnlinkedMeanwhile(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{})
		ids, ctx := w.store.Identities, t.Context()
		u, _, err := w.store.Users.UserByLogin(ctx, sari)
		require.NoError(t, err)
		by := ledger.Actor{UserID: u.ID}
		gone := func(err error) {
			t.Helper()
			require.Equal(t, account.CodeNoAccount, attendance.CodeOf(err), err)
			left, err := ids.Identities(ctx, u.ID)
			require.NoError(t, err)
			require.Empty(t, left)
		}
		unlink := func() { require.NoError(t, ids.UnlinkAll(ctx, ledger.Actor{}, u.ID)) }
		link := func() account.Identity {
			id := account.Identity{Issuer: p.Issuer, Subject: "1"}
			_, err := ids.Whose(ctx, &id, sari)
			require.NoError(t, err)
			_, err = ids.Enter(ctx, by, u.ID, id)
			require.NoError(t, err)
			id = account.Identity{Issuer: p.Issuer, Subject: "1"}
			_, err = ids.Whose(ctx, &id, sari)
			require.NoError(t, err)
			require.NotZero(t, id.ID)
			return id
		}

		id := link()
		unlink()
		_, err = ids.Enter(ctx, by, u.ID, id)
		gone(err)

		id = link()
		unlink()
		_, hash := account.NewToken()
		gone(w.store.SecondFactors.AddPending(ctx, accounts.Pending{Session: accounts.Session{UserID: u.ID,
			TokenHash: hash}, ExpiresAt: w.clock.Now().Add(time.Minute), By: &id}))

		id = link()
		_, err = ids.Enter(ctx, by, u.ID, id)
		require.NoError(t, err)
		unlink()
		token, hash := account.NewToken()
		now := w.clock.Now()
		gone(w.store.Sessions.AddSession(ctx, account.Session{TokenHash: hash, UserID: u.ID, CreatedAt: now,
			ExpiresAt: now.Add(time.Hour), By: &id}))
		w.token["late"] = token
		require.Equal(t, 401, w.send(0, "GET", "/api/me", "late", nil).status)

		// The same by requests, at once: whichever comes first, nothing of it stays open.
		for range 10 {
			w.signIn(0, sari, sari, password)
			begun := w.visit(p, beginLink, sari, "asing")
			require.Equal(t, 201, w.send(0, "POST", ownThere, sari, begun.came, "Cookie: "+begun.cookie).status)
			back := w.visit(p, askThere, "", "asing")
			var in reply
			both := errgroup.Group{}
			both.Go(func() error { in = w.enterThere(back); return nil })
			both.Go(func() error { return ids.UnlinkAll(ctx, ledger.Actor{}, u.ID) })
			require.NoError(t, both.Wait())
			left, err := ids.Identities(ctx, u.ID)
			require.NoError(t, err)
			require.Empty(t, left)
			if in.status != 200 {
				require.Equal(t, "no_account", in.code(), in.raw)
				continue
			}
			w.token["in"] = in.json["token"].(string)
			require.Equal(t, 401, w.send(1, "GET", "/api/me", "in", nil).status)
		}
	})
}

// What a provider said that is not the one any more opens nothing: it is no way in that has to be kept.
func TestALinkToAFormerProviderIsEnded(t *testing.T) {
	databases(t, 0, func(t *testing.T, w *world) {
		p := w.there(api.Options{Confirm: confirmWithin})
		u, _, err := w.store.Users.UserByLogin(t.Context(), sari)
		require.NoError(t, err)
		by := ledger.Actor{UserID: u.ID}
		_, err = w.store.Identities.Link(t.Context(), by,
			account.Identity{Issuer: "https://dahulu.contoh.id", Subject: "s-1", Name: "dahulu"})
		require.NoError(t, err)
		require.NoError(t, w.store.Users.ChangePassword(t.Context(), ledger.Actor{},
			accounts.NewPassword{UserID: u.ID, Hash: "!", MustChange: true, KeepTokens: true}))
		in := w.arrives(p, sari)
		require.Equal(t, 200, in.status, in.raw)
		w.token["in"] = in.json["token"].(string)
		own := map[string]string{}
		for _, i := range w.send(0, "GET", ownThere, "in", nil).items() {
			own[i["issuer"].(string)] = fmt.Sprintf("%s/%v", ownThere, i["id"])
		}
		require.Len(t, own, 2)
		require.Equal(t, "only_way_in", w.send(0, "DELETE", own[p.Issuer], "in", nil).code())
		require.Equal(t, 204, w.send(0, "DELETE", own["https://dahulu.contoh.id"], "in", nil).status)
		require.Equal(t, "only_way_in", w.send(0, "DELETE", own[p.Issuer], "in", nil).code())
	})
}
