//go:build !unix

package dbtest

import (
	"context"
	"errors"
)

// startCluster has no way here to be sure that the cluster ends with the tests.
func startCluster(context.Context) (string, error) {
	return "", errors.New("set TEST_DATABASE_URL to a PostgreSQL server, or MINGBAI_TEST_SQLITE_ONLY=1 to leave it out")
}
