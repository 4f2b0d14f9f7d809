// Command atclock is hadir by another clock: its first argument is the instant at which the clock starts, in RFC 3339,
// and the others are the program's own. So tests see the pages on a Saturday or at midnight. The program itself can be
// told no time.
package main

import (
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // as in the program

	"hadir/internal/cli"
	"hadir/internal/clock"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: atclock INSTANT [ARGUMENT...]")
		return 2
	}
	start, err := time.Parse(time.RFC3339, args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return cli.MainAt(clock.Running(start), args[1:], os.Environ(), os.Stdout, os.Stderr)
}
