//go:build race

package importer_test

// memoryLines is less with the race detector, under which SQLite is ten times slower.
const memoryLines = 25_000
