package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// asynqLog passes asynq's own messages on.
type asynqLog struct{ log *slog.Logger }

// sharedConnection is what asynq's scheduler logs as an error when it stops and may not close the connection, because
// the connection is ours.
const sharedConnection = "redis connection is shared"

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq: " + fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) {
	if text := fmt.Sprint(args...); !strings.Contains(text, sharedConnection) {
		l.log.Error("asynq: " + text)
	}
}

// redisLog passes on the messages of go-redis: broken connections, and the primary that sentinels name. They have no
// level.
type redisLog struct{ log *slog.Logger }

// Printf implements the library's interface.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	if l.log.Enabled(ctx, slog.LevelInfo) {
		l.log.InfoContext(ctx, "redis: "+fmt.Sprintf(format, args...))
	}
}
