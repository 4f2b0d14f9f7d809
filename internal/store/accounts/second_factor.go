package accounts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/store/db"
	"hadir/internal/store/ledger"

	"github.com/uptrace/bun"
)

// SecondFactors are the authenticator apps and recovery codes with which people prove who they are after the password.
// A passkey is a second factor, too: see Passkeys.
type SecondFactors struct {
	db     *db.DB
	ledger *ledger.Ledger
	users  *Users
	sealer *account.Sealer
}

// NewSecondFactors returns the second factors of a database. The sealer keeps their secrets.
func NewSecondFactors(d *db.DB, l *ledger.Ledger, u *Users, sealer *account.Sealer) *SecondFactors {
	return &SecondFactors{d, l, u, sealer}
}

type factorRow struct {
	bun.BaseModel `bun:"table:second_factors,alias:sf"`

	UserID      int64      `bun:"user_id,pk"`
	Secret      string     `bun:"secret"` // as the sealer keeps it
	CreatedAt   time.Time  `bun:"created_at"`
	ConfirmedAt *time.Time `bun:"confirmed_at"` // nil: it was never used, and nobody is asked for it
	LastStep    int64      `bun:"last_step"`    // of the last code that was accepted
}

type recoveryRow struct {
	bun.BaseModel `bun:"table:recovery_codes,alias:rc"`

	UserID   int64      `bun:"user_id,pk"`
	CodeHash []byte     `bun:"code_hash,pk"`
	UsedAt   *time.Time `bun:"used_at"`
}

// sealedFor names whose a secret is.
func sealedFor(userID int64) string { return "second factor of user " + strconv.FormatInt(userID, 10) }

// SecondFactorState is what somebody is told of the own second factor.
type SecondFactorState struct {
	Since         *time.Time `json:"since,omitempty" doc:"@SecondFactorState.since"`
	App           bool       `json:"app"             doc:"An authenticator app is in force."`
	Passkeys      int        `json:"passkeys"        doc:"How many passkeys there are."`
	RecoveryCodes int        `json:"recovery_codes"  doc:"How many recovery codes are left."`
}

// State returns it for a user.
func (s *SecondFactors) State(ctx context.Context, userID int64) (out SecondFactorState, err error) {
	u, err := s.users.User(ctx, userID)
	if err != nil || u.SecondFactorAt == nil {
		return out, err
	}
	idb := s.db.Read()
	n, err := idb.NewSelect().Model((*recoveryRow)(nil)).Where("user_id = ?", userID).
		Where("used_at IS NULL").Count(ctx)
	if err != nil {
		return out, db.Failed("load second factor", err)
	}
	out.Since, out.RecoveryCodes = u.SecondFactorAt, int(n)
	if out.App, err = appInForce(ctx, idb, userID); err != nil {
		return out, db.Failed("load second factor", err)
	}
	out.Passkeys, err = countPasskeys(ctx, idb, userID)
	return out, db.Failed("load second factor", err)
}

// appInForce tells whether a code of the user's app was ever given.
func appInForce(ctx context.Context, idb bun.IDB, userID int64) (bool, error) {
	return idb.NewSelect().Model((*factorRow)(nil)).Where("user_id = ?", userID).
		Where("confirmed_at IS NOT NULL").Exists(ctx)
}

// noAppYet is CodeConflict while an app is in force.
func noAppYet(ctx context.Context, tx bun.Tx, userID int64) error {
	there, err := appInForce(ctx, tx, userID)
	if err == nil && there {
		err = attendance.NewError(attendance.CodeConflict, "there is a second factor already")
	}
	return err
}

// Begin keeps a secret that is in force once Confirm was given a code of it, in the place of an earlier one that never
// was. While another one is in force it is CodeConflict.
func (s *SecondFactors) Begin(ctx context.Context, userID int64, secret string) error {
	row := factorRow{UserID: userID, Secret: s.sealer.Seal(secret, sealedFor(userID))}
	return db.Failed("begin second factor", s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := s.users.lockOne(ctx, tx, userID); err != nil {
			return err
		}
		if err := noAppYet(ctx, tx, userID); err != nil {
			return err
		}
		if err := drop(ctx, tx, userID, (*factorRow)(nil)); err != nil {
			return err
		}
		row.CreatedAt = s.db.Clock.Now().UTC()
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	}))
}

// drop deletes the rows of a user.
func drop(ctx context.Context, tx bun.Tx, userID int64, models ...any) error {
	for _, model := range models {
		if _, err := tx.NewDelete().Model(model).Where("user_id = ?", userID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Session names a session of a user by the hash of its token.
type Session struct {
	UserID    int64
	TokenHash [32]byte
}

// Confirm puts the secret that Begin kept into force, if a code is of it; ok is false if not. If it is the first second
// factor, it ends the user's other sessions, which began without one, and returns recovery codes, of which only hashes
// are kept.
func (s *SecondFactors) Confirm(ctx context.Context, by ledger.Actor, from Session, code string) (codes []string,
	ok bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		user, err := s.users.lockOne(ctx, tx.Tx, from.UserID)
		if err != nil {
			return err
		}
		if err := noAppYet(ctx, tx.Tx, from.UserID); err != nil {
			return err
		}
		ok, err = s.matchApp(ctx, tx, from.UserID, code)
		if err != nil || !ok {
			return err
		}
		if codes, err = s.begin(ctx, tx, user, from); err != nil {
			return err
		}
		return factorChanged(ctx, tx, from.UserID, "user.second_factor_on")
	})
	if err != nil || !ok {
		return nil, false, db.Failed("confirm second factor", err)
	}
	return codes, true, nil
}

// begin is called when a user got one more second factor. With the first, it makes recovery codes and ends the other
// sessions.
func (s *SecondFactors) begin(ctx context.Context, tx *ledger.Tx, user UserRow, from Session) ([]string, error) {
	if user.SecondFactorAt != nil {
		return nil, nil
	}
	if err := s.setSince(ctx, tx, user.ID, &tx.Now); err != nil {
		return nil, err
	}
	codes := account.NewRecoveryCodes()
	if err := putCodes(ctx, tx, user.ID, codes); err != nil {
		return nil, err
	}
	return codes, endSessions(ctx, tx.Tx, user.ID, from.TokenHash)
}

// endUnlessLeft is called when a user has one second factor less. What waits for one, links included, is over. Without
// any, nobody asks for one, and the recovery codes are over, too.
func (s *SecondFactors) endUnlessLeft(ctx context.Context, tx *ledger.Tx, userID int64) error {
	if err := dropPending(ctx, tx.Tx, userID); err != nil {
		return err
	}
	app, err := appInForce(ctx, tx, userID)
	if err != nil || app {
		return err
	}
	if n, err := countPasskeys(ctx, tx, userID); err != nil || n > 0 {
		return err
	}
	if err := drop(ctx, tx.Tx, userID, (*factorRow)(nil), (*recoveryRow)(nil)); err != nil {
		return err
	}
	return s.setSince(ctx, tx, userID, nil)
}

// setSince stores since when a code is asked for; nil for never.
func (s *SecondFactors) setSince(ctx context.Context, tx *ledger.Tx, userID int64, since *time.Time) error {
	_, err := tx.NewUpdate().Model((*UserRow)(nil)).Set("second_factor_at = ?", db.UTC(since)).
		Where("id = ?", userID).Exec(ctx)
	return err
}

func putCodes(ctx context.Context, tx *ledger.Tx, userID int64, codes []string) error {
	if _, err := tx.NewDelete().Model((*recoveryRow)(nil)).Where("user_id = ?", userID).Exec(ctx); err != nil {
		return err
	}
	rows := make([]recoveryRow, len(codes))
	for i, code := range codes {
		hash, ok := account.RecoveryHash(code)
		if !ok {
			return fmt.Errorf("recovery code %d of user %d has no form", i, userID)
		}
		rows[i] = recoveryRow{UserID: userID, CodeHash: hash[:]}
	}
	return db.InsertAll(ctx, tx, rows)
}

// factorChanged tells every node and the audit log. No entry holds a secret or a code.
func factorChanged(ctx context.Context, tx *ledger.Tx, userID int64, action string) error {
	tx.Audit(ledger.AuditEntry{Action: action, Table: usersTable, RowID: strconv.FormatInt(userID, 10)})
	return accessChanged(ctx, tx, userID)
}

// matchApp tells whether a code is one of the user's app that was not used before, and notes that it is now.
func (s *SecondFactors) matchApp(ctx context.Context, tx *ledger.Tx, userID int64, code string) (bool, error) {
	var rows []factorRow
	err := s.db.ForUpdate(tx.NewSelect().Model(&rows).Where("sf.user_id = ?", userID), "").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	row := rows[0]
	secret, again, err := s.sealer.Open(row.Secret, sealedFor(userID))
	if errors.Is(err, account.ErrSealed) {
		s.db.Log.ErrorContext(ctx, "no key opens the secret of a second factor: was HADIR_AUDIT_KEY changed without "+
			"keeping the earlier one? A recovery code or an administrator's reset helps", "user_id", userID)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	step, ok := account.MatchCode(secret, account.AppCode(code), row.LastStep, tx.Now)
	if !ok {
		return false, nil
	}
	row.LastStep = step
	if row.ConfirmedAt == nil {
		row.ConfirmedAt = db.UTC(&tx.Now)
	}
	if again {
		row.Secret = s.sealer.Seal(secret, sealedFor(userID))
	}
	_, err = tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
	return true, err
}

// Use tells whether a code is one of the user's app or one of the recovery codes, and lets it be none from now on.
func (s *SecondFactors) Use(ctx context.Context, by ledger.Actor, userID int64, code string) (ok bool, err error) {
	err = s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		ok = false
		user, err := s.users.lockOne(ctx, tx.Tx, userID)
		if err != nil || user.SecondFactorAt == nil {
			return err
		}
		hash, recovery := account.RecoveryHash(code)
		if !recovery {
			// Beside passkeys there may be an app that nobody gave a code of yet.
			if there, err := appInForce(ctx, tx, userID); err != nil || !there {
				return err
			}
			ok, err = s.matchApp(ctx, tx, userID, code)
			return err
		}
		done, err := tx.NewUpdate().Model((*recoveryRow)(nil)).Set("used_at = ?", tx.Now.UTC()).
			Where("user_id = ?", userID).Where("code_hash = ?", hash[:]).Where("used_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if ok = err == nil && n == 1; ok {
			tx.Audit(ledger.AuditEntry{Action: "user.recovery_code_used", Table: usersTable,
				RowID: strconv.FormatInt(userID, 10)})
		}
		return err
	})
	return ok && err == nil, db.Failed("use second factor", err)
}

// RenewCodes makes new recovery codes in the place of all earlier ones.
func (s *SecondFactors) RenewCodes(ctx context.Context, by ledger.Actor, userID int64) ([]string, error) {
	codes := account.NewRecoveryCodes()
	err := s.ledger.Change(ctx, by, func(ctx context.Context, tx *ledger.Tx) error {
		if err := s.inForce(ctx, tx, userID); err != nil {
			return err
		}
		if err := putCodes(ctx, tx, userID, codes); err != nil {
			return err
		}
		tx.Audit(ledger.AuditEntry{Action: "user.recovery_codes_made", Table: usersTable,
			RowID: strconv.FormatInt(userID, 10)})
		return nil
	})
	return codes, db.Failed("renew recovery codes", err)
}

// inForce is CodeNotFound for a user without a second factor.
func (s *SecondFactors) inForce(ctx context.Context, tx *ledger.Tx, userID int64) error {
	user, err := s.users.lockOne(ctx, tx.Tx, userID)
	if err == nil && user.SecondFactorAt == nil {
		err = attendance.NewError(attendance.CodeNotFound, "there is no second factor")
	}
	return err
}

// TurnOff ends the authenticator app on behalf of its user, who proved to have a second factor. Passkeys stay; without
// any the second factor is off. Where no app is in force it is CodeNotFound.
func (s *SecondFactors) TurnOff(ctx context.Context, by ledger.Actor) error {
	return db.Failed("turn second factor off", s.ledger.Change(ctx, by,
		func(ctx context.Context, tx *ledger.Tx) error {
			if err := s.inForce(ctx, tx, by.UserID); err != nil {
				return err
			}
			there, err := appInForce(ctx, tx, by.UserID)
			if err != nil {
				return err
			}
			if !there {
				return attendance.NewError(attendance.CodeNotFound, "there is no authenticator app")
			}
			if err := drop(ctx, tx.Tx, by.UserID, (*factorRow)(nil)); err != nil {
				return err
			}
			if err := s.endUnlessLeft(ctx, tx, by.UserID); err != nil {
				return err
			}
			return factorChanged(ctx, tx, by.UserID, "user.second_factor_off")
		}))
}

// Reset ends the second factor of a user who lost it, passkeys included, and their sessions, on behalf of an
// administrator or the system. Nobody does so for themselves while another administrator could: CodeForbidden.
func (s *SecondFactors) Reset(ctx context.Context, by ledger.Actor, userID int64) error {
	return db.Failed("reset second factor", s.ledger.Change(ctx, by,
		func(ctx context.Context, tx *ledger.Tx) error {
			if by.UserID == userID {
				err := s.users.anotherAdmin(ctx, tx.Tx, userID)
				if err == nil {
					return attendance.NewError(account.CodeForbidden, "another administrator has to reset it")
				}
				if attendance.CodeOf(err) != account.CodeLastAdmin {
					return err
				}
			}
			if err := s.inForce(ctx, tx, userID); err != nil {
				return err
			}
			err := drop(ctx, tx.Tx, userID, (*factorRow)(nil), (*passkeyRow)(nil), (*challengeRow)(nil))
			if err != nil {
				return err
			}
			if err := s.endUnlessLeft(ctx, tx, userID); err != nil {
				return err
			}
			if err := endSessions(ctx, tx.Tx, userID, [32]byte{}); err != nil {
				return err
			}
			return factorChanged(ctx, tx, userID, "user.second_factor_reset")
		}))
}
