// Package bench measures the finished binary on one machine, in one run, beside what the machine's own database does:
// check-ins per second, what the requests of pages cost, time from a check-in to the frame on a screen, cost of a
// frame, of an idle socket and of terminals that push, reports, the recap of a large branch, how smooth the pages stay
// and what they transfer, and the size of the embedded process. `make bench` runs it and prints one table. It has no
// code of its own: everything is in the tests, because it drives the same helpers.
package bench
