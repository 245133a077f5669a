//go:build !unix

package cluster

import (
	"context"
	"errors"
)

// start has no way here to be sure that the cluster ends with this process.
func start(context.Context, string, []string) (string, error) {
	return "", errors.New("a PostgreSQL server can't be started from here on this system")
}
