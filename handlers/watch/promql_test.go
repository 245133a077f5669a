package watch_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// series is what is known of the series that an expression comes to.
type series struct {
	kind   string // counter, gauge, bucket, range of …, or scalar
	labels []string
}

// seriesShown are the series that a registry shows, by name.
func seriesShown(t *testing.T, registry *prometheus.Registry) map[string]series {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]series{}
	for _, f := range families {
		s := series{kind: strings.ToLower(f.GetType().String())}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if !slices.Contains(s.labels, l.GetName()) {
					s.labels = append(s.labels, l.GetName())
				}
			}
		}
		if s.kind != "histogram" {
			all[f.GetName()] = s
			continue
		}
		s.kind = "counter"
		all[f.GetName()+"_count"], all[f.GetName()+"_sum"] = s, s
		s.kind, s.labels = "bucket", append(slices.Clone(s.labels), "le")
		all[f.GetName()+"_bucket"] = s
	}
	return all
}

// expression reads the part of PromQL that the shipped files use, and knows for
// each piece what it comes to. What it does not know it refuses.
type expression struct {
	rest  string
	known map[string]series
}

// readExpression returns what an expression comes to.
func readExpression(text string, known map[string]series) (s series, err error) {
	defer func() {
		if wrong, ok := recover().(wrongExpression); ok {
			err = fmt.Errorf("%s, at %q", string(wrong), text)
		}
	}()
	e := &expression{text, known}
	s = e.whole()
	if e.rest = strings.TrimSpace(e.rest); e.rest != "" {
		e.fail("there is more: %s", e.rest)
	}
	return s, nil
}

type wrongExpression string

func (e *expression) fail(format string, args ...any) {
	panic(wrongExpression(fmt.Sprintf(format, args...)))
}

// take takes what a pattern matches off the beginning; empty where it does not.
func (e *expression) take(pattern *regexp.Regexp) string {
	e.rest = strings.TrimSpace(e.rest)
	found := pattern.FindString(e.rest)
	e.rest = e.rest[len(found):]
	return found
}

func (e *expression) takeText(text string) bool {
	e.rest = strings.TrimSpace(e.rest)
	rest, ok := strings.CutPrefix(e.rest, text)
	if ok {
		e.rest = rest
	}
	return ok
}

func (e *expression) need(text string) {
	if !e.takeText(text) {
		e.fail("want %s before %q", text, e.rest)
	}
}

var (
	operator  = regexp.MustCompile(`^(and\b|or\b|unless\b|==|!=|<=|>=|[-+*/%<>])`)
	number    = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?`)
	word      = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_:]*`)
	matching  = regexp.MustCompile(`^(=~|!~|!=|=)`)
	quoted    = regexp.MustCompile(`^"([^"\\]|\\.)*"`)
	duration  = regexp.MustCompile(`^[0-9]+[smhdw]`)
	gathering = regexp.MustCompile(`^(by|without)\b`)
	choosing  = regexp.MustCompile(`^(on|ignoring)\b`)
)

func (e *expression) whole() series {
	left := e.piece()
	for op := e.take(operator); op != ""; op = e.take(operator) {
		var labels []string
		chosen := e.take(choosing)
		if chosen != "" {
			labels = e.labels()
		}
		right := e.piece()
		for _, side := range []series{left, right} {
			if strings.HasPrefix(side.kind, "range") || side.kind == "bucket" || side.kind == "counter" && op != "or" {
				e.fail("%s works on a %s", op, side.kind)
			}
			e.wantLabels(side, labels)
		}
		switch {
		case left.kind == "scalar":
			left = right
		case right.kind == "scalar" || op == "or" || op == "and":
		case chosen == "" && !slices.Equal(left.labels, right.labels):
			e.fail("%s finds no partner for %v in %v", op, left.labels, right.labels)
		}
	}
	return left
}

func (e *expression) wantLabels(s series, labels []string) {
	for _, l := range labels {
		if !slices.Contains(s.labels, l) {
			e.fail("%s is none of the labels %v", l, s.labels)
		}
	}
}

// labels are names in parentheses.
func (e *expression) labels() (all []string) {
	e.need("(")
	for !e.takeText(")") {
		name := e.take(word)
		if name == "" {
			e.fail("want a label before %q", e.rest)
		}
		all = append(all, name)
		if !e.takeText(",") {
			e.need(")")
			break
		}
	}
	slices.Sort(all)
	return all
}

func (e *expression) piece() series {
	if e.takeText("(") {
		s := e.whole()
		e.need(")")
		return s
	}
	if e.take(number) != "" {
		return series{kind: "scalar"}
	}
	name := e.take(word)
	switch name {
	case "":
		e.fail("want something before %q", e.rest)
	case "sum", "max", "min", "avg", "count", "topk":
		return e.gathered(name)
	case "rate", "increase":
		s := e.only()
		if s.kind != "range of counter" && s.kind != "range of bucket" {
			e.fail("%s is of a %s", name, s.kind)
		}
		if s.kind = "gauge"; slices.Contains(s.labels, "le") {
			s.kind = "rates by le"
		}
		return s
	case "histogram_quantile":
		e.need("(")
		if q := e.piece(); q.kind != "scalar" {
			e.fail("the quantile is a %s", q.kind)
		}
		e.need(",")
		s := e.whole()
		e.need(")")
		if s.kind != "rates by le" || !slices.Contains(s.labels, "le") {
			e.fail("histogram_quantile is of %s with the labels %v", s.kind, s.labels)
		}
		return series{kind: "gauge", labels: slices.DeleteFunc(slices.Clone(s.labels), func(l string) bool { return l == "le" })}
	case "absent":
		e.only()
		return series{kind: "gauge"}
	case "time":
		e.need("(")
		e.need(")")
		return series{kind: "scalar"}
	}
	return e.selected(name)
}

// only is the one argument of a function.
func (e *expression) only() series {
	e.need("(")
	s := e.whole()
	e.need(")")
	return s
}

// gathered is what an aggregation comes to.
func (e *expression) gathered(name string) series {
	var labels []string
	how := e.take(gathering)
	if how != "" {
		labels = e.labels()
	}
	e.need("(")
	if name == "topk" {
		if n := e.piece(); n.kind != "scalar" {
			e.fail("topk takes a number first, not a %s", n.kind)
		}
		e.need(",")
	}
	s := e.whole()
	e.need(")")
	e.wantLabels(s, labels)
	switch {
	case s.kind != "gauge" && s.kind != "rates by le":
		e.fail("%s is of a %s", name, s.kind)
	case name == "topk":
		return s
	case how == "without":
		s.labels = slices.DeleteFunc(slices.Clone(s.labels), func(l string) bool { return slices.Contains(labels, l) })
	default:
		s.labels = labels
	}
	if !slices.Contains(s.labels, "le") {
		s.kind = "gauge"
	}
	return s
}

// selected is what a name with its matchers and its range comes to.
func (e *expression) selected(name string) series {
	s, ok := e.known[name]
	if !ok {
		e.fail("%s is not shown", name)
	}
	if e.takeText("{") {
		for !e.takeText("}") {
			label := e.take(word)
			e.wantLabels(s, []string{label})
			how := e.take(matching)
			value := e.take(quoted)
			if how == "" || value == "" {
				e.fail("%s is matched by nothing", label)
			}
			if strings.HasSuffix(how, "~") {
				if _, err := regexp.Compile(strings.Trim(value, `"`)); err != nil {
					e.fail("%v", err)
				}
			}
			if !e.takeText(",") {
				e.need("}")
				break
			}
		}
	}
	if e.takeText("[") {
		if e.take(duration) == "" {
			e.fail("want a time before %q", e.rest)
		}
		e.need("]")
		s.kind = "range of " + s.kind
	}
	return s
}

func TestExpressionsThatComeToNothingAreFound(t *testing.T) {
	known := map[string]series{
		"g": {kind: "gauge"}, "by_kind": {kind: "gauge", labels: []string{"kind"}}, "c_total": {kind: "counter", labels: []string{"call"}}, "s_bucket": {kind: "bucket", labels: []string{"call", "le"}},
	}
	for _, good := range []string{
		"max(g) / (max(g) > 0)", "histogram_quantile(0.99, sum by (call, le) (rate(s_bucket[5m])))", `sum(rate(c_total{call=~"a|b"}[5m])) > 0.02`, "min(g) < 1 or absent(g)",
		"sum(max by (kind) (by_kind)) > 0", "time() - max(g) > 36 * 3600", "g > 0.001 and on () max(g) >= 5", "topk(8, sum by (call) (rate(c_total[5m])))",
	} {
		if _, err := readExpression(good, known); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"max(g", "max(g))", "g >", "> g", "rate(g[5m])", "rate(c_total)", "c_total[5m]) > 1", "c_total > 1", "max(c_total)", "max(none)", `g{kind="x"}`, `by_kind{kind=x}`, `by_kind{kind~"x"}`,
		"sum by (other) (by_kind)", "histogram_quantile(0.9, sum by (call) (rate(s_bucket[5m])))", "histogram_quantile(sum by (le) (rate(s_bucket[5m])), 0.9)", "rate(c_total[5x])",
		`sum(rate(c_total{call=~"("}[5m]))`, "by_kind / g", "by_kind and on (call) g", "max by (kind by_kind", "rate(by_kind[5m])", "",
	} {
		if s, err := readExpression(bad, known); err == nil {
			t.Errorf("%s comes to %+v; want it refused", bad, s)
		}
	}
}
