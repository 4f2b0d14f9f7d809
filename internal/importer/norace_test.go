//go:build !race

package importer_test

const memoryLines = 100_000
