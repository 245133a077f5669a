package report

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
)

func TestFiguresTellOfComplaintsRefundsAndWhatWasStopped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		monday := date.MustParse("2026-07-06")
		var statements []string
		for m := 1; m <= 45; m++ {
			c := complained{n: m, merchant: m, filed: monday.At(9, 0), reason: "too_much"}
			if m > 20 {
				c.reason = "twice"
			}
			complain(t, d, c)
			finding, took := "upheld", 2*time.Hour
			switch {
			case m > 40:
				continue // open, and few
			case m > 30:
				finding, took = "not_upheld", 30*time.Hour
			case m > 15:
				finding = "partly_upheld"
			}
			decide(t, d, c, 1, monday.At(9, 0).Add(took), finding, "原因")
			if m <= 12 {
				statements = append(statements, fmt.Sprintf(`insert into refund_proposals (id, case_id, merchant_id, line_id, amount_fen, state, proposed_by, proposed_name, proposed_at, paid_at)
					values ('rp_%d', '%s', %d, '', 1000, 'paid', 'st_1', '何', '2026-07-07 00:00:00+00:00', '2026-07-09 00:00:00+00:00')`, m, c.id(), m))
			}
			statements = append(statements, fmt.Sprintf(`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, created_at, not_after, state, next_at)
				values ('m_%d', 'upcoming', 'sms', %d, '', 'zh-CN', '', '2026-07-01 02:00:00+00:00', '2027-01-01 00:00:00+00:00', '%s', '2026-01-01 00:00:00+00:00')`, m, m, []string{"delivered", "failed"}[m%2]))
		}
		// Of other quarters, and what was paid for them.
		complain(t, d, complained{n: 90, merchant: 1, filed: date.MustParse("2026-06-30").At(23, 59)}, complained{n: 91, merchant: 1, filed: date.MustParse("2026-10-01").Start()})
		exec(t, d, append(statements, newWorld(99).statements...)...)
		exec(t, d, `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, 99, 99, 'T1', '', '', '', '', '', '', '2026-01-01 00:00:00+00:00')`)
		for m := 1; m <= 9; m++ { // too few to be told
			exec(t, d, fmt.Sprintf(`insert into gate_requests (deduction_id, merchant_id, terminal_id, item, ref, digest, amount_fen, origin, at, state, asked_kind, asked_by, asked_at, changed_at)
				values ('d_%d', %d, 1, 'sim_data', 'r%d', 'x', 3600, 'core', '2026-08-01 00:00:00+00:00', 'denied', 'api', 'k', '2026-08-01 00:00:00+00:00', '2026-08-01 00:00:00+00:00')`, m, m, m))
		}
		e := draw(t, d, lin, noon, disclosure.Text{})
		f, c := e.Figures, e.Figures.Complaints
		held := Cell{Held: true}
		for name, x := range map[string][2]any{
			"filed":     {c.Filed, Cell{Value: 45}},
			"decided":   {c.Decided, held}, // with those that are open, which are few
			"open":      {c.Open, held},
			"withdrawn": {c.Withdrawn, Cell{}},
			"findings":  {[]Cell{c.Upheld, c.Partly, c.Not}, []Cell{held, held, held}},
			"speeds":    {[]Cell{c.Within1, c.Within3, c.Over3}, []Cell{held, held, {}}},
			"share":     {c.Share, int64(0)},
			"reasons":   {c.Reasons[2:4], []ReasonCell{{complaint.TooMuch, Cell{Value: 20}}, {complaint.Twice, Cell{Value: 25}}}},
			"refunds":   {*f.Refunds, MoneyFigures{Cell{Value: 12}, Cell{Value: 12000}}},
			"stopped":   {*f.Stopped, MoneyFigures{held, held}},
			"notices":   {*f.Notices, NoticeFigures{Sent: Cell{Value: 40}, Arrived: Cell{Value: 20}, Failed: Cell{Value: 20}, Share: 500_000}},
			"counted":   {[]int64{e.Counted.Filed, e.Counted.Stopped, e.Counted.Refunds, e.Counted.Sent}, []int64{45, 9, 12, 40}},
		} {
			if got, want := fmt.Sprint(x[0]), fmt.Sprint(x[1]); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
		// Once nothing is open, all of it can be told.
		for m := 41; m <= 45; m++ {
			decide(t, d, complained{n: m, filed: monday.At(9, 0)}, 1, monday.AddDays(1).At(9, 0), "upheld", "原因")
		}
		c = draw(t, d, lin, noon.Add(time.Hour), disclosure.Text{}).Figures.Complaints
		if got, want := fmt.Sprint(c.Decided, c.Open, c.Upheld, c.Partly, c.Not, c.Within1, c.Within3, c.Share), fmt.Sprint(Cell{Value: 45}, Cell{}, Cell{Value: 20}, Cell{Value: 15}, Cell{Value: 10}, Cell{Value: 35}, Cell{Value: 10}, 777_777); got != want {
			t.Errorf("all decided: got %s, want %s", got, want)
		}
	})
}

func TestFiguresFromBeforeComplaintsReadAndHashAsTheyDid(t *testing.T) {
	f := Figures{Versions: []NewVersion{}}
	body, _, err := f.encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"complaints", "refunds", "stopped", "notices"} {
		if strings.Contains(string(body), word) {
			t.Errorf("figures without %s write it: %s", word, body)
		}
	}
}

// TestNoComplaintsOfFewMerchantsCanBeWorkedOut plays the reader who knows each sum
// and every part that is shown, and solves for the others.
func TestNoComplaintsOfFewMerchantsCanBeWorkedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &reckoned{ByReason: map[string]measure{}, BySpeed: map[string]measure{}, ByFinding: map[string]measure{}}
		who := map[string]map[int]bool{}
		count := func(m *measure, part string, merchant int) {
			if who[part] == nil {
				who[part] = map[int]bool{}
			}
			who[part][merchant] = true
			m.Lines, m.Merchants = m.Lines+1, int64(len(who[part]))
		}
		in := func(parts map[string]measure, of, name string, merchant int) {
			m := parts[name]
			count(&m, of+name, merchant)
			parts[name] = m
		}
		merchants := rapid.SampledFrom([]int{5, 15, 300}).Draw(t, "merchants")
		reasons := rapid.IntRange(1, 3).Draw(t, "reasons")
		for _, speed := range Speeds {
			many := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 12), rapid.IntRange(30, 90)).Draw(t, string(speed))
			findings := rapid.IntRange(1, len(Findings)).Draw(t, "findings")
			for n := range many {
				m := rapid.IntRange(1, merchants).Draw(t, "merchant")
				count(&r.Filed, "filed", m)
				in(r.ByReason, "reason", string(ComplaintReasons[n%reasons]), m)
				in(r.BySpeed, "speed", string(speed), m)
				if speed != Open && speed != Withdrawn {
					count(&r.Decided, "decided", m)
					in(r.ByFinding, "finding", string(Findings[n%findings]), m)
				}
			}
		}
		f := r.complaints()
		s := &solver{names: map[string]int{}}
		tell := func(name string, c Cell, m measure) {
			if !c.Held && (c.Value != m.Lines || m.small()) {
				t.Fatalf("%s of %+v is told as %+v", name, m, c)
			}
			s.tell(name, c, m)
		}
		tell("filed", f.Filed, r.Filed)
		tell("decided", f.Decided, r.Decided)
		tell("withdrawn", f.Withdrawn, r.BySpeed[string(Withdrawn)])
		tell("open", f.Open, r.BySpeed[string(Open)])
		of := []string{}
		for _, x := range f.Reasons {
			tell(string(x.Reason), x.Filed, r.ByReason[string(x.Reason)])
			of = append(of, string(x.Reason))
		}
		tell("upheld", f.Upheld, r.ByFinding["upheld"])
		tell("partly", f.Partly, r.ByFinding["partly_upheld"])
		tell("not", f.Not, r.ByFinding["not_upheld"])
		tell("1", f.Within1, r.BySpeed["within_1"])
		tell("3", f.Within3, r.BySpeed["within_3"])
		tell("over", f.Over3, r.BySpeed["over_3"])
		if f.Share > 0 && (f.Upheld.Held || f.Partly.Held || f.Not.Held) {
			t.Fatal("the share tells what is held back")
		}
		s.sum("filed", "decided", "withdrawn", "open")
		s.sum("filed", of...)
		s.sum("decided", "upheld", "partly", "not")
		s.sum("decided", "1", "3", "over")
		for name, m := range s.hidden {
			if s.determined(name) && m.Merchants < Few {
				t.Fatalf("%s, of %d merchants, follows from what is shown: %+v", name, m.Merchants, f)
			}
		}
	})
}

// solver knows equations between numbers, some of which are hidden.
type solver struct {
	names  map[string]int     // hidden numbers, by their place in a row
	hidden map[string]measure // what they are
	rows   [][]float64
}

func (s *solver) tell(name string, c Cell, m measure) {
	if c.Held {
		if s.hidden == nil {
			s.hidden = map[string]measure{}
		}
		s.names[name], s.hidden[name] = len(s.names), m
	}
}

// sum says that a number is the sum of others. What they add up to does not matter
// for what can be worked out.
func (s *solver) sum(whole string, parts ...string) {
	row := make([]float64, len(s.names))
	if i, hidden := s.names[whole]; hidden {
		row[i] = -1
	}
	for _, p := range parts {
		if i, hidden := s.names[p]; hidden {
			row[i]++
		}
	}
	s.rows = append(s.rows, row)
}

// determined reports whether the equations leave only one value for a hidden
// number: whether it alone is a combination of them.
func (s *solver) determined(name string) bool {
	target := make([]float64, len(s.names))
	target[s.names[name]] = 1
	return rank(append(append([][]float64{}, s.rows...), target)) == rank(s.rows)
}

func rank(of [][]float64) (n int) {
	rows := make([][]float64, len(of))
	for i := range of {
		rows[i] = append([]float64{}, of[i]...)
	}
	for column := 0; len(rows) > 0 && column < len(rows[0]) && n < len(rows); column++ {
		pivot := -1
		for i := n; i < len(rows); i++ {
			if math.Abs(rows[i][column]) > 1e-9 {
				pivot = i
				break
			}
		}
		if pivot < 0 {
			continue
		}
		rows[n], rows[pivot] = rows[pivot], rows[n]
		for i := n + 1; i < len(rows); i++ {
			times := rows[i][column] / rows[n][column]
			for j := range rows[i] {
				rows[i][j] -= times * rows[n][j]
			}
		}
		n++
	}
	return n
}
