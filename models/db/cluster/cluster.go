// Package cluster starts a PostgreSQL server that nobody else uses and that
// leaves nothing behind, for tests and for measurements.
package cluster

import "context"

// Start makes a cluster in a new folder in the one given, or among the temporary
// files where none is given, runs it until this process ends, however it ends,
// and returns the address of its administrator's database. It listens on a socket
// in that folder alone. A setting is a line of postgresql.conf, such as fsync=off.
// PostgreSQL's programs are looked for in PATH and in /usr/lib/postgresql; the
// error says what to install where there are none.
func Start(ctx context.Context, in string, settings ...string) (address string, err error) {
	return start(ctx, in, settings)
}
