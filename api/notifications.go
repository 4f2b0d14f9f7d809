package api

import (
	"context"
	"net/http"
	"strings"

	"hadir/internal/attendance"

	"github.com/danielgtaylor/huma/v2"
)

const tagNotifications = "Notifications"

type notificationsInput struct {
	PageInput
	Unread bool `query:"unread" doc:"Only what was not marked as read."`
}

// registerNotifications adds what an employee was told. Whoever is no employee was told nothing.
func (a *API) registerNotifications(h huma.API) {
	listing := private(http.MethodGet, "/api/notifications", "list-notifications",
		"What the caller was reminded of, newest first", tagNotifications)
	listing.Description = "New ones come as notification.added on private-employee.{id}."
	huma.Register(h, listing, func(ctx context.Context, in *notificationsInput) (*answer[list[attendance.Notification]],
		error) {
		rows, next, err := a.o.Store.Notifications(ctx, callerOf(ctx).user.EmployeeID, in.Unread, in.Limit,
			strings.Clone(in.Cursor))
		if err != nil {
			return nil, a.fail(ctx, err)
		}
		return newList(a, rows, next), nil
	})
	all := private(http.MethodPost, "/api/notifications/read", "read-notifications", "Mark all as read",
		tagNotifications)
	all.DefaultStatus = http.StatusNoContent
	huma.Register(h, all, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, a.fail(ctx, a.o.Store.ReadNotifications(ctx, callerOf(ctx).user.EmployeeID, 0))
	})
	one := private(http.MethodPost, "/api/notifications/{id}/read", "read-notification", "Mark one as read",
		tagNotifications, http.StatusNotFound)
	one.DefaultStatus = http.StatusNoContent
	huma.Register(h, one, func(ctx context.Context, in *IDInput) (*struct{}, error) {
		return nil, a.fail(ctx, a.o.Store.ReadNotifications(ctx, callerOf(ctx).user.EmployeeID, in.ID))
	})
}
