package mingbai_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A source is one Go file, named by its path in the module.
type source struct {
	path string
	file *ast.File
	set  *token.FileSet
}

// at writes where a node stands, and what is wrong with it.
func (s source) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", s.path, s.set.Position(n.Pos()).Line) + fmt.Sprintf(format, args...)
}

// forTests reports whether the file never becomes part of the product.
func (s source) forTests() bool {
	return strings.HasSuffix(s.path, "_test.go") || isForTests(path.Dir(s.path)) || strings.Contains(s.path, "testdata/")
}

// forShow reports whether the file holds what the demo shows: invented names
// and messages are its data, not the product's prose.
func (s source) forShow() bool {
	return slices.ContainsFunc(strings.Split(s.path, "/"), func(part string) bool {
		return strings.HasPrefix(part, "demo") || strings.HasPrefix(part, "example") || strings.HasPrefix(part, "gallery")
	})
}

// A sourceRule finds faults in one Go file.
type sourceRule struct {
	name, why string
	find      func(source) []string
}

var sourceRules = []sourceRule{
	{
		"doc comments", "whoever calls it should not have to read it: say its meaning, units, time zone and errors above it",
		findUndocumented,
	},
	{
		"clock", "the demo and the tests move through years: take a clock (or the moment) as an argument, only cmd passes the machine's",
		findWallClock,
	},
	{
		"no floats", "money is whole fen and rates are parts per million, a float loses fen: use money.Fen and money.Rate",
		findFloats,
	},
	{
		"no Chinese in code", "what a person reads stands in both languages in the catalogues: add a message there and use its key",
		findHan,
	},
}

func findUndocumented(s source) []string {
	if s.forTests() || ast.IsGenerated(s.file) {
		return nil
	}
	var faults []string
	report := func(n *ast.Ident, docs ...*ast.CommentGroup) {
		if n.IsExported() && !slices.ContainsFunc(docs, func(g *ast.CommentGroup) bool { return g != nil }) {
			faults = append(faults, s.at(n, "%s has no doc comment", n.Name))
		}
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if receiverIsExported(d) {
				report(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					report(spec.Name, spec.Doc, spec.Comment, d.Doc)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						report(name, spec.Doc, spec.Comment, d.Doc)
					}
				}
			}
		}
	}
	return faults
}

// receiverIsExported reports whether others can call the function: a method
// can be, where its type is exported.
func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	exported := false
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			exported = name.IsExported()
			return false
		}
		_, generic := n.(*ast.IndexExpr)
		_, pointer := n.(*ast.StarExpr)
		return generic || pointer
	})
	return exported
}

func findWallClock(s source) []string {
	if s.forTests() || within(s.path, "models/clock") || within(s.path, "cmd") {
		return nil
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
			faults = append(faults, s.at(sel, "time.%s reads the machine's clock", sel.Sel.Name))
		}
		return true
	})
	return faults
}

func findFloats(s source) []string {
	if s.forTests() || !slices.Contains([]string{"models/money", "models/fee", "models/deduction"}, room(path.Dir(s.path))) {
		return nil
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "float32" || n.Name == "float64" {
				faults = append(faults, s.at(n, "%s where money is counted", n.Name))
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT {
				faults = append(faults, s.at(n, "the fraction %s where money is counted", n.Value))
			}
		}
		return true
	})
	return faults
}

func findHan(s source) []string {
	if s.forTests() || s.forShow() || ast.IsGenerated(s.file) {
		return nil
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && strings.ContainsFunc(text.Value, isHan) {
			faults = append(faults, s.at(text, "the text %s", text.Value))
		}
		return true
	})
	return faults
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// undescribed lists the packages that no file introduces. Generated files don't
// count: what stands above their package clause is the generator's.
func undescribed(sources []source) []string {
	described := map[string]bool{}
	for _, s := range sources {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		folder := path.Dir(s.path)
		intro := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			intro = "" // a command may be introduced in any words
		}
		described[folder] = described[folder] ||
			!ast.IsGenerated(s.file) && s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), intro)
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(described)), func(folder string) bool { return described[folder] })
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, folder := range undescribed(readSources(t)) {
		t.Errorf("%s has no package comment: say what it is for above its package clause, beginning with Package %s", folder, path.Base(folder))
	}
}

func TestAPackageWithoutACommentIsFound(t *testing.T) {
	sources := []source{
		parse(t, "models/fee/plan.go", "package fee"),
		parse(t, "models/fee/fee.go", "// Package fee judges deductions.\npackage fee"),
		parse(t, "models/date/date.go", "// Dates.\npackage date"),
		parse(t, "models/date/date_test.go", "// Package date is not told here.\npackage date"),
		parse(t, "views/portal/home_templ.go", "// Code generated by templ - DO NOT EDIT.\n\n// Package portal is generated.\npackage portal"),
		parse(t, "cmd/mingbai/main.go", "// Mingbai runs the portal.\npackage main"),
	}
	if got, want := fmt.Sprint(undescribed(sources)), "[models/date views/portal]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSourceKeepsItsRules(t *testing.T) {
	for _, s := range readSources(t) {
		for _, r := range sourceRules {
			for _, fault := range r.find(s) {
				t.Errorf("%s: %s", fault, r.why)
			}
		}
	}
}

// TestSourceRulesFindTheirFaults shows each rule code that it must refuse and
// code like it that it must let pass.
func TestSourceRulesFindTheirFaults(t *testing.T) {
	tests := []struct {
		rule, path, code string
		want             int
	}{
		{"doc comments", "models/fee/a.go", "type Plan struct{}\nfunc Judge() {}\nvar A, B = 1, 2\nconst C = 1", 5},
		{"doc comments", "models/fee/a.go", "// Plan is.\ntype Plan struct{}\nfunc (*Plan) Price() {}\nfunc (Plan) Cap() {}", 2},
		{"doc comments", "models/fee/a.go", "// Set is.\ntype Set[T any] struct{}\nfunc (s *Set[T]) Add() {}", 1},
		{"doc comments", "models/fee/a.go", "type (\n// A is.\nA int\nB int\n)", 1},
		{"doc comments", "models/fee/a.go", "// These are.\nconst (\nC = 1\nD = 2\n)\nvar E = 1 // E is.", 0},
		{"doc comments", "models/fee/a.go", "type plan struct{}\nfunc (plan) Price() {}\nfunc judge() {}", 0},
		{"doc comments", "models/fee/a_test.go", "func Helper() {}", 0},

		{"clock", "models/notice/a.go", "import \"time\"\nvar a = time.Now()", 1},
		{"clock", "models/notice/a.go", "import \"time\"\nvar a = time.Now", 1},
		{"clock", "web/server/a.go", "import \"time\"\nfunc f(t time.Time) { _ = time.Since(t) }", 1},
		{"clock", "cmd/mingbai/a.go", "import \"time\"\nvar a = time.Now()", 0},
		{"clock", "models/clock/a.go", "import \"time\"\nvar a = time.Now()", 0},
		{"clock", "web/webtest/a.go", "import \"time\"\nvar a = time.Now()", 0},
		{"clock", "models/notice/a.go", "import \"time\"\nvar a = time.Unix(0, 0)", 0},

		{"no floats", "models/fee/a.go", "func f(a float64) {}", 1},
		{"no floats", "models/money/a.go", "var a float32", 1},
		{"no floats", "models/deduction/a.go", "const a = 0.5", 1},
		{"no floats", "models/report/a.go", "var a float64", 0},
		{"no floats", "models/fee/a_test.go", "var a float64", 0},

		{"no Chinese in code", "handlers/portal/a.go", "var a = \"扣费\"", 1},
		{"no Chinese in code", "handlers/portal/a.go", "const a = '元'", 1},
		{"no Chinese in code", "handlers/portal/a.go", "// 扣费 is a deduction.\nvar a = \"¥\"", 0},
		{"no Chinese in code", "handlers/portal/a_test.go", "var a = \"扣费\"", 0},
		{"no Chinese in code", "cmd/mingbai/demo/names.go", "var a = \"周\"", 0},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(sourceRules, func(r sourceRule) bool { return r.name == tt.rule })
		if i < 0 {
			t.Fatalf("there is no rule named %q", tt.rule)
		}
		if got := sourceRules[i].find(parse(t, tt.path, "package a\n"+tt.code)); len(got) != tt.want {
			t.Errorf("%s in %s: got %d faults %q, want %d\n%s", tt.rule, tt.path, len(got), got, tt.want, tt.code)
		}
	}
}

// Writes to a table are recognised in SQL as it stands in code, and in calls
// that copy rows into a table named there.
var (
	sqlWrites = regexp.MustCompile(`(?i)\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO\s+|DELETE\s+FROM\s+|UPDATE\s+)"?([a-z_]+)"?`)
	sqlStages = regexp.MustCompile(`(?i)\bCREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([a-z_]+)"?`)
	sqlWords  = []string{"set", "of", "skip", "nowait", "on"} // what may follow UPDATE and is no table
)

// tablesWritten lists the tables that a file writes, its temporary ones left
// out. The demo and the bench fill databases of their own, in which they may.
func tablesWritten(s source) []string {
	if s.forTests() || within(s.path, "cmd/mingbai/bench") || strings.HasPrefix(s.path, "cmd/mingbai/demo") {
		return nil
	}
	var tables []string
	stages := slices.Clone(sqlWords)
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			for _, m := range sqlWrites.FindAllStringSubmatch(n.Value, -1) {
				tables = append(tables, strings.ToLower(m[1]))
			}
			for _, m := range sqlStages.FindAllStringSubmatch(n.Value, -1) {
				stages = append(stages, strings.ToLower(m[1]))
			}
		case *ast.CallExpr:
			if name, ok := bulkTable(n); ok {
				tables = append(tables, name)
			}
		}
		return true
	})
	return slices.DeleteFunc(tables, func(table string) bool { return slices.Contains(stages, table) })
}

// bulkTable is the table that a call to a transaction's Bulk or Insert fills, where
// it is named there.
func bulkTable(call *ast.CallExpr) (string, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Bulk" && sel.Sel.Name != "Insert" || len(call.Args) < 2 {
		return "", false
	}
	table, ok := call.Args[1].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	return strings.Trim(table.Value, "`\""), true
}

// writers maps each table to the rooms that write it.
func writers(sources []source) map[string][]string {
	of := map[string][]string{}
	for _, s := range sources {
		for _, table := range tablesWritten(s) {
			if pkg := room(path.Dir(s.path)); !slices.Contains(of[table], pkg) {
				of[table] = append(of[table], pkg)
			}
		}
	}
	return of
}

func TestEachTableIsWrittenByOnePackage(t *testing.T) {
	of := writers(readSources(t))
	for _, table := range slices.Sorted(maps.Keys(of)) {
		if len(of[table]) > 1 {
			slices.Sort(of[table])
			t.Errorf("%s all write the table %s: a package writes only its own tables, so that its rules hold for every row; call the owner's exported verb inside the transaction",
				strings.Join(of[table], " and "), table)
		}
	}
}

func TestWritesToATableAreFoundInSQLAndBulkCalls(t *testing.T) {
	sources := []source{
		parse(t, "models/merchant/store.go", "package merchant\nvar q = `INSERT INTO shops (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1`"),
		parse(t, "models/ingest/a.go", "package ingest\nvar q = `update shops set a = 1`\nvar l = `SELECT 1 FROM x FOR UPDATE SKIP LOCKED`"),
		parse(t, "models/ingest/b.go", "package ingest\nvar q = \"CREATE TEMP TABLE stage (a int)\"\nfunc f() { tx.Bulk(ctx, \"stage\", nil); tx.Insert(ctx, \"usage\", nil) }"),
		parse(t, "models/event/a.go", "package event\nvar q = `INSERT OR IGNORE INTO stage (a) SELECT a FROM shops; DELETE FROM jobs`"),
		parse(t, "handlers/jobs/a.go", "package jobs\nvar q = `delete from stage`"),
		parse(t, "cmd/mingbai/demo_shops.go", "package main\nvar q = `delete from shops`"),
		parse(t, "models/event/a_test.go", "package event\nvar q = `DELETE FROM usage`"),
	}
	got := fmt.Sprint(writers(sources))
	want := "map[jobs:[models/event] shops:[models/merchant models/ingest] stage:[models/event handlers/jobs] usage:[models/ingest]]"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func parse(t *testing.T, path string, code any) source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, code, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path, file, set}
}

// readSources parses every Go file of the module.
func readSources(t *testing.T) []source {
	t.Helper()
	var sources []source
	for _, path := range listFiles(t, ".go") {
		sources = append(sources, parse(t, path, nil))
	}
	return sources
}

// listFiles names the module's files that end in one of the suffixes, or all
// of them. It walks the tree itself, so that Go's cache of test results knows
// which files this test depends on.
func listFiles(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == ".git" || e.Name() == "bin"):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		if len(suffixes) == 0 || slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }) {
			files = append(files, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("got no file ending in %q, want some", suffixes)
	}
	return files
}
