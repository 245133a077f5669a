package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the portal",
		Long: `Serves the portal from the database of MINGBAI_DATABASE, whose schema must be
current (mingbai migrate). Metrics and health answer on a listener of their own.
SIGTERM lets requests finish, then stops.

MINGBAI_SECRET must be set; everything else has a value that serves one machine.`,
		Example: "  MINGBAI_SECRET=$(openssl rand -hex 32) mingbai serve",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(nil)
			if err != nil {
				return err
			}
			if c.Secret == "" {
				return errNoSecret
			}
			return serve(cmd.Context(), c)
		},
	}
}

func serve(ctx context.Context, c config) error {
	log := newLog(c)
	d, err := openReady(ctx, c, log)
	if err != nil {
		return err
	}
	defer d.Close()
	queue, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return err
	}
	defer queue.Close()
	a, err := newApp(ctx, c, parts{db: d, clock: clock.System{}, jobs: queue, log: log})
	if err != nil {
		return err
	}
	if c.Jobs {
		sender, err := c.SMS.sender()
		if err != nil {
			return err
		}
		stop, err := work(ctx, c, workParts{db: d, clock: clock.System{}, accounts: a.accounts, sender: sender, log: log})
		if err != nil {
			return err
		}
		defer stop()
	}
	return a.listen(ctx, c, log)
}

// newLog returns the log of a server, a JSON object a line, and makes it the
// program's.
func newLog(c config) *slog.Logger {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	return log
}

// openReady opens the database and refuses one whose schema is older than this
// program.
func openReady(ctx context.Context, c config, log *slog.Logger) (*db.DB, error) {
	d, err := db.Open(ctx, c.Database, db.Options{DirectURL: c.DirectURL, MaxConns: c.MaxConns, Logger: log})
	if err != nil {
		return nil, err
	}
	if err := d.Ready(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// listen serves until the context ends.
func (a *app) listen(ctx context.Context, c config, log *slog.Logger) error {
	portal, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("the portal can't listen on %s: %w", c.Listen, err)
	}
	defer portal.Close()
	var operations net.Listener
	if c.Operations != "" {
		if operations, err = net.Listen("tcp", c.Operations); err != nil {
			return fmt.Errorf("metrics and health can't listen on %s: %w", c.Operations, err)
		}
		defer operations.Close()
	}
	kept := make(chan struct{})
	background, stop := context.WithCancel(ctx)
	go func() {
		a.run(background)
		close(kept)
	}()
	log.InfoContext(ctx, "the portal is open", "address", portal.Addr().String())
	err = a.server.Run(ctx, portal, operations)
	stop()
	<-kept
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
