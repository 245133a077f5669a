package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/cmd/mingbai/bench"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/session"
)

func benchCommand() *cobra.Command {
	var asJSON bool
	var profile string
	o := bench.Options{Open: openBenchPortal, Environ: benchEnviron}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure pages, import and rules against what they could be at best",
		Long: `Measures each line in one process: base and candidate in slices that take turns,
a round that warms up and nine that count, the ratio within each round. Prints
the median, the quartiles and what is aimed at.

It makes its own data in databases that it removes again: a SQLite file, and a
PostgreSQL server that it starts from the programs installed here, unless
--database names one on which it may make databases.

Lines: ` + strings.Join(bench.Names(), ", ") + `.`,
		Example: "  mingbai bench\n  mingbai bench --only page,gorm --rounds 15\n  mingbai bench --database postgres://postgres@localhost/postgres --terminals 20000 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.Executable, err = os.Executable(); err != nil {
				return err
			}
			if profile != "" {
				stop, err := profileTo(profile)
				if err != nil {
					return err
				}
				defer stop()
			}
			progress := cmd.ErrOrStderr()
			o.Progress = func(what string) { fmt.Fprintln(progress, what+" …") }
			var all []bench.Result
			err = bench.Run(cmd.Context(), o, func(results []bench.Result) error {
				if asJSON {
					return bench.WriteJSON(cmd.OutOrStdout(), results)
				}
				all = append(all, results...)
				return nil
			})
			if len(all) > 0 {
				fmt.Fprintln(progress)
				if failed := bench.WriteTable(cmd.OutOrStdout(), all); failed != nil {
					return failed
				}
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&o.Server, "database", "", "PostgreSQL server to make databases on, postgres://…; otherwise one is started and thrown away")
	f.IntVar(&o.Terminals, "terminals", 1000, "terminals of the smaller world; the larger has ten times as many")
	f.IntVar(&o.Rounds, "rounds", 9, "rounds that count, of each comparison")
	f.DurationVar(&o.Slice, "slice", 100*time.Millisecond, "time of each side's slice, of which a round has four")
	f.StringSliceVar(&o.Only, "only", nil, "lines to measure, joined by commas; otherwise all")
	f.StringVar(&profile, "profile", "", "file to write a CPU profile of the lines to, for go tool pprof")
	f.BoolVar(&asJSON, "json", false, "print a JSON object a figure, as they come")
	return c
}

// profileTo begins a CPU profile, and returns what ends it.
func profileTo(name string) (stop func(), err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // a profile cut short is seen when it is read
	}, nil
}

// openBenchPortal opens the whole portal as serve does, with its log going
// nowhere, and beside its own routes the plain version of the fee page.
func openBenchPortal(ctx context.Context, d *db.DB, c clock.Clock) (*bench.Portal, error) {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	jobs, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		return nil, err
	}
	settings := config{
		Secret:  rand.Text() + rand.Text(),
		URL:     "http://localhost",
		Proxies: []network{{netip.MustParsePrefix("127.0.0.0/8")}}, // so that each request may come from another reader
		Files:   benchFiles(),
	}
	a, err := newApp(ctx, settings, parts{db: d, clock: c, jobs: jobs, log: log})
	if err != nil {
		jobs.Close()
		return nil, err
	}
	plain := bench.PlainTerminal(d, a.known.plans.Plans, a.known.policy, a.portal.AnswerTerminal)
	a.server.Router().Get(bench.PlainPath, guard.Can(account.SeeTerminals), plain)
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		a.run(running)
		close(ended)
	}()
	return &bench.Portal{
		Handler: a.server,
		SignIn:  func(ctx context.Context, merchantID int64) (string, error) { return a.signInOwner(ctx, d, merchantID) },
		Close: func() {
			stop()
			<-ended
			jobs.Close()
		},
	}, nil
}

// signInOwner starts a session of a merchant's owner and returns the cookies of
// their browser.
func (a *app) signInOwner(ctx context.Context, d *db.DB, merchantID int64) (string, error) {
	var userID string
	err := d.QueryRow(ctx, "select min(user_id) from memberships where merchant_id = $1 and role = 'owner' and ended_at is null", merchantID).Scan(&userID)
	if err != nil {
		return "", err
	}
	store := session.New[guard.Actor](a.sessions, cookie.Site{}, account.SessionLasts)
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/login", nil)
	err = store.Begin(answer, request, func(ctx context.Context, tokenHash []byte) error {
		device := sha256.Sum256(tokenHash)
		_, err := a.accounts.StartSession(ctx, userID, "bench", account.Browser{
			TokenHash: tokenHash, Visit: account.Visit{Address: "127.0.0.1", DeviceHash: device[:]},
		})
		return err
	})
	var cookies []string
	for _, c := range answer.Result().Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return strings.Join(cookies, "; "), err
}

// benchFiles is where files of merchants would lie; nothing that is measured hands
// any over.
func benchFiles() string { return filepath.Join(os.TempDir(), "mingbai-bench-files") }

// benchEnviron is what serve is started with to be measured.
func benchEnviron(database, listen string) []string {
	return []string{
		envPrefix + "DATABASE=" + database, envPrefix + "LISTEN=" + listen, envPrefix + "OPERATIONS_LISTEN=",
		envPrefix + "SECRET=" + rand.Text() + rand.Text(), envPrefix + "LOG_LEVEL=warn",
		envPrefix + "FILES=" + benchFiles(),
	}
}
