package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
)

// inStaffCommand runs a part of mingbai staff on a database.
func inStaffCommand(t *testing.T, url string, args ...string) (string, error) {
	t.Helper()
	t.Setenv("MINGBAI_DATABASE", url)
	var said bytes.Buffer
	c := staffCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetOut(&said)
	c.SetErr(&said)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return said.String(), err
}

var given = regexp.MustCompile(`\n    ([a-z2-7]{4}(?:-[a-z2-7]{4}){4})\n`)

func TestStaffAreAddedListedAndLetInAgainFromTheCommandLine(t *testing.T) {
	urls := map[string]func(testing.TB) string{"sqlite": dbtest.SQLiteURL, "postgres": dbtest.PostgresURL}
	if dbtest.SQLiteOnly() {
		delete(urls, "postgres")
	}
	for name, makeURL := range urls {
		t.Run(name, func(t *testing.T) {
			url := makeURL(t)
			said, err := inStaffCommand(t, url, "add", "Lin@example.com", "--name", "林", "--role", "operator", "--role", "auditor")
			if err != nil || given.FindStringSubmatch(said) == nil {
				t.Fatalf("said %q, %v", said, err)
			}
			first := given.FindStringSubmatch(said)[1]
			for want, args := range map[string][]string{
				"already":               {"add", "lin@EXAMPLE.com", "--role", "lead"},
				"no such role":          {"add", "wu", "--role", "root"},
				"at least one role":     {"add", "wu"},
				"no such member":        {"reset", "wu"},
				"the last operator":     {"roles", "lin@example.com", "--role", "lead"},
				"letters, digits and .": {"add", "wu li", "--role", "lead"},
			} {
				said, err := inStaffCommand(t, url, args...)
				if err == nil || !strings.Contains(err.Error(), want) || said != "" {
					t.Errorf("%q says %q and fails with %v, want %q", args, said, err, want)
				}
			}
			if said, err := inStaffCommand(t, url, "add", "wu", "--role", "lead,support"); err != nil {
				t.Fatalf("%q, %v", said, err)
			}
			if said, err := inStaffCommand(t, url, "roles", "wu", "--role", "operator"); err != nil || !strings.Contains(said, "operator") {
				t.Fatalf("%q, %v", said, err)
			}
			said, err = inStaffCommand(t, url, "list")
			if err != nil || !strings.Contains(said, "lin@example.com") || !strings.Contains(said, "auditor, operator") || !strings.Contains(said, "not set up") {
				t.Errorf("said %q, %v", said, err)
			}
			said, err = inStaffCommand(t, url, "reset", "lin@example.com")
			if err != nil || given.FindStringSubmatch(said) == nil || given.FindStringSubmatch(said)[1] == first {
				t.Errorf("said %q, %v", said, err)
			}
			var by string
			err = dbtest.Open(t, url).QueryRow(t.Context(), `select min(actor_id) from audit_entries where action = 'staff.reset' and actor_kind = $1`, string(audit.CLI)).Scan(&by)
			if err != nil || by == "" {
				t.Errorf("the reset is recorded by %q, %v", by, err)
			}
		})
	}
}

func TestARoleMayBeNamedInAListOrSeveralTimes(t *testing.T) {
	got := joined(rolesNamed([]string{"lead, support", "auditor"}))
	if want := joined([]staff.Role{staff.Lead, staff.Support, staff.Auditor}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
