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
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	d, err := db.Open(ctx, c.Database, db.Options{DirectURL: c.DirectURL, MaxConns: c.MaxConns, Logger: log})
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Ready(ctx); err != nil {
		return err
	}
	jobs, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return err
	}
	defer jobs.Close()
	a, err := newApp(ctx, c, parts{db: d, clock: clock.System{}, jobs: jobs, log: log})
	if err != nil {
		return err
	}
	return a.listen(ctx, c, log)
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
