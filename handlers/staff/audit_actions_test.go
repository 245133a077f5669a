package staff

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// kindsOf says whose constants stand for a value that only a run knows, by the
// package and the expression.
var kindsOf = map[string]string{
	"ingest f.Kind":    "ingest Kind",
	"guide done.Kind":  "guide EventKind",
	"notice done.Kind": "notice TemplateEventKind",
	"gate r.State":     "fee State",
}

// fieldsOf says whose field a value is that is set where the struct is made.
var fieldsOf = map[string]string{"gate s.name": "step name"}

// sources is the code of one package.
type sources struct {
	dir    string
	funcs  []*ast.FuncDecl
	texts  map[string]string   // constants of text
	values map[string][]string // the same by their type
}

// finder finds what code calls the deeds that it writes down.
type finder struct {
	t    *testing.T
	pkgs map[string]*sources // by folder
}

func readSources(t *testing.T, roots ...string) *finder {
	t.Helper()
	f := &finder{t: t, pkgs: map[string]*sources{}}
	for _, root := range roots {
		err := filepath.WalkDir(filepath.Join("..", "..", root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err == nil {
				f.add(filepath.ToSlash(filepath.Dir(path)), file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *finder) add(dir string, file *ast.File) {
	dir = strings.TrimPrefix(strings.TrimPrefix(dir, "../../"), "models/")
	p := f.pkgs[dir]
	if p == nil {
		p = &sources{dir: dir, texts: map[string]string{}, values: map[string][]string{}}
		f.pkgs[dir] = p
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			p.funcs = append(p.funcs, fn)
			continue
		}
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i := range v.Values {
				if text, ok := literal(v.Values[i]); ok {
					p.texts[v.Names[i].Name] = text
					if kind, ok := v.Type.(*ast.Ident); ok {
						p.values[kind.Name] = append(p.values[kind.Name], text)
					}
				}
			}
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(b.Value)
	return text, err == nil
}

// actions are all actions that any code writes down.
func (f *finder) actions() []string {
	found := map[string]bool{}
	for _, p := range f.pkgs {
		for _, fn := range p.funcs {
			ast.Inspect(fn, func(n ast.Node) bool {
				c, ok := n.(*ast.CompositeLit)
				if !ok || !isEntry(p, c.Type) {
					return true
				}
				for _, e := range c.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == "Action" {
						for _, a := range f.resolve(p, fn, kv.Value, 0) {
							found[a] = true
						}
					}
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func isEntry(p *sources, e ast.Expr) bool {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return fmt.Sprint(s.X) == "audit" && s.Sel.Name == "Entry"
	}
	return p.dir == "audit" && fmt.Sprint(e) == "Entry"
}

// resolve returns the texts that an expression may be.
func (f *finder) resolve(p *sources, fn *ast.FuncDecl, e ast.Expr, depth int) []string {
	if text, ok := literal(e); ok {
		return []string{text}
	}
	if depth > 9 {
		f.t.Fatalf("%s %s: what it calls a deed can't be followed", p.dir, fn.Name.Name)
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		var all []string
		for _, left := range f.resolve(p, fn, e.X, depth+1) {
			for _, right := range f.resolve(p, fn, e.Y, depth+1) {
				all = append(all, left+right)
			}
		}
		return all
	case *ast.CallExpr:
		if fmt.Sprint(e.Fun) == "string" && len(e.Args) == 1 {
			return f.resolve(p, fn, e.Args[0], depth+1)
		}
		if all := f.returned(p, fmt.Sprint(e.Fun), depth); len(all) > 0 {
			return all
		}
	case *ast.SelectorExpr:
		known := p.dir + " " + fmt.Sprint(e.X) + "." + e.Sel.Name
		if kind := kindsOf[known]; kind != "" {
			dir, name, _ := strings.Cut(kind, " ")
			if values := f.pkgs[dir].values[name]; len(values) > 0 {
				return values
			}
		}
		if field := fieldsOf[known]; field != "" {
			kind, name, _ := strings.Cut(field, " ")
			return f.set(p, kind, name, depth)
		}
	case *ast.Ident:
		if text, ok := p.texts[e.Name]; ok {
			return []string{text}
		}
		if all := f.given(p, fn, e.Name, depth); len(all) > 0 {
			return all
		}
	}
	f.t.Errorf("%s %s: what it calls a deed can't be found out: say it in the code, or in kindsOf", p.dir, fn.Name.Name)
	return nil
}

// returned returns what a function of the package returns.
func (f *finder) returned(p *sources, name string, depth int) (all []string) {
	for _, fn := range p.funcs {
		if fn.Name.Name != name || fn.Recv != nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				all = append(all, f.resolve(p, fn, r.Results[0], depth+1)...)
			}
			return true
		})
	}
	return all
}

// set returns what a field is set to wherever a struct of the kind is made.
func (f *finder) set(p *sources, kind, field string, depth int) (all []string) {
	for _, fn := range p.funcs {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok || fmt.Sprint(c.Type) != kind {
				return true
			}
			for _, e := range c.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == field {
					all = append(all, f.resolve(p, fn, kv.Value, depth+1)...)
				}
			}
			return true
		})
	}
	return all
}

// given returns what a variable of a function is set to: in it, or by those that
// call it.
func (f *finder) given(p *sources, fn *ast.FuncDecl, name string, depth int) (all []string) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok {
			for i, left := range a.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name && i < len(a.Rhs) {
					all = append(all, f.resolve(p, fn, a.Rhs[i], depth+1)...)
				}
			}
		}
		return true
	})
	at := 0
	for _, field := range fn.Type.Params.List {
		for _, one := range field.Names {
			if one.Name == name {
				return append(all, f.handed(p, fn.Name.Name, at, depth)...)
			}
			at++
		}
	}
	return all
}

// handed returns what the calls of a function hand on at a place.
func (f *finder) handed(p *sources, name string, at, depth int) (all []string) {
	for _, caller := range p.funcs {
		ast.Inspect(caller, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok || len(c.Args) <= at {
				return true
			}
			called := ""
			switch to := c.Fun.(type) {
			case *ast.Ident:
				called = to.Name
			case *ast.SelectorExpr:
				called = to.Sel.Name
			}
			if called == name {
				all = append(all, f.resolve(p, caller, c.Args[at], depth+1)...)
			}
			return true
		})
	}
	return all
}

func TestEveryActionThatCodeWritesDownHasWords(t *testing.T) {
	written := readSources(t, "models", "handlers", "cmd").actions()
	if len(written) < 150 {
		t.Fatalf("only %d actions are found in the code: the search misses some", len(written))
	}
	for _, action := range written {
		if auditWords[action] == "" {
			t.Errorf("%s has no words: add it to auditWords and to did: in the catalogues audit.yaml, in both languages", action)
		}
		if strings.Trim(action, "abcdefghijklmnopqrstuvwxyz_.") != "" {
			t.Errorf("%q is no name for an action", action)
		}
	}
}
