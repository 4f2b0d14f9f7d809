// Package validate tries a deployment from outside: containers, as operators run them. Each script in this folder runs
// one of its tests, which need Docker and the build tag validate; docs/validation.md lists them.
package validate
