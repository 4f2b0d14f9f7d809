package accounts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/accounts/making"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

const tokensTable = "api_tokens"

// tokensKept is how long an expired token is still listed; tokensShown bounds a list.
const (
	tokensKept  = 30 * 24 * time.Hour
	tokensShown = 200
)

// APITokens are what programs come in with.
type APITokens struct {
	db     *db.DB
	ledger *ledger.Ledger
}

// NewAPITokens returns the tokens of a database.
func NewAPITokens(d *db.DB, l *ledger.Ledger) *APITokens { return &APITokens{d, l} }

type tokenRow struct {
	bun.BaseModel `bun:"table:api_tokens,alias:tk"`

	ID         int64      `bun:"id,pk,autoincrement"`
	UserID     int64      `bun:"user_id"`
	Name       string     `bun:"name"`
	TokenHash  []byte     `bun:"token_hash"`
	CreatedAt  time.Time  `bun:"created_at"`
	ExpiresAt  *time.Time `bun:"expires_at"`
	LastUsedAt *time.Time `bun:"last_used_at"`
	RevokedAt  *time.Time `bun:"revoked_at"`
	Hint       string     `bun:"hint"`
	Scopes     string     `bun:"scopes"`              // JSON array
	BranchIDs  string     `bun:"branch_ids,nullzero"` // JSON array
	CreatedBy  int64      `bun:"created_by,nullzero"`

	User  *UserRow `bun:"rel:belongs-to,join:user_id=id"`
	Maker *UserRow `bun:"rel:belongs-to,join:created_by=id"`
}

func newTokenRow(k account.APIToken, hash [32]byte) (tokenRow, error) {
	r := tokenRow{UserID: k.UserID, Name: k.Name, TokenHash: hash[:], CreatedAt: k.CreatedAt.UTC(),
		ExpiresAt: db.UTC(&k.ExpiresAt), Hint: k.Hint, CreatedBy: k.CreatedBy}
	scopes, err := json.Marshal(k.Scopes)
	r.Scopes = string(scopes)
	if err == nil && len(k.BranchIDs) > 0 {
		var ids []byte
		ids, err = json.Marshal(k.BranchIDs)
		r.BranchIDs = string(ids)
	}
	if err != nil {
		return r, fmt.Errorf("token %s: %w", k.Name, err)
	}
	return r, nil
}

func (r *tokenRow) domain() (account.APIToken, error) {
	k := account.APIToken{ID: r.ID, UserID: r.UserID, Name: r.Name, Hint: r.Hint, CreatedAt: r.CreatedAt.UTC(),
		CreatedBy: r.CreatedBy, LastUsedAt: db.UTC(r.LastUsedAt)}
	if r.ExpiresAt != nil { // else it is over
		k.ExpiresAt = r.ExpiresAt.UTC()
	}
	if r.Maker != nil && r.CreatedBy != r.UserID {
		k.MakerID = r.Maker.EmployeeID
	}
	err := json.Unmarshal([]byte(r.Scopes), &k.Scopes)
	if err == nil && r.BranchIDs != "" {
		err = json.Unmarshal([]byte(r.BranchIDs), &k.BranchIDs)
	}
	if err != nil {
		return k, fmt.Errorf("token %d: %w", r.ID, err)
	}
	return k, nil
}

// AddAPIToken stores a token of an enabled user, who may have 50 that are in use: more is CodeConflict. It is checked
// against the user as it is stored; for another administrator it is CodeForbidden.
func (s *APITokens) AddAPIToken(ctx context.Context, by ledger.Actor, k account.APIToken, hash [32]byte) (
	account.APIToken, error) {
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var owner UserRow
		if err := s.db.ForUpdate(tx.NewSelect().Model(&owner).Where("u.id = ?", k.UserID), "").Scan(ctx); err != nil {
			return db.NotFound("load user", "no such user", err)
		}
		if owner.Forgotten {
			return attendance.Forgotten()
		}
		now := s.db.Clock.Now()
		u, err := owner.domain()
		if err != nil {
			return err
		}
		if disabled(&owner, now) {
			return attendance.NewError(attendance.CodeConflict, "the user is disabled")
		}
		k.CreatedAt, k.CreatedBy = now, by.UserID
		if !k.ActsFor(&u) {
			return attendance.NewError(account.CodeForbidden, "Administrators make their own tokens.")
		}
		if err := k.Check(&u, now); err != nil {
			return err
		}
		if err := checkScope(ctx, tx.Tx, account.User{BranchIDs: k.BranchIDs}); err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*tokenRow)(nil)).Where("user_id = ?", k.UserID).
			Where("revoked_at IS NULL").Where("expires_at > ?", now).Count(ctx)
		if err != nil {
			return err
		}
		if n >= account.MaxTokens {
			return &attendance.Error{Code: attendance.CodeConflict, Field: "name",
				Message: fmt.Sprintf("There are %d tokens already; revoke one.", account.MaxTokens)}
		}
		row, err := newTokenRow(k, hash)
		if err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		k.ID = row.ID
		return ledger.AuditChange(tx, "api_token.created", ledger.Row{Table: tokensTable, ID: k.ID}, nil, &k)
	})
	return k, db.Failed("add API token", err)
}

// APITokens returns the tokens of a user that were not revoked, the latest first, at most 200; those that expired stay
// for 30 days.
func (s *APITokens) APITokens(ctx context.Context, userID int64) ([]account.APIToken, error) {
	var rows []tokenRow
	err := s.db.Read().NewSelect().Model(&rows).Where("tk.user_id = ?", userID).Where("tk.revoked_at IS NULL").
		Where("tk.expires_at > ?", s.db.Clock.Now().Add(-tokensKept)).Order("tk.id DESC").Limit(tokensShown).Scan(ctx)
	if err != nil {
		return nil, db.Failed("list API tokens", err)
	}
	out := make([]account.APIToken, len(rows))
	for i := range rows {
		if out[i], err = rows[i].domain(); err != nil {
			return nil, db.Failed("list API tokens", err)
		}
	}
	return out, nil
}

// tokensInForce counts the tokens of users that are neither over nor revoked; who has none is left out.
func (s *Users) tokensInForce(ctx context.Context, userIDs []int64, now time.Time) (map[int64]int, error) {
	var counts []struct {
		UserID int64 `bun:"user_id"`
		N      int   `bun:"n"`
	}
	err := s.db.Read().NewSelect().Model((*tokenRow)(nil)).ColumnExpr("tk.user_id AS user_id, COUNT(*) AS n").
		Where("tk.user_id IN (?)", bun.List(userIDs)).Where("tk.revoked_at IS NULL").Where("tk.expires_at > ?", now).
		Group("tk.user_id").Scan(ctx, &counts)
	out := make(map[int64]int, len(counts))
	for _, c := range counts {
		out[c.UserID] = c.N
	}
	return out, err
}

// RevokeAPIToken ends a token of a user for good; CodeNotFound if there is none, or it was ended before.
func (s *APITokens) RevokeAPIToken(ctx context.Context, by ledger.Actor, userID, id int64) error {
	return db.Failed("revoke API token", s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		var row tokenRow
		err := s.db.ForUpdate(tx.NewSelect().Model(&row).Where("tk.id = ?", id).Where("tk.user_id = ?", userID).
			Where("tk.revoked_at IS NULL"), "").Scan(ctx)
		if err != nil {
			return db.NotFound("load API token", "no such token", err)
		}
		if err := revokeTokens(ctx, tx, []tokenRow{row}); err != nil {
			return err
		}
		return accessChanged(ctx, tx, userID)
	}))
}

// revokeOthers ends the tokens that others made for a user.
func revokeOthers(ctx context.Context, tx *ledger.Tx, userID int64) error {
	var rows []tokenRow
	err := tx.NewSelect().Model(&rows).Where("tk.user_id = ?", userID).Where("tk.revoked_at IS NULL").
		Where("(tk.created_by IS NULL OR tk.created_by <> tk.user_id)").Order("tk.id").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	return revokeTokens(ctx, tx, rows)
}

// revokeMade ends the tokens in force that an account made, for itself and for others. Those that others made for it
// stay: nobody who had its password ever saw their secrets.
func revokeMade(ctx context.Context, tx *ledger.Tx, userID int64) error {
	var rows []tokenRow
	err := tx.NewSelect().Model(&rows).Where("tk.revoked_at IS NULL").Where("tk.expires_at > ?", tx.Now).
		Where("(tk.created_by = ? OR tk.created_by IS NULL AND tk.user_id = ?)", userID, userID).
		Order("tk.id").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	told := map[int64]bool{userID: true} // whoever changes the password tells of its account
	for _, row := range rows {
		if told[row.UserID] {
			continue
		}
		told[row.UserID] = true
		if err := accessChanged(ctx, tx, row.UserID); err != nil {
			return err
		}
	}
	return revokeTokens(ctx, tx, rows)
}

// revokeTokens ends tokens, at least one, each with its audit entry.
func revokeTokens(ctx context.Context, tx *ledger.Tx, rows []tokenRow) error {
	ids := make([]int64, len(rows))
	for i := range rows {
		before, err := rows[i].domain()
		if err != nil {
			return err
		}
		ids[i] = before.ID
		row := ledger.Row{Table: tokensTable, ID: before.ID}
		if err := ledger.AuditChange(tx, "api_token.revoked", row, &before, nil); err != nil {
			return err
		}
	}
	_, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("revoked_at = ?", tx.Now).Where("id IN (?)", bun.List(ids)).
		Exec(ctx)
	return err
}

// TokenUser returns the token of a hash and its user, or CodeUnauthenticated: the token is unknown, over or revoked,
// the user is disabled, or an administrator whose token somebody else made.
func (s *APITokens) TokenUser(ctx context.Context, hash [32]byte) (account.APIToken, account.User, error) {
	var row tokenRow
	now := s.db.Clock.Now()
	err := s.db.Read().NewSelect().Model(&row).Relation("User").Relation("Maker").Where("tk.token_hash = ?", hash[:]).
		Where("tk.revoked_at IS NULL").Where("tk.expires_at > ?", now).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.User == nil || disabled(row.User, now)) {
		return account.APIToken{}, account.User{}, attendance.NewError(account.CodeUnauthenticated, "no such token")
	}
	if err != nil {
		return account.APIToken{}, account.User{}, db.Failed("load API token", err)
	}
	k, err := row.domain()
	if err != nil {
		return k, account.User{}, db.Failed("load API token", err)
	}
	u, err := row.User.domain()
	if err == nil && !k.ActsFor(&u) {
		err = attendance.NewError(account.CodeUnauthenticated, "no such token")
	}
	if err == nil {
		err = making.FillToken(ctx, s.db.Read(), &k, &u)
	}
	return k, u, db.Failed("load API token", err)
}

// UseAPIToken notes when a token was used.
func (s *APITokens) UseAPIToken(ctx context.Context, id int64, at time.Time) error {
	return db.Failed("use API token", s.db.WriteOne(ctx, func(ctx context.Context, idb bun.IDB) error {
		_, err := idb.NewUpdate().Model((*tokenRow)(nil)).Set("last_used_at = ?", at.UTC()).Where("id = ?", id).
			Exec(ctx)
		return err
	}))
}
