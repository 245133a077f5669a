package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// The year that is lived through has a 29 February in it. What was before is
// history.
var (
	yearFrom = date.MustParse("2027-09-01")
	yearTo   = date.MustParse("2028-09-01")
)

// yearPlans are one of each kind of cycle. The first becomes dearer and the
// second cheaper amid the year.
func yearPlans() disclosure.Existing {
	first := func(p fee.Price) fee.Version {
		return fee.Version{Number: 1, PublishedOn: date.MustParse("2023-01-01"), EffectiveOn: date.MustParse("2023-03-01"), Price: p}
	}
	second := func(amount money.Fen, published, effective string, p fee.Price) fee.Version {
		p.Amount = amount
		return fee.Version{Number: 2, PublishedOn: date.MustParse(published), EffectiveOn: date.MustParse(effective), Price: p}
	}
	yearly := fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue}
	half := fee.Price{Kind: fee.Recurring, Amount: 4800, CycleMonths: 6, Idle: fee.Accrue}
	plan := func(code string, item fee.Item, line int, statedBy []int, versions ...fee.Version) disclosure.ExistingPlan {
		lines := make([]int, len(versions))
		for i := range lines {
			lines[i] = line*10 + i
		}
		return disclosure.ExistingPlan{Plan: fee.Plan{Code: code, Item: item, Versions: versions}, Lines: lines, StatedBy: statedBy}
	}
	return disclosure.Existing{
		Slug: "fees", Title: disclosure.Text{ZhCN: "终端收费公示", En: "Terminal fees"},
		Versions: []disclosure.ExistingVersion{
			{Number: 1, PublishedOn: date.MustParse("2023-01-01"), EffectiveOn: date.MustParse("2023-03-01")},
			{Number: 2, PublishedOn: date.MustParse("2027-11-01"), EffectiveOn: date.MustParse("2028-01-15")},
			{Number: 3, PublishedOn: date.MustParse("2027-12-01"), EffectiveOn: date.MustParse("2028-02-01")},
		},
		Plans: []disclosure.ExistingPlan{
			plan("yearly", fee.SimData, 1, []int{1, 2}, first(yearly), second(4500, "2027-11-01", "2028-01-15", yearly)),
			plan("half", fee.SimData, 2, []int{1, 3}, first(half), second(4000, "2027-12-01", "2028-02-01", half)),
			plan("quarter", fee.SimData, 3, []int{1}, first(fee.Price{Kind: fee.Recurring, Amount: 900, CycleMonths: 3, Idle: fee.Skip})),
			plan("monthly", fee.Service, 4, []int{1}, first(fee.Price{Kind: fee.Recurring, Amount: 500, CycleMonths: 1, Idle: fee.Accrue})),
			plan("once", fee.Activation, 5, []int{1}, first(fee.Price{Kind: fee.OneOff, Amount: 9900, FreeDays: 180})),
			plan("three years", fee.SimData, 6, []int{1}, first(fee.Price{Kind: fee.Recurring, Amount: 9900, CycleMonths: 36, FreeMonths: 3, Idle: fee.Accrue})),
		},
	}
}

// year is a world that is lived through.
type year struct {
	*sketch
	clock  *clock.Set
	known  map[string]date.Date // since when a charge is foreseen as it is
	taken  map[string]bool
	failed map[string]bool
	held   int
}

// yearPreferences are how the merchants want to be told, from the first on.
func yearPreferences() []Preferences {
	all := make([]Preferences, 8)
	for i := range all {
		all[i] = Default(int64(i + 1))
	}
	all[1].Leads = LeadsOf(1)                 // the day before alone: an earlier one is added
	all[2].Matrix[EventUpcoming] = Channels{} // the inbox alone
	all[3].Leads, all[3].SendMinute = LeadsOf(30, 15, 3), 20*60+45
	all[4].QuietFrom, all[4].QuietTo, all[4].SendMinute = 12*60, 15*60, 15*60
	all[5].QuietFrom, all[5].QuietTo, all[5].SendMinute = 0, 0, 5 // never quiet, right after midnight
	all[6].Locale, all[6].SendMinute = "en", 8*60
	all[7].Leads, all[7].QuietFrom, all[7].QuietTo, all[7].SendMinute = LeadsOf(2), 18*60, 9*60, 9*60
	return all
}

// anchors are the first days of what the terminals pay for: month ends, a leap
// day, the day before the year begins, and days amid it.
var anchors = []string{
	"2027-08-31", "2024-02-29", "2026-11-30", "2027-01-31", "2025-12-31", "2027-03-01", "2027-06-15", "2026-10-01", "2027-05-31", "2027-02-28",
}

func newYear(t *testing.T, d *db.DB) *year {
	t.Helper()
	y := &year{
		sketch: &sketch{t: t, d: d}, clock: clock.At(yearFrom.AddDays(-3).At(9, 0).UTC()),
		known: map[string]date.Date{}, taken: map[string]bool{}, failed: map[string]bool{},
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, problems, err := disclosure.TakeOver(t.Context(), tx, []disclosure.Existing{yearPlans()}, y.clock.Now())
		if err == nil && problems.Found() {
			err = fmt.Errorf("%+v", problems)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var merchants []merchant.Row
	var terminals []merchant.TerminalRow
	var enrolments []enrolment.Row
	for m := 1; m <= 8; m++ {
		ref := fmt.Sprintf("M%d", m)
		merchants = append(merchants, merchant.Row{Ref: ref, Name: "面馆 " + ref, Phone: fmt.Sprintf("1380000%04d", m), OpenedOn: date.MustParse("2024-01-01")})
		for n := range 5 {
			sn, anchor := yearSN(m, n), date.MustParse(anchors[(m*3+n)%len(anchors)])
			terminals = append(terminals, merchant.TerminalRow{SN: sn, MerchantRef: ref, ActivatedOn: anchor})
			enrolments = append(enrolments, accepted(sn, []string{"yearly", "half", "quarter", "three years", "half"}[n], anchor, 1))
			if n%2 == 0 {
				enrolments = append(enrolments, accepted(sn, "monthly", anchor, 1))
			}
			enrolments = append(enrolments, accepted(sn, "once", anchor, 1))
		}
	}
	intaketest.File(t, d, y.clock.Now(), merchant.StageMerchants, merchant.TakeMerchants, merchants...)
	intaketest.File(t, d, y.clock.Now(), merchant.StageTerminals, merchant.TakeTerminals, terminals...)
	for _, p := range yearPreferences() {
		y.prefer(p)
	}
	y.enrol(enrolments...)
	y.judge()
	y.settle(yearFrom)
	y.judge()
	return y
}

func yearSN(m, n int) string { return fmt.Sprintf("8%03d%08d", m, n) }

func accepted(sn, plan string, anchor date.Date, version int) enrolment.Row {
	return enrolment.Row{SN: sn, Plan: plan, AnchorOn: anchor, Version: version, AcceptedOn: anchor, AcceptedBy: "周老板", AcceptedVia: enrolment.ViaApp}
}

func (y *year) enrol(rows ...enrolment.Row) {
	y.t.Helper()
	_, problems := intaketest.File(y.t, y.d, y.clock.Now(), enrolment.Stage, enrolment.Take, rows...)
	intaketest.WantProblems(y.t, problems)
}

func (y *year) judge() {
	y.t.Helper()
	if _, err := deduction.JudgePending(y.t.Context(), y.d, y.clock, fee.DefaultPolicy, nil); err != nil {
		y.t.Fatal(err)
	}
}

// settle writes down, as history, all that was due before a day.
func (y *year) settle(before date.Date) {
	y.t.Helper()
	for range 200 {
		due := y.due(before.AddDays(-1))
		if len(due) == 0 {
			return
		}
		for _, c := range due {
			y.record(&c, c.on.At(0, 30), fee.Posted, deduction.GateNone)
		}
		y.judge()
	}
	y.t.Fatal("the history has no end")
}

// open is a charge that may be taken.
type openCharge struct {
	chargeKey
	sn, item string
	on       date.Date
	amount   money.Fen
	waits    bool
}

func (c *openCharge) name() string { return fmt.Sprintf("%s %s/%d", c.sn, c.item, c.cycle) }

// due lists the charges that are due by a day, the oldest of each fee.
func (y *year) due(by date.Date) (all []openCharge) {
	y.t.Helper()
	err := y.d.Query(y.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c openCharge
			var holds string
			if err := rows.Scan(&c.merchantID, &c.terminalID, &c.planID, &c.cycle, &c.sn, &c.item, &c.on, &c.amount, &holds); err != nil {
				return err
			}
			c.waits = strings.Contains(holds, "reported_gone")
			if i := len(all) - 1; i < 0 || all[i].terminalID != c.terminalID || all[i].planID != c.planID {
				all = append(all, c)
			}
			return nil
		})
	}, `
		select f.merchant_id, f.terminal_id, f.plan_id, f.cycle_index, t.sn, p.item, f.due_on, f.amount_fen, f.holds
		from forecasts f join terminals t on t.id = f.terminal_id join plans p on p.id = f.plan_id
		where f.due_on <= $1 order by f.terminal_id, f.plan_id, f.cycle_index`, by)
	if err != nil {
		y.t.Fatal(err)
	}
	return all
}

func (y *year) record(c *openCharge, at time.Time, state fee.State, gate deduction.Gate) {
	y.t.Helper()
	err := y.d.Write(y.t.Context(), func(tx *db.Tx) error {
		return deduction.Record(y.t.Context(), tx, y.clock.Now(), []deduction.Recorded{{
			MerchantID: c.merchantID, TerminalID: c.terminalID, SN: c.sn,
			Deduction: deduction.Deduction{
				ID: id.New("d", y.clock.Now()), Ref: fmt.Sprintf("%s on %s %s", c.name(), at, state), Item: fee.Item(c.item), PlanID: c.planID, Amount: c.amount,
				At: at.UTC(), PeriodFrom: c.on, State: state, Origin: fee.OriginCore, Gate: gate,
			},
		}})
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

// collect is the core system at half past midnight: it takes what is due, much of
// it on the day, some later, and some comes back at first. What was not announced
// in time it leaves for another night, as the gate would have it.
func (y *year) collect(today date.Date) {
	y.t.Helper()
	for _, c := range y.due(today) {
		late := 0
		switch (c.terminalID + 3*int64(c.cycle)) % 11 {
		case 7:
			late = 3
		case 8:
			late = 45
		case 9:
			late = 75
		}
		if c.waits || today < c.on.AddDays(late) {
			continue
		}
		if !y.isAnnounced(&c) {
			y.held++
			if first := y.known[fmt.Sprintf("%s %d", c.name(), c.amount)]; today.DaysSince(first) > InboxDays+2 {
				y.t.Errorf("%s: %s of %s, foreseen since %s, was not announced in time:\n\t%s", today, c.name(), c.on, first, strings.Join(y.noticesOf(&c), "\n\t"))
			}
			continue
		}
		if name := c.name(); (c.terminalID+int64(c.cycle))%13 == 4 && !y.failed[name] {
			y.failed[name] = true
			y.record(&c, y.clock.Now(), fee.Reversed, deduction.GateUngated)
			continue
		}
		y.taken[c.name()] = true
		y.record(&c, y.clock.Now(), fee.Posted, deduction.GateUngated)
	}
}

// noticesOf lists what was planned for a charge.
func (y *year) noticesOf(c *openCharge) []string {
	return slices.DeleteFunc(y.notices(), func(line string) bool { return !strings.Contains(line, fmt.Sprintf(" %d/%d ", c.terminalID, c.cycle)) })
}

// isAnnounced asks what the gate asks.
func (y *year) isAnnounced(c *openCharge) (is bool) {
	y.t.Helper()
	now := y.clock.Now()
	err := y.d.QueryRow(y.t.Context(), `
		select exists (select 1 from delivered_notices
			where terminal_id = $1 and plan_id = $2 and period_from = $3 and amount_fen >= $4 and delivered_at <= $5 and delivered_at >= $6)`,
		c.terminalID, c.planID, c.on, int64(c.amount), now.Add(-24*time.Hour), now.AddDate(0, 0, -60)).Scan(&is)
	if err != nil {
		y.t.Fatal(err)
	}
	return is
}

// work does what the jobs do, with text messages that arrive at once.
func (y *year) work() {
	y.t.Helper()
	n, err := deduction.CountPending(y.t.Context(), y.d)
	if err != nil {
		y.t.Fatal(err)
	}
	if n > 0 || y.clock.Now().In(date.Shanghai).Hour() == 0 {
		y.judge()
	}
	y.sketch.sweep(y.clock.Now())
	if y.gather(y.clock.Now(), postOf(SMS)) > 0 {
		y.exec(`update messages set state = 'delivered', accepted_at = $1, delivered_at = $1 where channel = 'sms' and state = 'queued'`, y.clock.Now())
	}
	if _, err := Count(y.t.Context(), y.d, y.clock); err != nil {
		y.t.Fatal(err)
	}
}

// look notes since when charges are foreseen as they are.
func (y *year) look(today date.Date) {
	y.t.Helper()
	now := map[string]bool{}
	for _, c := range y.due(today.AddDays(60)) {
		name := fmt.Sprintf("%s %d", c.name(), c.amount)
		now[name] = true
		if y.known[name].IsZero() || c.waits {
			y.known[name] = today
		}
	}
	for name := range y.known {
		if !now[name] {
			delete(y.known, name)
		}
	}
}

// happens is what else the year brings.
func (y *year) happens(today date.Date) {
	y.t.Helper()
	terminal := func(row merchant.TerminalRow) {
		_, problems := intaketest.File(y.t, y.d, y.clock.Now(), merchant.StageTerminals, merchant.TakeTerminals, row)
		intaketest.WantProblems(y.t, problems)
	}
	switch today.String() {
	case "2027-10-20": // a new terminal that pays for its first half year at once
		terminal(merchant.TerminalRow{SN: yearSN(1, 9), MerchantRef: "M1", ActivatedOn: today})
		y.enrol(accepted(yearSN(1, 9), "half", today, 1))
	case "2028-02-26": // the dearer price is accepted, for terminals that were told of the old one and others
		for m := 1; m <= 6; m++ {
			row := accepted(yearSN(m, 0), "yearly", date.MustParse(anchors[(m*3)%len(anchors)]), 2)
			row.AcceptedOn = today
			y.enrol(row)
		}
	case "2028-01-10": // a fee is stopped
		row := accepted(yearSN(2, 2), "monthly", date.MustParse(anchors[(2*3+2)%len(anchors)]), 1)
		row.CancelledOn = today.AddDays(3)
		y.enrol(row)
	case "2028-02-10": // a terminal is returned
		terminal(merchant.TerminalRow{SN: yearSN(4, 0), MerchantRef: "M4", ActivatedOn: date.MustParse(anchors[(4*3)%len(anchors)]), InactiveFrom: today, InactiveReason: merchant.Returned})
	case "2028-02-29": // one that begins on the leap day
		terminal(merchant.TerminalRow{SN: yearSN(5, 9), MerchantRef: "M5", ActivatedOn: today})
		y.enrol(accepted(yearSN(5, 9), "yearly", today, 2), accepted(yearSN(5, 9), "monthly", today, 1))
	case "2028-03-31": // choices are made anew
		y.exec(`update notice_preferences set leads = $1, updated_at = $2 where merchant_id = 1`, int64(LeadsOf(10, 2)), y.clock.Now())
		y.exec(`insert into notice_sweeps (kind, lead_days, swept_to) select 'upcoming', 10, $1 where true on conflict do nothing`, today.AddDays(10))
		y.exec(`insert into forecast_changes (terminal_id) select distinct terminal_id from forecasts where merchant_id = 1 on conflict do nothing`)
	}
}

func TestThroughAYearNothingIsTakenThatWasNotAnnounced(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes its time")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := newYear(t, d)
		for today := yearFrom.AddDays(-2); today < yearTo; today = today.AddDays(1) {
			for _, hour := range []int{0, 10, 22} {
				y.clock.MoveTo(today.At(hour, 10).UTC())
				if hour == 10 {
					y.happens(today)
				}
				y.work()
				y.look(today)
				if hour == 0 {
					y.clock.MoveTo(today.At(0, 30).UTC())
					y.collect(today)
				}
			}
			if t.Failed() {
				return
			}
		}
		y.judge()
		y.check()
	})
}

// check looks back over the year.
func (y *year) check() {
	t := y.t
	t.Helper()
	count := func(query string, args ...any) (n int) {
		t.Helper()
		if err := y.d.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	live := count(`select count(*) from bill_lines where gate = 2 and state = 'posted'`)
	if live < 300 || count(`select count(*) from bill_lines where gate = 2 and state = 'reversed'`) < 10 {
		t.Errorf("the year has %d deductions: too few to show anything", live)
	}
	if n := count(`select count(*) from bill_lines where gate = 2 and reasons like '%notice_missing%'`); n != 0 {
		t.Errorf("%d deductions were not announced in time", n)
	}
	if n := count(`
		select count(*) from bill_lines l where gate = 2 and not exists (
			select 1 from notices n where n.terminal_id = l.terminal_id and n.plan_id = l.plan_id and n.cycle = l.cycle_index and n.letter_id is not null
				and n.kind in ('upcoming', 'changed') and n.amount_fen = l.amount_fen)`); n != 0 {
		t.Errorf("%d deductions have no notice of their amount", n)
	}
	if n := count(`select count(*) from bill_lines l where gate = 2 and not exists (select 1 from notices n where n.ref = l.id and n.kind in ('taken', 'failed') and n.letter_id is not null)`); n != 0 {
		t.Errorf("of %d deductions nobody was told that they were taken or came back", n)
	}
	for _, day := range []string{"2028-02-29", "2027-09-30", "2027-11-30", "2027-12-31", "2028-04-30"} {
		if count(`select count(*) from bill_lines where gate = 2 and cycle_from = $1`, date.MustParse(day)) == 0 {
			t.Errorf("nothing was taken for a cycle from %s", day)
		}
	}
	for _, kind := range []Kind{Upcoming, Changed, CalledOff, Taken, Failed} {
		if count(`select count(*) from notices where kind = $1`, string(kind)) == 0 {
			t.Errorf("nothing was %s", kind)
		}
	}
	if n := count(`select count(*) from notices where kind = 'upcoming' and round > 1`); n == 0 {
		t.Error("nothing was told again, though some stayed open for long")
	}
	y.checkDays()
	t.Logf("%d deductions, %d letters, %d messages, %d nights on which something had to wait", live, count(`select count(*) from letters`), count(`select count(*) from messages`), y.held)
}

// checkDays looks whether the merchants were told on their days and at their
// hours.
func (y *year) checkDays() {
	y.t.Helper()
	preferences := yearPreferences()
	perDay := map[string]int{}
	err := y.d.Query(y.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var kind, charge string
			var due date.Date
			var notBefore, at time.Time
			if err := rows.Scan(&merchantID, &kind, &charge, &due, &notBefore, &at); err != nil {
				return err
			}
			p := &preferences[merchantID-1]
			local := at.In(date.Shanghai)
			if p.isQuiet(local.Hour()*60+local.Minute()) && !p.InboxOnly() && !at.Before(p.lastMoment(due, fee.DefaultPolicy)) {
				y.t.Errorf("merchant %d was told of %s at %s", merchantID, charge, local)
			}
			if at.Before(notBefore) {
				y.t.Errorf("merchant %d was told of %s at %s, before %s", merchantID, charge, at, notBefore)
			}
			if Kind(kind) == Upcoming {
				key := charge + " " + date.Of(at).String()
				perDay[key]++
				if perDay[key] > 1 {
					y.t.Errorf("merchant %d was told twice of %s", merchantID, key)
				}
			}
			return nil
		})
	}, `
		select n.merchant_id, n.kind, cast(n.terminal_id as text) || ' ' || cast(n.plan_id as text) || '/' || cast(n.cycle as text),
			n.due_on, n.not_before, l.created_at
		from notices n join letters l on l.id = n.letter_id
		where n.kind in ('upcoming', 'changed', 'called_off')`)
	if err != nil {
		y.t.Fatal(err)
	}
	// Of what was foreseen for long, each lead was told on its very day.
	var missed []string
	err = y.d.Query(y.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var sn string
			var on date.Date
			err := rows.Scan(&sn, &on)
			missed = append(missed, sn+" "+on.String())
			return err
		})
	}, `
		select t.sn, l.cycle_from from bill_lines l join terminals t on t.id = l.terminal_id
		where l.gate = 2 and l.state = 'posted' and l.merchant_id in (5, 6, 7) and l.cycle_from > $1 and l.cycle_from < $2 and t.activated_on < $3 and (
			select count(distinct n.lead_days) from notices n
			where n.terminal_id = l.terminal_id and n.plan_id = l.plan_id and n.cycle = l.cycle_index and n.kind = 'upcoming' and n.round = 1 and n.lead_days in (7, 1)
				and n.due_on = l.cycle_from) <> 2`, yearFrom.AddDays(8), yearTo, yearFrom)
	if err != nil || len(missed) > 0 {
		slices.Sort(missed)
		y.t.Errorf("not told 7 days and 1 day ahead: %v, %v", missed, err)
	}
}
