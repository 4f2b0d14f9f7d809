package identity

import (
	"context"

	"hadir/internal/account"
	"hadir/internal/store/db"

	"github.com/uptrace/bun"
)

// loginsAtOnce is how many accounts are looked at in one query.
const loginsAtOnce = 1000

// FillLogins gives logins their one form (account.NormalLogin) that were stored before there was one. Where two
// accounts would have the same, the one that has it keeps it: the other stays as it is, nobody signs in with it, and
// the log names it, so that it is given another login.
func FillLogins(d *db.DB) func(ctx context.Context, idb bun.IDB) error {
	return func(ctx context.Context, idb bun.IDB) error { return fillLogins(ctx, d, idb) }
}

func fillLogins(ctx context.Context, d *db.DB, idb bun.IDB) error {
	for last := int64(0); ; {
		var rows []struct {
			ID    int64  `bun:"id"`
			Login string `bun:"login"`
			Name  string `bun:"name"`
		}
		if err := idb.NewSelect().Table("users").Column("id", "login", "name").Where("id > ?", last).Order("id").
			Limit(loginsAtOnce).Scan(ctx, &rows); err != nil || len(rows) == 0 {
			return err
		}
		last = rows[len(rows)-1].ID
		for _, r := range rows { // next to none differ
			login := account.NormalLogin(r.Login)
			if login == r.Login {
				continue
			}
			taken, err := idb.NewSelect().Table("users").Where("login = ?", login).Count(ctx)
			if err != nil {
				return err
			}
			if taken > 0 {
				d.Log.WarnContext(ctx, "two logins read alike; give this account another",
					"user_id", r.ID, "login", r.Login, "like", login)
				continue
			}
			if _, err := idb.NewUpdate().Table("users").Set("login = ?", login).
				Set("search_text = ?", SearchText(login, r.Name)).Where("id = ?", r.ID).Exec(ctx); err != nil {
				return err
			}
		}
	}
}
