package disclosure

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

var morning = date.MustParse("2026-11-22").At(8, 0)

// fees is a disclosure with two versions; the second raises the first of its
// two plans.
func fees() Existing {
	price := fee.Price{Kind: fee.Recurring, Amount: 3600, CycleMonths: 12, FreeDays: 30, Idle: fee.Accrue}
	dearer := price
	dearer.Amount = 4500
	first, second := date.MustParse("2023-03-01"), date.MustParse("2026-11-05")
	return Existing{
		Line: 3, Slug: "terminal-fees", Title: Text{"终端收费公示", "Terminal fees"},
		Versions: []ExistingVersion{
			{Line: 6, Number: 1, PublishedOn: first, EffectiveOn: first.AddDays(31)},
			{Line: 7, Number: 2, PublishedOn: second, EffectiveOn: second.AddDays(35), DisclosureDays: new(35)},
		},
		Plans: []ExistingPlan{
			{
				Line: 9, Lines: []int{18, 19}, StatedBy: []int{1, 2},
				Terms: Terms{Title: Text{"流量卡费", "SIM data"}, Clause: "3", Stop: Text{"在终端页停用", "stop it on the terminal's page"}},
				Plan: fee.Plan{Code: "sim-annual-36", Item: fee.SimData, Versions: []fee.Version{
					{Number: 1, PublishedOn: first, EffectiveOn: first.AddDays(31), Price: price},
					{Number: 2, PublishedOn: second, EffectiveOn: second.AddDays(35), DisclosureDays: new(35), Price: dearer},
				}},
			},
			{
				Line: 20, Lines: []int{30}, StatedBy: []int{1},
				Terms: Terms{Title: Text{"刷卡手续费", "Card fee"}, Clause: "1"},
				Plan: fee.Plan{Code: "card-060", Item: fee.Transaction, Method: fee.Card, Cap12m: 500, Versions: []fee.Version{
					{Number: 1, PublishedOn: first, EffectiveOn: first.AddDays(31), Price: fee.Price{Kind: fee.PerSale, Rate: 6000, Cap: 2000}},
				}},
			},
		},
	}
}

// published cuts fees down to what its first version said.
func published() Existing {
	d := fees()
	d.Versions = d.Versions[:1]
	p := &d.Plans[0]
	p.Versions, p.Lines, p.StatedBy = p.Versions[:1], p.Lines[:1], p.StatedBy[:1]
	return d
}

func takeOver(t *testing.T, d *db.DB, now time.Time, existing ...Existing) (taken intake.Taken, problems intake.Problems) {
	t.Helper()
	refused := errors.New("refused")
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		if err := intake.Begin(t.Context(), tx); err != nil {
			return err
		}
		if taken, problems, err = TakeOver(t.Context(), tx, existing, now); err != nil {
			return err
		}
		if problems.Found() {
			return refused
		}
		_, err = tx.Exec(t.Context(), "insert into judge_pending select terminal_id, since from ("+intake.Touched+") touched where true on conflict do nothing")
		return err
	})
	if err != nil && !errors.Is(err, refused) {
		t.Fatal(err)
	}
	return taken, problems
}

func TestWhatIsTakenOverReadsBackAsItWasHandedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		taken, problems := takeOver(t, d, morning, fees())
		intaketest.Want(t, taken, problems, 5, 0, 0)
		plans, err := Load(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range fees().Plans {
			got := plans.ByCode(want.Code)
			if got == nil {
				t.Fatalf("plan %s is not there", want.Code)
			}
			for i := range want.Versions {
				v := &want.Versions[i]
				if !got.says(v, want.StatedBy[i], &want.Terms) {
					t.Errorf("version %d of %s reads back as %+v", v.Number, want.Code, got.Published(v.Number))
				}
				days := 31 // what the policy says today
				if v.DisclosureDays != nil {
					days = *v.DisclosureDays
				}
				if back := got.Fee.Version(v.Number); *back.DisclosureDays != days || back.PublishedOn != v.PublishedOn || back.EffectiveOn != v.EffectiveOn {
					t.Errorf("version %d of %s reads back as %+v, %d days", v.Number, want.Code, back, *back.DisclosureDays)
				}
			}
			if got.Fee.Item != want.Item || got.Fee.Method != want.Method || got.Fee.Cap12m != want.Cap12m {
				t.Errorf("plan %s reads back as %+v", want.Code, got.Fee)
			}
		}
		intaketest.WantTexts(t, d, `select version || ' ' || disclosure_days from disclosure_versions where taken_over order by version`, "1 31", "2 35")
	})
}

func TestTakingOverTheSameAgainChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		takeOver(t, d, morning, fees())
		const everything = `select content_hash || created_at from disclosure_versions union all select code || id from plans union all select version || ' ' || id from plan_versions order by 1`
		before := intaketest.Texts(t, d, everything)
		intaketest.Exec(t, d, `insert into policies (version, notice_hours, notice_max_days, disclosure_days, in_force_from, set_by) values (1, 24, 60, 45, '2020-01-01 00:00:00+00:00', 'u_1')`)
		reordered := fees()
		reordered.Plans[0], reordered.Plans[1] = reordered.Plans[1], reordered.Plans[0]
		taken, problems := takeOver(t, d, morning.Add(time.Hour), reordered)
		intaketest.Want(t, taken, problems, 0, 0, 5)
		intaketest.WantTexts(t, d, everything, before...)
	})
}

func TestANewVersionIsAddedAndItsTerminalsAreJudgedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		taken, problems := takeOver(t, d, morning, published())
		intaketest.Want(t, taken, problems, 3, 0, 0)
		intaketest.Exec(t, d,
			`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (3, 'M3', '老街面馆', '', '', '', '2024-12-01', '2025-01-01 00:00:00+00:00')`,
			`insert into shops (id, merchant_id, name) values (1, 3, '总店')`,
			`insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
				values (7, 3, 1, '820000018093', '', '', '', '', '', '', '2025-01-01 00:00:00+00:00'), (8, 3, 1, '820000020734', '', '', '', '', '', '', '2025-01-01 00:00:00+00:00')`,
			`insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on)
				select 3, case code when 'sim-annual-36' then 7 else 8 end, id, '2025-01-01' from plans`)
		taken, problems = takeOver(t, d, morning.Add(time.Hour), fees())
		intaketest.Want(t, taken, problems, 2, 0, 3)
		intaketest.WantTexts(t, d, `select terminal_id || ' ' || since from judge_pending`, "7 0001-01-01")
	})
}

func TestWhatIsPublishedIsNeverAltered(t *testing.T) {
	d := dbtest.SQLite(t)
	takeOver(t, d, morning, published())
	const all = `select d.title || p.code || p.item || p.cap_12m_fen || v.texts || v.amount_fen || dv.content_hash
		from plan_versions v join plans p on p.id = v.plan_id join disclosure_versions dv on dv.id = v.disclosure_version_id join disclosures d on d.id = p.disclosure_id order by 1`
	before := intaketest.Texts(t, d, all)
	for name, c := range map[string]struct {
		change func(*Existing)
		want   string
	}{
		"title":          {func(d *Existing) { d.Title.En = "Fees" }, `3 disclosures[1].title "终端收费公示" import.stored.published`},
		"published_on":   {func(d *Existing) { d.Versions[0].PublishedOn++ }, `6 disclosures[1].versions[1] "1" import.stored.published`},
		"effective_on":   {func(d *Existing) { d.Versions[0].EffectiveOn++ }, `6 disclosures[1].versions[1] "1" import.stored.published`},
		"lead":           {func(d *Existing) { d.Versions[0].DisclosureDays = new(7) }, `6 disclosures[1].versions[1] "1" import.stored.published`},
		"item":           {func(d *Existing) { d.Plans[0].Item = fee.Service }, `9 disclosures[1].plans[1] "sim-annual-36" import.stored.published`},
		"method":         {func(d *Existing) { d.Plans[1].Method = fee.QR }, `20 disclosures[1].plans[2] "card-060" import.stored.published`},
		"ceiling":        {func(d *Existing) { d.Plans[0].Cap12m = 1 }, `9 disclosures[1].plans[1] "sim-annual-36" import.stored.published`},
		"amount":         {func(d *Existing) { d.Plans[0].Versions[0].Price.Amount = 1 }, `18 disclosures[1].plans[1].versions[1] "1" import.stored.published`},
		"words":          {func(d *Existing) { d.Plans[0].Terms.Stop.En = "call us" }, `18 disclosures[1].plans[1].versions[1] "1" import.stored.published`},
		"new statement":  {func(d *Existing) { addVersion(&d.Plans[0], 1, 12) }, `99 disclosures[1].plans[1].versions[2].disclosure_version "1" import.stored.published`},
		"new plan":       {func(d *Existing) { d.Plans[0].Code = "sim-annual-40" }, `18 disclosures[1].plans[1].versions[1].disclosure_version "1" import.stored.published`},
		"other slug":     {func(d *Existing) { d.Slug = "card-fees" }, `9 disclosures[1].plans[1].code "sim-annual-36" import.stored.other_disclosure`},
		"another cycle":  {func(d *Existing) { addDisclosureVersion(d); addVersion(&d.Plans[0], 2, 6) }, `9 disclosures[1].plans[1].versions "" import.plans.shape`},
		"a sound change": {func(d *Existing) { addDisclosureVersion(d); addVersion(&d.Plans[0], 2, 12) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			existing := published()
			c.change(&existing)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if err := intake.Begin(t.Context(), tx); err != nil {
					return err
				}
				_, problems, err := TakeOver(t.Context(), tx, []Existing{existing}, morning)
				if err != nil {
					return err
				}
				got := ""
				if problems.Found() {
					p := problems.List[0]
					got = fmt.Sprintf("%d %s %q %s", p.Line, p.Column, p.Value, p.Key)
				}
				if got != c.want {
					t.Errorf("got the problem %s\nwant            %s", got, c.want)
				}
				return errors.New("undone")
			})
			if err == nil || err.Error() != "undone" {
				t.Fatal(err)
			}
			intaketest.WantTexts(t, d, all, before...)
		})
	}
}

func addDisclosureVersion(d *Existing) {
	d.Versions = append(d.Versions, ExistingVersion{Line: 7, Number: 2, PublishedOn: date.MustParse("2026-11-05"), EffectiveOn: date.MustParse("2026-12-10")})
}

// addVersion adds a second version that costs 45 yuan each so many months.
func addVersion(p *ExistingPlan, statedBy, months int) {
	p.Versions = append(p.Versions, fee.Version{
		Number: 2, PublishedOn: date.MustParse("2026-11-05"), EffectiveOn: date.MustParse("2026-12-10"),
		Price: fee.Price{Kind: fee.Recurring, Amount: 4500, CycleMonths: months, FreeDays: 30, Idle: fee.Accrue},
	})
	p.Lines, p.StatedBy = append(p.Lines, 99), append(p.StatedBy, statedBy)
}

func TestTheHashTellsAnyTwoVersionsApart(t *testing.T) {
	hash := func(d Existing) string {
		h, err := contentHash(&d, d.Versions[0], 31)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	seen := map[string]string{hash(fees()): "as it is"}
	for name, change := range map[string]func(*Existing){
		"slug":    func(d *Existing) { d.Slug = "x" },
		"title":   func(d *Existing) { d.Title.ZhCN = "x" },
		"date":    func(d *Existing) { d.Versions[0].EffectiveOn++ },
		"code":    func(d *Existing) { d.Plans[0].Code = "x" },
		"price":   func(d *Existing) { d.Plans[0].Versions[0].Price.FreeDays = 29 },
		"cap":     func(d *Existing) { d.Plans[1].Versions[0].Price.Cap = 0 },
		"ceiling": func(d *Existing) { d.Plans[0].Cap12m = 1 },
		"words":   func(d *Existing) { d.Plans[1].Terms.Refund.En = "x" },
		"plan":    func(d *Existing) { d.Plans = d.Plans[:1] },
	} {
		d := fees()
		change(&d)
		h := hash(d)
		if other, taken := seen[h]; taken {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[h] = name
	}
	reordered, later := fees(), fees()
	reordered.Plans[0], reordered.Plans[1] = reordered.Plans[1], reordered.Plans[0]
	later.Plans[0].Versions[1].Price.Amount++ // of the second version
	for _, d := range []Existing{reordered, later} {
		if seen[hash(d)] != "as it is" {
			t.Error("what the version does not state, or the order of its plans, changes its hash")
		}
	}
}
