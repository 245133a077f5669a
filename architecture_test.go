package mingbai_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mingbai/mingbai/"

// floors says, for each top folder, which others its packages may import.
var floors = map[string][]string{
	"cmd":        {"handlers", "views", "web", "models", "migrations", "static"},
	"handlers":   {"views", "web", "models", "static"},
	"views":      {"web", "static"},
	"web":        {},
	"models":     {"migrations"},
	"migrations": {},
	"static":     {},
}

// ranks orders the packages of models: each may import those of the lines
// above its own. Writing audit rows is part of every use case, so db and audit
// stand before those that they would otherwise share a rank with; a clock
// tells today's date.
var ranks = [][]string{
	{"money", "date", "fault", "id", "plain", "password", "seal", "spreadsheet"},
	{"clock", "file"},
	{"db"},
	{"audit", "attempt"},
	{"alarm"},
	{"event", "setting", "webhook"},
	{"merchant", "fee", "worktime", "outbox", "staff"},
	{"account", "apikey", "disclosure", "guide", "enrolment", "policy"},
	{"deduction"},
	{"notice", "feechange", "stop"},
	{"gate"},
	{"overage", "topup"},
	{"complaint"},
	{"rootcause"},
	{"ingest", "report", "search", "evidence", "look", "retention"},
	{"export"},
}

// pure holds the packages of models that are rules and nothing else.
var pure = []string{"models/fee", "models/worktime"}

// audiences are the packages of handlers and views that serve one kind of
// reader.
var audiences = []string{"public", "portal", "staff", "api", "jobs", "hooks"}

// An importRule finds fault with one import. The names of our own packages
// are given without the module's, others in full.
type importRule struct {
	why    string
	breaks func(from, to string, inTest bool) bool
}

var importRules = []importRule{
	{
		why: "a package imports only the floors below its own (cmd > handlers > views > web, cmd and handlers > models > migrations), " +
			"so that the domain runs without pages and pages draw without the domain: pass plain values down, or move what both need to the floor both may import",
		breaks: func(from, to string, _ bool) bool {
			return floor(from) != floor(to) && isOurs(to) && !slices.Contains(floors[floor(from)], floor(to))
		},
	},
	{
		why: "inside models each rank imports only lower ones, so that there is one order in which to read and change them: " +
			"what has to go upwards is an event, or a fact handed down as a value",
		breaks: func(from, to string, _ bool) bool {
			if floor(from) != "models" || floor(to) != "models" || room(from) == room(to) {
				return false
			}
			return rank(from) <= rank(to)
		},
	},
	{
		why: "the rules import nothing but the standard library, money and dates, so that the same facts give the same answer for ever: " +
			"take the fact as an argument",
		breaks: func(from, to string, inTest bool) bool {
			if !slices.Contains(pure, room(from)) || room(from) == room(to) || isStandard(to) {
				return false
			}
			return to != "models/money" && to != "models/date" && !(inTest && to == "pgregory.net/rapid")
		},
	},
	{
		why: "audiences never import each other, so that a page of one can't show or do what belongs to another: " +
			"move what both need to a package beside them",
		breaks: func(from, to string, _ bool) bool {
			return audience(to) != "" && audience(from) != audience(to) && floor(from) != "cmd"
		},
	},
	{
		why:    "gorm.io stays under models, so that SQL lives in the stores alone: ask the domain package for what the page needs",
		breaks: func(from, to string, _ bool) bool { return within(to, "gorm.io") && floor(from) != "models" },
	},
	{
		why: "echo stays in web, handlers and cmd, so that rules and pages know nothing of requests: pass what was read from the request",
		breaks: func(from, to string, _ bool) bool {
			return within(to, "github.com/labstack/echo") && !slices.Contains([]string{"web", "handlers", "cmd"}, floor(from))
		},
	},
	{
		why: "what is made for tests stays out of the product: only a test, or another package whose name ends in test, may import it",
		breaks: func(from, to string, inTest bool) bool {
			return isForTests(to) && !inTest && !isForTests(from)
		},
	},
}

// isOurs reports whether a package is of this module.
func isOurs(pkg string) bool { _, ok := floors[floor(pkg)]; return ok }

// isStandard reports whether a package is of Go's standard library.
func isStandard(pkg string) bool {
	return !isOurs(pkg) && !strings.Contains(strings.Split(pkg, "/")[0], ".")
}

// isForTests reports whether a package exists for tests alone.
func isForTests(pkg string) bool {
	if within(pkg, "github.com/chromedp") || within(pkg, "pgregory.net/rapid") {
		return true
	}
	return isOurs(pkg) && strings.HasSuffix(pkg, "test")
}

// within reports whether a package is the named one or lies under it.
func within(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

// floor is the top folder of one of our packages.
func floor(pkg string) string { top, _, _ := strings.Cut(pkg, "/"); return top }

// room is the top folder and the one inside it: models/db/dbtest is in models/db.
func room(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

// rank is the line of ranks that one of the packages of models stands in, or
// -1.
func rank(pkg string) int {
	name := strings.TrimPrefix(room(pkg), "models/")
	return slices.IndexFunc(ranks, func(line []string) bool { return slices.Contains(line, name) })
}

// audience is whom a package of handlers or views serves, or empty.
func audience(pkg string) string {
	if floor(pkg) != "handlers" && floor(pkg) != "views" {
		return ""
	}
	_, name, _ := strings.Cut(room(pkg), "/")
	if !slices.Contains(audiences, name) {
		return ""
	}
	return name
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestEveryImportKeepsToItsFloorAndRank(t *testing.T) {
	packages := listPackages(t)
	if len(packages) == 0 {
		t.Fatal("got no package from go list, want all of the module")
	}
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, module)
		if from == strings.TrimSuffix(module, "/") {
			continue // the tests beside this one
		}
		if _, ok := floors[floor(from)]; !ok {
			t.Errorf("%s lies in none of the top folders: put it in the one it belongs to", from)
		}
		if floor(from) == "models" && rank(from) < 0 {
			t.Errorf("%s has no rank: add it to the list of ranks, above everything that imports it", from)
		}
		checkImports(t, from, p.Imports, false)
		checkImports(t, from, p.TestImports, true)
		checkImports(t, from, p.XTestImports, true)
	}
}

func checkImports(t *testing.T, from string, imports []string, inTest bool) {
	t.Helper()
	for _, path := range imports {
		to := strings.TrimPrefix(path, module)
		for _, r := range importRules {
			if r.breaks(from, to, inTest) {
				what := "imports"
				if inTest {
					what = "in a test imports"
				}
				t.Errorf("%s %s %s: %s", from, what, to, r.why)
			}
		}
	}
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &complaint)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list wrote no JSON: %v", err)
		}
		packages = append(packages, p)
	}
}

// TestImportRulesFindTheirFaults shows each rule an import that it must refuse
// and one like it that it must let pass.
func TestImportRulesFindTheirFaults(t *testing.T) {
	tests := []struct {
		from, to string
		inTest   bool
		want     bool
	}{
		{from: "views/portal", to: "models/money", want: true},
		{from: "models/db", to: "views/layout", want: true},
		{from: "web/i18n", to: "models/date", want: true},
		{from: "web/page", to: "views/layout", want: true},
		{from: "web/page", to: "views/layout", inTest: true, want: true},
		{from: "handlers/portal", to: "cmd/mingbai", want: true},
		{from: "handlers/portal", to: "migrations", want: true},
		{from: "migrations", to: "models/db", want: true},
		{from: "static", to: "web/page", want: true},
		{from: "handlers/portal", to: "models/deduction"},
		{from: "handlers/portal", to: "views/portal"},
		{from: "handlers/portal", to: "web/form"},
		{from: "cmd/mingbai", to: "handlers/portal"},
		{from: "models/db", to: "migrations"},
		{from: "models/db", to: "modernc.org/sqlite"},

		{from: "models/merchant", to: "models/deduction", want: true},
		{from: "models/account", to: "models/disclosure", want: true},
		{from: "models/money", to: "models/clock", want: true},
		{from: "models/db/dbtest", to: "models/audit", want: true},
		{from: "models/deduction", to: "models/db"},
		{from: "models/deduction", to: "models/db/dbtest", inTest: true},
		{from: "models/ingest", to: "models/ingest/table"},
		{from: "models/clock", to: "models/date"},

		{from: "models/fee", to: "models/fault", want: true},
		{from: "models/fee", to: "github.com/google/uuid", want: true},
		{from: "models/worktime", to: "models/clock", want: true},
		{from: "models/fee", to: "pgregory.net/rapid", want: true},
		{from: "models/fee", to: "pgregory.net/rapid", inTest: true},
		{from: "models/fee", to: "models/money"},
		{from: "models/fee", to: "encoding/json"},

		{from: "handlers/portal", to: "handlers/staff", want: true},
		{from: "handlers/portal", to: "views/staff", want: true},
		{from: "views/public", to: "views/portal", want: true},
		{from: "views/layout", to: "views/portal", want: true},
		{from: "handlers/guard", to: "handlers/public", want: true},
		{from: "handlers/portal", to: "handlers/guard"},
		{from: "handlers/jobs", to: "views/email"},

		{from: "handlers/portal", to: "gorm.io/gorm", want: true},
		{from: "cmd/mingbai", to: "gorm.io/driver/postgres", want: true},
		{from: "models/db", to: "gorm.io/gorm"},
		{from: "models/merchant", to: "github.com/labstack/echo/v4", want: true},
		{from: "views/layout", to: "github.com/labstack/echo/v4", want: true},
		{from: "web/server", to: "github.com/labstack/echo/v4/middleware"},

		{from: "handlers/portal", to: "web/webtest", want: true},
		{from: "handlers/portal", to: "web/webtest", inTest: true},
		{from: "web/browsertest", to: "github.com/chromedp/chromedp"},
		{from: "web/page", to: "github.com/chromedp/chromedp", want: true},
		{from: "web/page", to: "net/http/httptest"},
	}
	for _, tt := range tests {
		got := slices.ContainsFunc(importRules, func(r importRule) bool { return r.breaks(tt.from, tt.to, tt.inTest) })
		if got != tt.want {
			t.Errorf("%s imports %s (in a test: %t): got refused %t, want %t", tt.from, tt.to, tt.inTest, got, tt.want)
		}
	}
}
