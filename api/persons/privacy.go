package persons

import (
	"context"

	"hadir/api/rest"
)

// Kept is what people are told about how long data is kept, in days; 0 for as long as the company wants.
type Kept struct {
	Positions int    `json:"positions" doc:"Days after which positions of punches are removed; 0: they are kept."`
	Addresses int    `json:"addresses" doc:"Days after which addresses and browsers are removed; 0: they are kept."`
	Leavers   int    `json:"leavers" doc:"Days after the last one at which a leaver is forgotten; 0: on request."`
	Sessions  int    `json:"sessions" doc:"Days that a sign-in lasts at the most."`
	Contact   string `json:"contact" doc:"Whom to ask; empty for the administrators."`
}

func (a *api) registerPrivacy(r *rest.Router) {
	rest.Handle(r, rest.Op("GET /api/privacy", "privacy", "How long personal data is kept here, and whom to ask",
		tagPersons), rest.Everybody, func(context.Context, *struct{}) (Kept, error) { return a.o.Kept, nil })
}
