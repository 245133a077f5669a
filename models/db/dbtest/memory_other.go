//go:build !linux

package dbtest

// inMemory returns the folder of a file system in memory, of which nothing is
// known here.
func inMemory() string { return "" }
