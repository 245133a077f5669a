package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// sketch is a database in which charges to come are written as they are foreseen,
// without the facts they follow from.
type sketch struct {
	t    *testing.T
	d    *db.DB
	open *db.Tx // statements run in it; nil: in one each
}

// together runs what is written within one transaction.
func (s *sketch) together(write func()) {
	s.t.Helper()
	err := s.d.Write(s.t.Context(), func(tx *db.Tx) error {
		s.open = tx
		defer func() { s.open = nil }()
		write()
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// sketchOf makes a plan, a year's 36 yuan, and so many merchants with so many
// terminals each. The terminals of merchant m are m*100+1 and so on.
func sketchOf(t *testing.T, d *db.DB, merchants, terminals int) *sketch {
	t.Helper()
	s := &sketch{t: t, d: d}
	s.together(func() { s.people(merchants, terminals) })
	return s
}

func (s *sketch) people(merchants, terminals int) {
	s.t.Helper()
	s.exec(`insert into disclosures (id, slug, title) values (1, 'fees', '{}')`)
	s.exec(`insert into plans (id, code, item, disclosure_id, cap_12m_fen) values (1, 'sim-annual-36', 'sim_data', 1, 0)`)
	for m := 1; m <= merchants; m++ {
		s.exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values ($1, $2, $3, '', $4, '', '2024-01-01', $5)`,
			m, fmt.Sprintf("M%d", m), fmt.Sprintf("面馆 %d", m), fmt.Sprintf("138000%05d", m), time.Unix(0, 0).UTC())
		s.exec(`insert into shops (id, merchant_id, name) values ($1, $2, '总店')`, m, m)
		for n := 1; n <= terminals; n++ {
			s.exec(`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
				values ($1, $2, $2, $3, '前台', '', '', '2024-01-01', '', '', '', $4)`, m*100+n, m, fmt.Sprintf("8200%08d", m*100+n), time.Unix(0, 0).UTC())
		}
	}
}

func (s *sketch) exec(query string, args ...any) {
	s.t.Helper()
	run := func(tx *db.Tx) error {
		_, err := tx.Exec(s.t.Context(), query, args...)
		return err
	}
	var err error
	if s.open != nil {
		err = run(s.open)
	} else {
		err = s.d.Write(s.t.Context(), run)
	}
	if err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// foresee writes a charge to come.
func (s *sketch) foresee(terminal, cycle int, on date.Date, amount int, holds string) {
	s.t.Helper()
	s.exec(`insert into forecasts (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds) values ($1, $2, 1, $3, $4, $5, 1, $6)`,
		terminal/100, terminal, cycle, on, amount, holds)
	s.change(terminal)
}

// forget takes the charges of a terminal out of what is foreseen.
func (s *sketch) forget(terminal int) {
	s.t.Helper()
	s.exec(`delete from forecasts where terminal_id = $1`, terminal)
	s.change(terminal)
}

func (s *sketch) change(terminal int) {
	s.t.Helper()
	s.exec(`insert into forecast_changes (terminal_id) values ($1) on conflict do nothing`, terminal)
}

// prefer writes down what a merchant chose, as it is.
func (s *sketch) prefer(p Preferences) {
	s.t.Helper()
	matrix := map[Event]string{}
	for e, c := range p.Matrix {
		matrix[e] = c.String()
	}
	text, err := json.Marshal(matrix)
	if err != nil {
		s.t.Fatal(err)
	}
	s.exec(`
		insert into notice_preferences (merchant_id, locale, leads, quiet_from, quiet_to, send_minute, matrix, inbox_only, usage_percent, balance_fen, updated_at, updated_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'u_1')`,
		p.MerchantID, p.Locale, int64(p.Leads), p.QuietFrom, p.QuietTo, p.SendMinute, db.JSON(text), p.InboxOnly(), p.UsagePercent, int64(p.LowBalance), time.Unix(0, 0).UTC())
}

func (s *sketch) sweep(at time.Time) int {
	s.t.Helper()
	n, err := Sweep(s.t.Context(), s.d, clock.At(at), fee.DefaultPolicy)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// notices lists the notices of the kinds that tell of charges, one a line.
func (s *sketch) notices() (all []string) {
	s.t.Helper()
	err := s.d.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind string
			var terminal, cycle, lead, round, amount int
			var due, again date.Date
			var from db.Time
			if err := rows.Scan(&kind, &terminal, &cycle, &lead, &round, &due, &amount, &from, &again); err != nil {
				return err
			}
			line := fmt.Sprintf("%s %d/%d lead %d round %d: %s %d from %s", kind, terminal, cycle, lead, round, due, amount, from.In(date.Shanghai).Format("01-02 15:04"))
			if !again.IsZero() {
				line += " again " + again.String()
			}
			all = append(all, line)
			return nil
		})
	}, `select kind, terminal_id, cycle, lead_days, round, due_on, amount_fen, not_before, again_on from notices where kind in ('upcoming', 'changed', 'called_off')
		order by terminal_id, cycle, planned_at, kind, lead_days desc, round`)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *sketch) want(want ...string) {
	s.t.Helper()
	if got := s.notices(); !slices.Equal(got, want) {
		s.t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// gathered marks whatever is due as told.
func (s *sketch) gathered(at time.Time) {
	s.t.Helper()
	s.exec(`update notices set letter_id = 'l_1' where letter_id is null and not_before <= $1`, at)
}

var sunday = date.MustParse("2026-11-22")

func TestAChargeIsAnnouncedAtItsLeadDaysAtTheHourOfTheMerchant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		p := Default(2)
		p.SendMinute = 18*60 + 30
		s.prefer(p)
		s.foresee(201, 5, sunday.AddDays(1), 9900, "")
		s.sweep(sunday.At(0, 1))
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11",
			"upcoming 201/5 lead 1 round 1: 2026-11-23 9900 from 11-22 18:30 again 2027-01-11")
		s.gathered(sunday.At(19, 0))
		for day := range 10 {
			s.sweep(sunday.AddDays(day).At(0, 1))
			s.sweep(sunday.AddDays(day).At(12, 0))
			s.gathered(sunday.AddDays(day).At(23, 0))
		}
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-11-29 3600 from 11-22 10:00 again 2027-01-11",
			"upcoming 101/2 lead 1 round 1: 2026-11-29 3600 from 11-28 10:00",
			"upcoming 201/5 lead 1 round 1: 2026-11-23 9900 from 11-22 18:30 again 2027-01-11")
	})
}

// choices draws how a merchant wants to be told; now and then nothing was chosen.
var choices = rapid.Custom(func(r *rapid.T) *Preferences {
	if rapid.Bool().Draw(r, "none") {
		return nil
	}
	p := Default(0)
	p.Leads = LeadsOf(rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 1, 3, rapid.ID[int]).Draw(r, "leads")...)
	p.SendMinute = rapid.IntRange(480, 1259).Draw(r, "minute")
	if rapid.Bool().Draw(r, "other quiet hours") {
		p.QuietFrom, p.QuietTo = rapid.SampledFrom([]int{0, 1320, 1380}).Draw(r, "from"), rapid.SampledFrom([]int{0, 360}).Draw(r, "to")
	}
	if rapid.Bool().Draw(r, "inbox only") {
		p.Matrix[EventUpcoming] = nil
	}
	return &p
})

// TestTheSweepAndTheRulesPlanTheSame lets the statements that plan by days plan
// what the rules say in Go, for any choice, on the first day and on those after
// it.
func TestTheSweepAndTheRulesPlanTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const merchants = 100
		s := sketchOf(t, d, merchants, 1)
		for seed := range 8 {
			policy := fee.DefaultPolicy
			policy.NoticeHours = []int{24, 24, 30, 48, 72}[seed%5]
			all := make([]*replanning, merchants)
			s.together(func() {
				for _, table := range []string{"notices", "notice_preferences", "notice_sweeps", "forecasts"} {
					s.exec(`delete from ` + table)
				}
				for i := range all {
					m := int64(i + 1)
					p := Default(m)
					if own := choices.Example(seed*merchants + i); own != nil {
						p = *own
						p.MerchantID = m
						s.prefer(p)
					}
					on := sunday.AddDays(rapid.IntRange(-3, 14).Example(seed*merchants + i))
					s.exec(`insert into forecasts (merchant_id, terminal_id, plan_id, cycle_index, due_on, amount_fen, version, holds) values ($1, $2, 1, 1, $3, 3600, 1, '')`, m, m*100+1, on)
					all[i] = &replanning{key: chargeKey{m, m*100 + 1, 1, 1}, charge: &charge{on: on, amount: 3600, version: 1}, p: &p, policy: policy}
				}
			})
			for day := range 3 {
				at := sunday.AddDays(day).At([]int{0, 9, 22}[(seed+day)%3], seed).UTC()
				var want []string
				for _, rules := range all {
					rules.now = at
					for _, n := range rules.replan().news {
						rules.notices = append(rules.notices, planned{
							kind: n.Kind, leadDays: n.LeadDays, round: n.Round, periodFrom: n.PeriodFrom, dueOn: n.DueOn, amount: n.Amount, version: n.Version,
							plannedOn: date.Of(at), plannedAt: at, notBefore: n.NotBefore, againOn: n.againOn, isTold: true,
						})
					}
					for _, n := range rules.notices {
						want = append(want, written(rules.key, &n))
					}
				}
				sweep := &sweep{d: d, policy: policy, now: at, today: date.Of(at)}
				if err := sweep.leads(context.Background()); err != nil {
					t.Fatal(err)
				}
				for i, line := range s.notices() {
					if i >= len(want) || line != want[i] {
						t.Fatalf("seed %d, day %d, %d hours: got\n\t%s\nwant\n\t%s", seed, day, policy.NoticeHours, line, want[min(i, len(want)-1)])
					}
				}
				if got := len(s.notices()); got != len(want) {
					t.Fatalf("seed %d, day %d: got %d notices, want %d", seed, day, got, len(want))
				}
				s.exec(`update notices set letter_id = 'l_1'`)
			}
		}
	})
}

// written is a notice as sketch.notices lists it.
func written(k chargeKey, n *planned) string {
	line := fmt.Sprintf("%s %d/%d lead %d round %d: %s %d from %s",
		n.kind, k.terminalID, k.cycle, n.leadDays, n.round, n.dueOn, int64(n.amount), n.notBefore.In(date.Shanghai).Format("01-02 15:04"))
	if !n.againOn.IsZero() {
		line += " again " + n.againOn.String()
	}
	return line
}
