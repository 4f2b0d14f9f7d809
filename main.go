// Command hadir is a real-time attendance system in one binary.
package main

import (
	"os"
	_ "time/tzdata" // branches have IANA zones also on machines without zone files

	"hadir/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
