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
	"github.com/mingbai/mingbai/models/setting"
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
			if err := needs(append(c.headFaults(), c.fileFaults()...)...); err != nil {
				return err
			}
			return serve(cmd.Context(), c)
		},
	}
}

func serve(ctx context.Context, c config) error {
	log := newLog(c)
	l, err := listen(c)
	if err != nil {
		return err
	}
	defer l.close()
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
	if err := errors.Join(warnOfSecret(ctx, c, d, log), warnOfPlaces(ctx, c, log)); err != nil {
		return err
	}
	warnOfProfile(ctx, d, log)
	if c.Jobs {
		stop, err := work(ctx, c, a.work())
		if err != nil {
			return err
		}
		defer stop()
	}
	return a.serve(ctx, l, log)
}

// work is what the jobs work with, beside the pages.
func (a *app) work() workParts {
	return workParts{db: a.parts.db, clock: a.parts.clock, accounts: a.accounts, ways: a.ways, post: a.letters.post(a.ways, a.parts.jobs), cases: a.cases, exports: a.account.Exports, plans: a.known.plans.Plans, log: a.parts.log}
}

// warnOfSecret says in the log what can't be read in the database because the
// secret is another than the one it was sealed with.
func warnOfSecret(ctx context.Context, c config, d *db.DB, log *slog.Logger) error {
	people, err := newPeople(c, d, clock.System{})
	if err != nil {
		return err
	}
	hooks, err := newWebhooks(c, d, clock.System{})
	if err != nil {
		return err
	}
	keeper, err := setting.NewChannelKeeper(d, []byte(c.Secret))
	if err != nil {
		return err
	}
	apps, err := people.Unreadable(ctx)
	if err != nil {
		return err
	}
	if apps > 0 {
		log.WarnContext(ctx, "staff's apps of codes were sealed with another "+envPrefix+"SECRET: their codes are refused until it is put back, or mingbai staff reset lets each begin anew", "apps", apps)
	}
	endpoints, err := hooks.Unreadable(ctx)
	if err != nil {
		return err
	}
	if endpoints > 0 {
		log.WarnContext(ctx, "secrets of webhook endpoints were sealed with another "+envPrefix+"SECRET: nothing is sent there until it is put back, or each is given another secret at /admin/webhooks", "endpoints", endpoints)
	}
	channels, err := keeper.Get(ctx)
	if err != nil {
		return err
	}
	if locked := channels.Locked(); len(locked) > 0 {
		log.WarnContext(ctx, "secrets of channels were sealed with another "+envPrefix+"SECRET: nothing goes out by them until it is put back, or they are entered again at /admin/channels", "channels", locked)
	}
	return nil
}

// warnOfProfile says in the log where nobody has said yet who the acquirer is, so
// that nobody goes live under the name of the example.
func warnOfProfile(ctx context.Context, d *db.DB, log *slog.Logger) {
	if p, err := setting.ReadProfile(ctx, d); err == nil && !p.IsSet {
		log.WarnContext(ctx, "no company profile is set: pages and text messages are signed as the example company until an operator fills in /admin/settings/operator", "signed", p.ShortName.En)
	}
}

// newLog returns the log of a server, a JSON object a line, and makes it the
// program's.
func newLog(c config) *slog.Logger {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	if names := unread(os.Environ()); len(names) > 0 {
		log.Warn("nothing reads these variables: look for a slip in their names", "names", names)
	}
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
		if old, ok := errors.AsType[*db.OldSchema](err); ok {
			err = old // without what pages would say of it
		}
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// listeners are where the portal is reached, and where its health is asked.
type listeners struct{ portal, operations net.Listener } // operations may be nil

// listen opens them first of all, so that a port in use is said at once.
func listen(c config) (l listeners, err error) {
	if l.portal, err = net.Listen("tcp", c.Listen); err != nil {
		return l, fmt.Errorf("the portal can't listen on %s: %w", c.Listen, err)
	}
	if c.Operations == "" {
		return l, nil
	}
	if l.operations, err = net.Listen("tcp", c.Operations); err != nil {
		l.close()
		return l, fmt.Errorf("metrics and health can't listen on %s: %w", c.Operations, err)
	}
	return l, nil
}

// close closes what is open; the server may have done so before.
func (l listeners) close() {
	l.portal.Close()
	if l.operations != nil {
		l.operations.Close()
	}
}

// serve answers until the context ends.
func (a *app) serve(ctx context.Context, l listeners, log *slog.Logger) error {
	kept := make(chan struct{})
	// Requests that are let finish are noted too, so the end of what notes them is
	// not the signal.
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		a.run(background)
		close(kept)
	}()
	log.InfoContext(ctx, "the portal is open", "address", l.portal.Addr().String())
	err := a.server.Run(ctx, l.portal, l.operations)
	stop()
	<-kept
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
