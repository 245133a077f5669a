package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
)

// parted is a database that is parted between an owner and the program, as the
// guide for operators says.
type parted struct {
	before, owner, app string // addresses
	names              *strings.Replacer
	super              *db.DB
}

const rolesPassword = "only for the tests"

// newParted makes the database and the two roles, which go with the test.
func newParted(t *testing.T) *parted {
	t.Helper()
	if dbtest.SQLiteOnly() {
		t.Skip("a file has no roles")
	}
	address := dbtest.EmptyPostgresURL(t)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	database := strings.TrimPrefix(at.Path, "/")
	p := &parted{names: strings.NewReplacer(
		"mingbai_owner", database+"_owner", "mingbai_app", database+"_app", "mingbai_before", database+"_before",
		"by mingbai to", "by "+database+"_before to", "database mingbai", "database "+database,
	)}
	as := func(role string) string {
		u := *at
		u.User = url.UserPassword(p.names.Replace(role), rolesPassword)
		return u.String()
	}
	p.before, p.owner, p.app = as("mingbai_before"), as("mingbai_owner"), as("mingbai_app")
	p.super = dbtest.Open(t, address)
	p.exec(t, "create role mingbai_before login password '"+rolesPassword+"'")
	t.Cleanup(func() {
		p.exec(t, "alter database mingbai owner to current_user")
		for _, role := range []string{"mingbai_owner", "mingbai_app", "mingbai_before"} {
			p.exec(t, "drop owned by "+role+" cascade")
			p.exec(t, "drop role "+role)
		}
	})
	return p
}

// exec runs a statement of the guide's on the test's database and roles.
func (p *parted) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := p.super.SQL().ExecContext(context.WithoutCancel(t.Context()), p.names.Replace(statement)); err != nil {
		t.Errorf("%s: %v", statement, err)
	}
}

// run runs the statements of the guide's n-th block of SQL, but for those that
// make the database, which the test has.
func (p *parted) run(t *testing.T, n int) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```sql\n")
	if n >= len(blocks) {
		t.Fatalf("the guide has %d blocks of SQL", len(blocks)-1)
	}
	block, _, _ := strings.Cut(blocks[n], "```")
	for s := range strings.SplitSeq(strings.ReplaceAll(block, "\\connect mingbai\n", ""), ";") {
		s = strings.TrimSpace(s)
		switch {
		case s == "":
			continue
		case strings.HasPrefix(s, "create database"):
			s = "alter database mingbai owner to mingbai_owner"
		case strings.HasPrefix(s, "create role"):
			s += " password '" + rolesPassword + "'"
		}
		p.exec(t, s)
	}
}

// migrateAs brings the schema up by an address.
func migrateAs(t *testing.T, address string) {
	t.Helper()
	d, err := db.Open(t.Context(), address, db.Options{MaxConns: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTheProgramWorksOnASchemaThatItDoesNotOwn(t *testing.T) {
	p := newParted(t)
	p.run(t, 1)
	migrateAs(t, p.owner)
	d := dbtest.Open(t, p.app)
	pages := openFeePages(t, d)
	for _, r := range pages.requests {
		pages.get(t, t.Context(), r, &answerSize{header: http.Header{}})
	}
	if err := d.EnsureMonths(t.Context(), date.MustParse("2031-01-01"), date.MustParse("2031-01-31")); err != nil {
		t.Errorf("room for a coming month: %v", err)
	}
	if owns, err := d.OwnsJobs(t.Context()); err != nil || owns {
		t.Errorf("it owns the job queue's tables: %t, %v", owns, err)
	}
	tendJobs(t, d, pages.app.cases)
	wantRefused(t, d, notAllowed, onlyOwners)
	wantRefused(t, d, notChanged, nobodys)
}

// tendJobs works the jobs that come up by themselves.
func tendJobs(t *testing.T, d *db.DB, cases *complaint.Cases) {
	t.Helper()
	var said shared
	log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	workers, periodic := jobs.Workers(jobs.Options{DB: d, Clock: clock.System{}, Cases: cases, Log: log})
	queue, err := event.Open(t.Context(), d, event.Config{Workers: workers, Periodic: periodic, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer queue.Close()
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := becomes(func() bool {
		var ready bool
		err := d.QueryRow(t.Context(), "select exists (select 1 from river_job where kind = 'ready_months' and state = 'completed')").Scan(&ready)
		return err == nil && ready
	})
	if err := queue.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	if !done || strings.Contains(said.String(), "permission denied") || strings.Contains(said.String(), "must be owner") {
		t.Errorf("the jobs were done: %t; the log says %s", done, said.String())
	}
}

// What PostgreSQL says where a role may not, and where a trigger refuses.
const (
	notAllowed = "42501"
	notChanged = "23001"
)

// onlyOwners may do these.
var onlyOwners = []string{
	"alter table disclosure_versions disable trigger disclosure_versions_are_kept",
	"drop trigger disclosure_versions_are_kept on disclosure_versions",
	"alter table audit_entries_default disable trigger all",
	"truncate disclosure_versions",
	"drop table disclosure_versions",
	"create table mine (id bigint)",
	"create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
	"set session_replication_role = replica",
}

// nobodys are changes of what stays as it is.
var nobodys = []string{
	"update disclosure_versions set content_hash = 'x'", "update plan_versions set effective_on = effective_on", "delete from acceptances", "delete from audit_entries",
}

// wantRefused tries statements that have to be refused with a code.
func wantRefused(t *testing.T, d *db.DB, code string, statements []string) {
	t.Helper()
	for _, s := range statements {
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), s); return err })
		if refusal, ok := errors.AsType[*pgconn.PgError](err); !ok || refusal.Code != code {
			t.Errorf("%s: got %v, want a refusal %s", s, err, code)
		}
	}
}

func TestADatabaseThatOneRoleOwnedIsParted(t *testing.T) {
	p := newParted(t)
	p.exec(t, "alter database mingbai owner to mingbai_before")
	migrateAs(t, p.before)
	p.run(t, 1)
	p.run(t, 2)
	migrateAs(t, p.owner)
	d := dbtest.Open(t, p.app)
	if err := d.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if err := d.EnsureMonths(t.Context(), date.MustParse("2031-01-01"), date.MustParse("2031-01-31")); err != nil {
		t.Errorf("room for a coming month: %v", err)
	}
	wantRefused(t, d, notAllowed, onlyOwners)
}

// becomes waits until something holds, and gives up after a while.
func becomes(holds func() bool) bool {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}
