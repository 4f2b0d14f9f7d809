// Package web holds the built pages.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist returns the files that the build made; before one, it is empty but for a placeholder.
func Dist() (fs.FS, error) { return fs.Sub(dist, "dist") }
