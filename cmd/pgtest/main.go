// Pgtest runs a command, such as go test, with a PostgreSQL server that all
// of its tests share, and removes the server afterwards. Without it each package
// starts one of its own, which takes longer than most of their tests.
//
//	go run ./cmd/pgtest go test ./...
//
// A server that TEST_DATABASE_URL names already is used as it is.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/mingbai/mingbai/models/db/dbtest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: pgtest COMMAND…")
		os.Exit(2)
	}
	err := run(context.Background(), os.Args[1], os.Args[2:])
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		os.Exit(1)
	}
}

// run starts the server and the command, and waits for the command to end.
func run(ctx context.Context, name string, args []string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv(dbtest.AddressVariable) == "" && !dbtest.SQLiteOnly() {
		address, err := dbtest.Start(ctx)
		if err != nil {
			return err
		}
		command.Env = append(os.Environ(), dbtest.AddressVariable+"="+address)
	}
	return command.Run()
}
