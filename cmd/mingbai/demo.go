package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/cmd/mingbai/demo"
	demopages "github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

func demoCommand() *cobra.Command {
	var reset bool
	var file, listen string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Serve the portal with two years of made-up data",
		Long: `Makes an embedded database, fills it with two years of a made-up acquirer up to
today, and serves the portal. The sign-in page offers everyone in it with one
click, and messages that would be sent show at /demo/outbox. The next start
keeps what was done; --reset starts anew.`,
		Example: "  mingbai demo\n  mingbai demo --reset",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c := config{
				Database: "sqlite:" + file, Listen: listen, URL: "http://localhost:8080", Secret: rand.Text() + rand.Text(), LogLevel: slog.LevelWarn, Upload: 32 << 20,
				WebhookNetworks: []network{{netip.MustParsePrefix("127.0.0.0/8")}, {netip.MustParsePrefix("::1/128")}},
			}
			return serveDemo(cmd, c, file, reset)
		},
	}
	c.Flags().BoolVar(&reset, "reset", false, "throw the demo's data away and make them anew")
	c.Flags().StringVar(&file, "file", "mingbai-demo.db", "the database's file")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to serve on")
	return c
}

func serveDemo(cmd *cobra.Command, c config, file string, reset bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	l, err := listen(c)
	if err != nil {
		return err
	}
	defer l.close()
	if _, port, err := net.SplitHostPort(l.portal.Addr().String()); err == nil {
		c.URL = "http://localhost:" + port // passkeys belong to an address
	}
	if reset {
		if err := removeDatabase(file); err != nil {
			return err
		}
	}
	began := time.Now()
	d, filled, err := openDemo(ctx, c, file, log)
	if err != nil {
		return err
	}
	defer d.Close()
	if filled {
		fmt.Fprintf(out, "Two years of data made in %.1f s.\n", time.Since(began).Seconds())
	}
	queue, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return err
	}
	defer queue.Close()
	sent := demopages.NewCapture()
	a, err := newApp(ctx, c, parts{db: d, clock: clock.System{}, jobs: queue, log: log, sent: sent})
	if err != nil {
		return err
	}
	stop, err := work(ctx, c, a.work())
	if err != nil {
		return err
	}
	defer stop()
	reports, noMore := context.WithCancel(ctx)
	defer noMore()
	go sent.Run(reports, d, clock.System{}, log)
	if err := a.introduce(ctx, out, c); err != nil {
		return err
	}
	return a.serve(ctx, l, log)
}

// introduce prints where the demo is and who can sign in.
func (a *app) introduce(ctx context.Context, out io.Writer, c config) error {
	users, err := a.demo.Users(ctx)
	if err != nil {
		return err
	}
	p := i18n.For(i18n.ZhCN)
	fmt.Fprintf(out, "\n明白账 is open: http://localhost%s\nOn its sign-in page one click lets in:\n\n", c.Listen[strings.LastIndexByte(c.Listen, ':'):])
	for _, u := range users {
		fmt.Fprintf(out, "  %s, %s, %s\n", u.Merchant, u.Name, p.T(u.Role))
	}
	fmt.Fprintln(out, "\nThe company's own people are let in at /admin/login.")
	_, err = fmt.Fprintln(out, "Messages that would be sent show at /demo/outbox. Ctrl-C stops it; the next start keeps what was done.")
	return err
}

// demoActor fills the demo.
var demoActor = audit.Actor{Kind: audit.System, ID: "demo"}

// openDemo opens the demo's database, and fills it where it is not: a fill that
// was interrupted is begun anew.
func openDemo(ctx context.Context, c config, file string, log *slog.Logger) (d *db.DB, filled bool, err error) {
	whole, err := demoIsWhole(ctx, c, log)
	if err != nil {
		return nil, false, err
	}
	if !whole {
		if err := removeDatabase(file); err != nil {
			return nil, false, err
		}
	}
	if d, err = db.Open(ctx, c.Database, db.Options{Logger: log}); err != nil {
		return nil, false, err
	}
	if _, err = d.Migrate(ctx); err == nil && !whole {
		err = fillDemo(ctx, c, d, clock.System{}.Now(), log)
	}
	if err != nil {
		return nil, false, errors.Join(err, d.Close())
	}
	return d, !whole, nil
}

const demoFilledKey = "demo.filled"

func demoIsWhole(ctx context.Context, c config, log *slog.Logger) (whole bool, err error) {
	if _, err := os.Stat(strings.TrimPrefix(c.Database, "sqlite:")); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	d, err := db.Open(ctx, c.Database, db.Options{Logger: log})
	if err != nil {
		return false, err
	}
	defer d.Close()
	if d.Ready(ctx) != nil {
		return false, nil // of another version, or not finished
	}
	err = d.QueryRow(ctx, `select count(*) > 0 from settings where key = $1`, demoFilledKey).Scan(&whole)
	return whole, err
}

// fillDemo lets the two years until now go by: each delivery of the core system is
// imported and judged at its moment.
func fillDemo(ctx context.Context, c config, d *db.DB, now time.Time, log *slog.Logger) error {
	at := clock.At(now)
	queue, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return err
	}
	defer queue.Close()
	brand := brandOf(setting.NewOperatorCache(d, at))
	accounts, err := newAccounts(c, d, at, queue, brand)
	if err != nil {
		return err
	}
	operator := setting.DefaultOperator
	operator.Hotline = demo.Hotline
	if err := setting.SetOperator(ctx, d, demoActor, "", now, setting.NoProfile, operator); err != nil {
		return err
	}
	told := &demoNotices{d: d, at: at, now: now}
	for _, step := range demo.Steps(now) {
		if err := told.until(ctx, step.At); err != nil {
			return err
		}
		at.MoveTo(step.At)
		var files []ingest.File
		for _, f := range step.Files {
			files = append(files, inMemory(f))
		}
		if _, err := ingest.Import(ctx, d, at, demoActor, files, ingest.Options{}); err != nil {
			return fmt.Errorf("demo: %s: %w", step.At.Format(time.DateOnly), err)
		}
		if err := told.prepare(ctx, c, queue, log); err != nil {
			return err
		}
	}
	if err := told.until(ctx, now); err != nil {
		return err
	}
	at.MoveTo(now)
	if _, err := ingest.Judge(ctx, d, at, nil); err != nil {
		return err
	}
	if err := told.read(ctx); err != nil {
		return err
	}
	if err := changesDemo(ctx, d, now); err != nil {
		return err
	}
	if err := simDemo(ctx, d, now); err != nil {
		return err
	}
	if _, err := ingest.Judge(ctx, d, at, nil); err != nil {
		return err
	}
	if err := disclosuresDemo(ctx, d, queue, now); err != nil {
		return err
	}
	if err := figuresDemo(ctx, d, queue, now); err != nil {
		return err
	}
	if err := peopleDemo(ctx, d, accounts, at); err != nil {
		return err
	}
	people, err := newPeople(c, d, at)
	if err != nil {
		return err
	}
	if err := deskDemo(ctx, staff.NewDemo(people)); err != nil {
		return err
	}
	if err := importsDemo(ctx, d, queue, staff.NewDemo(people), now); err != nil {
		return err
	}
	if err := gateDemo(ctx, c, d, at, now); err != nil {
		return err
	}
	if err := casesDemo(ctx, c, told, now); err != nil {
		return err
	}
	at.MoveTo(now)
	if err := reportsDemo(ctx, d, now); err != nil {
		return err
	}
	if err := closingDemo(ctx, d, accounts, at, now); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into settings (key, value, updated_at, updated_by) values ($1, 'true', $2, 'demo')`, demoFilledKey, now)
		return err
	})
}

// inMemory offers a made-up file to the import.
func inMemory(f demo.File) ingest.File {
	kind, _, _ := strings.Cut(f.Name, ".")
	return ingest.File{Kind: ingest.Kind(kind), Name: f.Name, Open: func() (ingest.Source, func() error, error) {
		source := ingest.Source{Name: f.Name, ReaderAt: bytes.NewReader(f.Text), Size: int64(len(f.Text))}
		return source, func() error { return nil }, nil
	}}
}

func removeDatabase(file string) error {
	c := config{Database: "sqlite:" + file}
	if err := errors.Join(os.RemoveAll(c.filesFolder()), os.RemoveAll(c.headFile())); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
