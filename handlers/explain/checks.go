package explain

import (
	"slices"

	"github.com/mingbai/mingbai/models/fee"
)

// Group is one of the five things that were checked.
type Group struct {
	Kind    fee.GroupKind
	Status  fee.Status
	Title   string
	Tag     Tag
	Summary string // the sentence that stands for the group while it is closed
	Rules   []Rule
}

// Rule is one rule and how it came out. What was not checked is never shown as
// passed.
type Rule struct {
	Code   fee.Code // for anchors and tests; a merchant never sees it
	Status fee.Status
	Tag    Tag
	Text   string
}

// groupWords are what a group is called by how it came out. Some groups always
// have a rule that applies and a fact that is known.
type groupWords struct {
	passed, failed, doubt, unchecked, notNeeded string
	nothing                                     string // the sentence where no rule applies
}

var groups = map[fee.GroupKind]groupWords{
	fee.GroupAmount: {
		passed: "explain.group.amount.passed", failed: "explain.group.amount.failed", unchecked: "explain.group.amount.unchecked",
	},
	fee.GroupOnce: {
		passed: "explain.group.once.passed", failed: "explain.group.once.failed", doubt: "explain.group.once.doubt",
		unchecked: "explain.group.once.unchecked", notNeeded: "explain.group.once.not_needed", nothing: "explain.group.once.nothing",
	},
	fee.GroupTold: {
		passed: "explain.group.told.passed", doubt: "explain.group.told.doubt", unchecked: "explain.group.told.unchecked",
		notNeeded: "explain.group.told.not_needed", nothing: "explain.group.told.nothing",
	},
	fee.GroupAgreed: {
		passed: "explain.group.agreed.passed", failed: "explain.group.agreed.failed", doubt: "explain.group.agreed.doubt",
	},
	fee.GroupInUse: {
		passed: "explain.group.in_use.passed", failed: "explain.group.in_use.failed", doubt: "explain.group.in_use.doubt",
	},
}

// checksTitle says how many of the five things were checked, and how many could
// not be.
func (w *writer) checksTitle() string {
	checked, unchecked := 0, 0
	for i := range w.e.Groups {
		switch w.e.Groups[i].Status {
		case fee.Passed, fee.Failed:
			checked++
		case fee.Unchecked:
			unchecked++
		}
	}
	if unchecked > 0 {
		return w.p.N("explain.checks.title_partly", checked, "unchecked", unchecked)
	}
	return w.p.N("explain.checks.title", checked)
}

func (w *writer) checks() (all [5]Group) {
	for i := range w.e.Groups {
		all[i] = w.group(&w.e.Groups[i])
	}
	return all
}

func (w *writer) group(g *fee.Group) Group {
	words := groups[g.Kind]
	group := Group{Kind: g.Kind, Status: g.Status, Rules: make([]Rule, 0, len(g.Rules))}
	worst := fee.LevelInfo
	for _, r := range g.Rules {
		group.Rules = append(group.Rules, w.rule(r))
		if r.Status == fee.Failed && (worst == fee.LevelInfo || r.Code.Level() == fee.LevelDeny) {
			worst = r.Code.Level()
		}
	}
	switch {
	case g.Status == fee.Failed && worst == fee.LevelHold:
		group.Title, group.Tag = w.p.T(words.doubt), Tag{w.p.T("explain.status.doubt"), ToneWait}
	case g.Status == fee.Failed:
		group.Title, group.Tag = w.p.T(words.failed), w.statusTag(g.Status)
	case g.Status == fee.Unchecked:
		group.Title, group.Tag = w.p.T(words.unchecked), w.statusTag(g.Status)
	case g.Kind == fee.GroupAmount && w.e.Verdict.Reasons.Has(fee.AmountUnder):
		group.Title, group.Tag = w.p.T("explain.group.amount.under"), Tag{w.p.T("explain.status.passed"), ToneInfo}
	case g.Status == fee.NotNeeded:
		group.Title, group.Tag = w.p.T(words.notNeeded), w.statusTag(g.Status)
	default:
		group.Title, group.Tag = w.p.T(words.passed), w.statusTag(g.Status)
	}
	group.Summary = w.summary(g, group.Rules, words)
	return group
}

// summary is the first rule that came out as the group did, with the facts that
// the rules themselves don't name.
func (w *writer) summary(g *fee.Group, rules []Rule, words groupWords) string {
	if len(rules) == 0 {
		return w.p.T(words.nothing)
	}
	said := rules[max(0, slices.IndexFunc(rules, func(r Rule) bool { return r.Status == g.Status }))].Text
	if g.Kind == fee.GroupInUse && g.Status == fee.Passed && w.ctx.Terminal.SalesThatDay > 0 {
		said = w.p.Sentences(said, w.p.N("explain.checks.sales", w.ctx.Terminal.SalesThatDay, "on", w.day(w.e.On)))
	}
	if g.Status == fee.Passed && g.Unchecked > 0 {
		said = w.p.Sentences(said, w.p.N("explain.checks.unchecked", g.Unchecked))
	}
	return said
}

func (w *writer) rule(r fee.RuleCheck) Rule {
	rule := Rule{Code: r.Code, Status: r.Status, Tag: w.statusTag(r.Status), Text: w.sentence(r.Code, r.Status)}
	switch {
	case r.Status == fee.Failed && r.Code.Level() == fee.LevelHold:
		rule.Tag = Tag{w.p.T("explain.status.doubt"), ToneWait}
	case r.Code == fee.AmountUnder:
		rule.Tag.Tone = ToneInfo
	}
	return rule
}

func (w *writer) statusTag(s fee.Status) Tag {
	switch s {
	case fee.Passed:
		return Tag{w.p.T("explain.status.passed"), ToneOK}
	case fee.Failed:
		return Tag{w.p.T("explain.status.failed"), ToneBad}
	case fee.Unchecked:
		return Tag{w.p.T("explain.status.unchecked"), ToneNone}
	}
	return Tag{w.p.T("explain.status.not_needed"), ToneNone}
}
