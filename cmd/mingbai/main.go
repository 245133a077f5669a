// Mingbai is the self-service portal that a payment acquirer gives its POS
// merchants: every fee on every terminal, in plain words.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	os.Exit(status(err))
}

// exit is an error with the status that the command ends with. A silent one has
// said on its own what there is to say.
type exit struct {
	status int
	cause  error
}

func (e exit) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

func (e exit) Unwrap() error { return e.cause }

// status prints what went wrong and returns the exit status: 1 unless the
// command chose another.
func status(err error) int {
	if err == nil {
		return 0
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "mingbai: "+text)
	}
	if e, ok := errors.AsType[exit](err); ok {
		return e.status
	}
	return 1
}
