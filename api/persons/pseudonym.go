package persons

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/store/persons"
)

type pseudonymInput struct {
	rest.IDInput
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"64" doc:"@pseudonymInput.number"`
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; it is kept, so name nobody." text:"lines"`
	}
}

func (a *api) registerPseudonyms(r *rest.Router) {
	op := rest.Op("POST /api/persons/{id}/pseudonym", "pseudonymise-person", "Forget who a leaver was", tagPersons,
		http.StatusNotFound, http.StatusConflict)
	op.Description = "For good: name, number and account get a pseudonym, and positions, notes, reasons, sign-ins, " +
		"tokens, reminders and the contents of the audit log about the person are removed. Days and sums stay. " +
		"Answers 409: still_employed before the last day is over or while an account can sign in, not_settled while " +
		"a period of the person is open or a request waits, forgotten the second time; 403 own_request about oneself."
	rest.Handle(r, rest.Confirmed(op), rest.Admins, a.pseudonymise)
}

func (a *api) pseudonymise(ctx context.Context, in *pseudonymInput) (persons.Pseudonym, error) {
	return a.o.Store.Persons.Pseudonymise(ctx, rest.ActorOf(ctx), persons.Ending{EmployeeID: in.ID,
		Number: in.Body.Number, Reason: rest.OneSpace(in.Body.Reason)})
}
