package cli

import (
	"runtime/debug"
	"slices"
	"strings"
)

// An api process makes much garbage and keeps little: by Go's default it would collect several times a second to stay
// at a few dozen megabytes. It may use more, up to a limit that a container is likely to have to spare. The embedded
// process is left at the default, because it promises to be small.
const (
	apiGCPercent   = 400
	apiMemoryLimit = 512 << 20 // bytes
)

// collectLess sets the above unless the operator has decided.
func collectLess(environ []string) {
	decided := func(name string) bool {
		return slices.ContainsFunc(environ, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	}
	if decided("GOGC") || decided("GOMEMLIMIT") {
		return
	}
	debug.SetGCPercent(apiGCPercent)
	debug.SetMemoryLimit(apiMemoryLimit)
}
