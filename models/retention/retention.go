// Package retention says for how long each table keeps what is in it, and
// removes what is over. Every table has a rule, or a reason why it has none;
// compliance sets the terms by two, and no term goes below what has to be kept.
//
// It is the one package that removes rows of others: when a row may go depends on
// rows of many packages at once, and one list that can be read from top to bottom
// is what has to be shown to whoever asks.
package retention

import (
	"fmt"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/setting"
)

// Group is what tables have in common: a name, a term and a source.
type Group string

// The groups.
const (
	Payments   Group = "payments"   // what was taken and settled, and what the gate decided
	Agreements Group = "agreements" // what merchants agreed to
	Notices    Group = "notices"    // what merchants were told
	Refunds    Group = "refunds"    // money given back after complaints
	Merchants  Group = "merchants"  // whom to reach at merchants that are no more
	Proofs     Group = "proofs"     // imports, alarms, packs handed out, checks and runs like this
	Cases      Group = "cases"      // complaints and requests
	Usage      Group = "usage"      // of SIMs
	Access     Group = "access"     // who signed in from where
	Security   Group = "security"   // messages about somebody's own account
	Identity   Group = "identity"   // papers, and addresses that were taken out
	Counters   Group = "counters"   // counters and work notes
	Accounts   Group = "accounts"   // people and merchants who closed their account
	Codes      Group = "codes"      // codes, attempts and links
	CodeTexts  Group = "code_texts" // that a code was sent
	Systems    Group = "systems"    // what other systems sent and asked
	Events     Group = "events"     // what other systems were told
	Drafts     Group = "drafts"     // what somebody began to write
	Published  Group = "published"  // stays
	Rules      Group = "rules"      // stays
	Record     Group = "record"     // stays
	Register   Group = "register"   // stays
	Worklists  Group = "worklists"  // stays as long as what it is made from
	House      Group = "house"      // stays
)

// Term says by which figure a group's time is set.
type Term string

// The terms.
const (
	ByMoney    Term = "money"
	ByCases    Term = "cases"
	ByUsage    Term = "usage"
	ByAccess   Term = "access"
	ByIdentity Term = "identity"
	ByCounters Term = "counters"
	ByGrace    Term = "grace"
	Fixed      Term = "fixed" // by the package that keeps it
	Kept       Term = "kept"  // stays
)

// Groups lists them, with their terms, as they are shown.
var Groups = []struct {
	Group Group
	Term  Term
	Days  int // of a fixed term
}{
	{Payments, ByMoney, 0},
	{Agreements, ByMoney, 0},
	{Notices, ByMoney, 0},
	{Refunds, ByMoney, 0},
	{Merchants, ByMoney, 0},
	{Proofs, ByMoney, 0},
	{Cases, ByCases, 0},
	{Usage, ByUsage, 0},
	{Access, ByAccess, 0},
	{Security, ByAccess, 0},
	{Identity, ByIdentity, 0},
	{Counters, ByCounters, 0},
	{Accounts, ByGrace, 0},
	{CodeTexts, Fixed, 180},
	{Events, Fixed, 90},
	{Drafts, Fixed, 90},
	{Systems, Fixed, 30},
	{Codes, Fixed, 1},
	{Published, Kept, 0},
	{Rules, Kept, 0},
	{Record, Kept, 0},
	{Register, Kept, 0},
	{Worklists, Kept, 0},
	{House, Kept, 0},
}

// TermOf returns the term of a group.
func TermOf(g Group) Term {
	for _, one := range Groups {
		if one.Group == g {
			return one.Term
		}
	}
	return Kept
}

// cutoff returns the first day of which nothing is over yet, on a day in
// Shanghai. What began a day earlier has been kept for the whole term.
func (t Term) cutoff(s *setting.Retention, today date.Date, wholeMonths bool) date.Date {
	var first date.Date
	switch t {
	case ByMoney:
		first = today.AddMonths(-s.MoneyMonths)
	case ByCases:
		first = today.AddMonths(-s.CaseMonths)
	case ByUsage:
		first = today.AddMonths(-s.UsageMonths)
	case ByAccess:
		first = today.AddDays(-s.AccessDays)
	case ByIdentity:
		first = today.AddDays(-s.IdentityDays)
	case ByCounters:
		first = today.AddDays(-s.CounterDays)
	default:
		return 0 // nothing is
	}
	if wholeMonths {
		return first.MonthStart()
	}
	return first
}

// rule is what goes from one table.
type rule struct {
	table  string
	group  Group
	name   string // where a table has several; empty: as the table
	due    string // of a row x: :day and :at stand for the cutoff
	set    string // what is taken out of a row; empty: the row goes
	months bool   // whole months go, once all of their days are over
	parts  string // PostgreSQL splits the table by month: what has to hold for a month to go at once; "true": nothing
	files  bool   // what is in them lies in the store of files, under the row's id
}

// key names a rule in the counts of a run.
func (r *rule) key() string {
	if r.name != "" {
		return r.name
	}
	return r.table
}

// where returns the condition with its arguments.
func (r *rule) where(first date.Date) (text string, args []any) {
	text = r.due
	for _, one := range []struct {
		name string
		of   func() any
	}{
		{":at", func() any { return first.Start() }}, {":id", func() any { return id.First("d", first.Start()) }}, {":day", func() any { return first }},
	} {
		if strings.Contains(text, one.name) {
			args = append(args, one.of())
			text = strings.ReplaceAll(text, one.name, fmt.Sprintf("$%d", len(args)))
		}
	}
	return text, args
}

// Tables returns the tables of a group, each once.
func Tables(g Group) (names []string) {
	seen := map[string]bool{}
	for i := range rules {
		if r := &rules[i]; r.group == g && !seen[r.table] {
			names, seen[r.table] = append(names, r.table), true
		}
	}
	return append(names, beside[g]...)
}

// KnownTables returns every table that has a rule or a reason to have none.
func KnownTables() map[string]bool {
	known := map[string]bool{}
	for _, g := range Groups {
		for _, name := range Tables(g.Group) {
			known[name] = true
		}
	}
	return known
}
