package testkit

import "time"

// Elapse lets time pass in a bubble of testing/synctest: what is due before then has happened when it returns, and
// no real time passes. Elsewhere a test waits for what it expects.
func Elapse(d time.Duration) { <-time.After(d) }
