package days

import (
	"context"
	"net/http"

	"hadir/api/rest"
	"hadir/internal/attendance/reminder"
)

type notificationsInput struct {
	rest.PageInput
	Unread bool `query:"unread" doc:"Only what was not marked as read."`
}

// registerNotifications adds what an employee was told. Whoever is no employee was told nothing.
func (a *API) registerNotifications(r *rest.Router) {
	listing := rest.Op("GET /api/notifications", "list-notifications",
		"What the caller was reminded of, newest first", tagNotifications)
	listing.Description = "New ones come as notification.added on private-employee.{id}."
	rest.Handle(r, listing, rest.Own,
		func(ctx context.Context, in *notificationsInput) (rest.List[reminder.Notification], error) {
			rows, next, err := a.o.Store.Reminders.Notifications(
				ctx,
				rest.UserOf(ctx).EmployeeID,
				in.Unread,
				in.Limit,
				in.Cursor,
			)
			return rest.NewList(rows, next, a.o.Clock.Now()), err
		})
	all := rest.Op("POST /api/notifications/read", "read-notifications", "Mark all as read", tagNotifications)
	all.DefaultStatus = http.StatusNoContent
	rest.Handle(r, all, rest.Own, rest.Do(func(ctx context.Context, _ *struct{}) error {
		return a.o.Store.Reminders.ReadNotifications(ctx, rest.UserOf(ctx).EmployeeID)
	}))
	one := rest.Op("POST /api/notifications/{id}/read", "read-notification", "Mark one as read",
		tagNotifications, http.StatusNotFound)
	one.DefaultStatus = http.StatusNoContent
	rest.Handle(r, one, rest.Own, rest.Do(func(ctx context.Context, in *rest.IDInput) error {
		return a.o.Store.Reminders.ReadNotification(ctx, rest.UserOf(ctx).EmployeeID, in.ID)
	}))
}
