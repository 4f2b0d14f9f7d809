// Package e2e holds the tests that run the finished binary: two nodes of every role on a real MariaDB and a real Redis,
// driven over HTTP, over WebSockets and with a browser, and killed while they work. It has no code of its own.
package e2e
