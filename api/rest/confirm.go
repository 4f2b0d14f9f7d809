package rest

import (
	"context"
	"strings"

	"hadir/internal/account"
	"hadir/internal/attendance"
	"hadir/internal/session"

	"github.com/danielgtaylor/huma/v2"
)

// confirmation says when an operation needs a person who has just proved who they are: a session that lies open on
// somebody's desk, or that was stolen, is not enough for it.
type confirmation string

const (
	always    confirmation = "always"
	sometimes confirmation = "sometimes" // the operation asks with NeedConfirmed
)

const extensionConfirmation = "x-confirmation"

// Confirmed marks a dangerous operation: it goes on only for who signed in, or confirmed, a short while ago. Programs
// cannot confirm, so no scope of an API token is enough for it.
func Confirmed(op huma.Operation) huma.Operation {
	return needing(op, always, "Needs a confirmation (see confirm).")
}

// ConfirmedIf marks an operation that is dangerous at times, such as "dates are opened again". Its handler finds out
// and asks NeedConfirmed before it changes anything.
func ConfirmedIf(op huma.Operation, dangerous string) huma.Operation {
	return needing(op, sometimes, "Needs a confirmation (see confirm) if "+dangerous+", which no API token has.")
}

func needing(op huma.Operation, when confirmation, sentence string) huma.Operation {
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions[extensionConfirmation] = when
	op.Description = strings.TrimSpace(op.Description + " " + sentence)
	return op
}

// confirmationOf is what an operation was marked with; "" for one that needs none.
func confirmationOf(op *huma.Operation) confirmation {
	when, _ := op.Extensions[extensionConfirmation].(confirmation)
	return when
}

type freshKey struct{}

// confirm lets a caller past who may call an operation, if it needs no confirmation or the caller has one.
func (r *Router) confirm(ctx huma.Context, who session.Caller, next func(huma.Context)) {
	when := confirmationOf(ctx.Operation())
	if when == "" {
		next(ctx)
		return
	}
	reason := attendance.Code("")
	if who.Token != nil {
		reason = account.CodeScopeRequired
	} else if fresh, err := r.o.Sessions.Fresh(ctx.Context(), who); err != nil {
		r.refuseFor(ctx, err)
		return
	} else if !fresh {
		reason = account.CodeConfirmation
	}
	if when == always && reason != "" {
		r.refuseFor(ctx, attendance.NewError(reason, "a confirmation is needed"))
		return
	}
	next(huma.WithValue(ctx, freshKey{}, reason))
}

// NeedConfirmed refuses what needs a confirmation to a caller without one. Only operations that are marked with
// ConfirmedIf can ask: without the mark everybody is refused.
func NeedConfirmed(ctx context.Context) error {
	reason, known := ctx.Value(freshKey{}).(attendance.Code)
	if !known {
		reason = account.CodeConfirmation
	}
	if reason == "" {
		return nil
	}
	return attendance.NewError(reason, "a confirmation is needed")
}
