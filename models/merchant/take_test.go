package merchant

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
)

// morning and evening are the moments of two imports.
var (
	morning = date.MustParse("2026-11-22").At(8, 0)
	evening = date.MustParse("2026-11-22").At(20, 0)
)

func takeMerchantRows(t *testing.T, d *db.DB, now time.Time, rows ...Row) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, StageMerchants, TakeMerchants, rows...)
}

func takeTerminalRows(t *testing.T, d *db.DB, now time.Time, rows ...TerminalRow) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, StageTerminals, TakeTerminals, rows...)
}

func takeUsageRows(t *testing.T, d *db.DB, now time.Time, rows ...UsageRow) (intake.Taken, intake.Problems) {
	t.Helper()
	return intaketest.File(t, d, now, StageUsage, TakeUsage, rows...)
}

// noodles and fruit are two merchants, with a terminal each.
var (
	noodles    = Row{Ref: "M1", Name: "老街面馆", Contact: "周老板", Phone: "13800006621", OpenedOn: date.MustParse("2024-06-24")}
	fruit      = Row{Ref: "M2", Name: "青禾水果", OpenedOn: date.MustParse("2024-05-18")}
	noodlesPOS = TerminalRow{SN: "820000018093", MerchantRef: "M1", Shop: "总店", Alias: "前台", ActivatedOn: date.MustParse("2024-06-26")}
	fruitPOS   = TerminalRow{SN: "820000032929", MerchantRef: "M2"}
)

func furnish(t *testing.T, d *db.DB) {
	t.Helper()
	takeMerchantRows(t, d, morning, noodles, fruit)
	taken, problems := takeTerminalRows(t, d, morning, noodlesPOS, fruitPOS)
	intaketest.Want(t, taken, problems, 2, 0, 0)
	intaketest.Exec(t, d, `delete from judge_pending`)
}

// pending are the terminals to be judged again, with the day.
const pending = `select t.sn || ' ' || p.since from judge_pending p join terminals t on t.id = p.terminal_id order by t.sn`

func TestMerchantsAreAddedThenChangedAndLeftAloneWhereNothingIsNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		taken, problems := takeMerchantRows(t, d, morning, noodles, fruit)
		intaketest.Want(t, taken, problems, 2, 0, 0)
		renamed := noodles
		renamed.Name = "老街面馆（新店）"
		taken, problems = takeMerchantRows(t, d, evening, fruit, renamed)
		intaketest.Want(t, taken, problems, 0, 1, 1)
		intaketest.WantTexts(t, d, `select ref || ' ' || name from merchants where updated_at = (select max(updated_at) from merchants)`, "M1 老街面馆（新店）")
	})
}

func TestOfSeveralRowsAboutOneMerchantTheLastOneCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first, second := noodles, noodles
		first.Contact, second.Contact = "李老板", "陈老板"
		taken, problems := takeMerchantRows(t, d, morning, first, fruit, second)
		intaketest.Want(t, taken, problems, 2, 0, 1)
		intaketest.WantTexts(t, d, `select contact from merchants where ref = 'M1'`, "陈老板")
	})
}

func TestAllTerminalsOfAMerchantAreJudgedAgainWhenItsClosingDateChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		renamed := fruit
		renamed.Name = "青禾水果店"
		closed := noodles
		closed.ClosedOn = date.MustParse("2026-10-01")
		taken, problems := takeMerchantRows(t, d, evening, renamed, closed)
		intaketest.Want(t, taken, problems, 0, 2, 0)
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")

		intaketest.Exec(t, d, `delete from judge_pending`)
		takeMerchantRows(t, d, evening, noodles)
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")
		intaketest.WantTexts(t, d, `select cast(closed_on as text) from merchants where ref = 'M1'`, "")
	})
}

func TestTerminalsAreAddedWithTheirShopsThenChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.WantTexts(t, d, `select t.sn || ' ' || s.name from terminals t join shops s on s.id = t.shop_id order by t.sn`,
			"820000018093 总店", "820000032929 青禾水果")
		returned := noodlesPOS
		returned.Shop, returned.InactiveFrom, returned.InactiveReason = "分店", date.MustParse("2026-08-01"), Returned
		taken, problems := takeTerminalRows(t, d, evening, returned, fruitPOS)
		intaketest.Want(t, taken, problems, 0, 1, 1)
		intaketest.WantTexts(t, d, `select s.name || ' ' || t.inactive_from || ' ' || t.inactive_reason from terminals t join shops s on s.id = t.shop_id where t.sn = '820000018093'`,
			"分店 2026-08-01 returned")
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")
	})
}

func TestATerminalsOwnNameAndTheMerchantsReportOutliveAnImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.Exec(t, d, `update terminals set own_alias = '门口那台', reported_gone_on = '2026-11-01' where sn = '820000018093'`)
		moved := noodlesPOS
		moved.Alias = "收银台"
		takeTerminalRows(t, d, evening, moved)
		intaketest.WantTexts(t, d, `select alias || ' ' || own_alias || ' ' || reported_gone_on from terminals where sn = '820000018093'`, "收银台 门口那台 2026-11-01")
	})
}

func TestATerminalNeedsItsMerchantAndTheOneItReplaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		unknown := TerminalRow{SN: "1", MerchantRef: "M9"}
		replaces := TerminalRow{SN: "2", MerchantRef: "M1", ReplacesSN: "404"}
		others := TerminalRow{SN: "3", MerchantRef: "M1", ReplacesSN: "820000032929"}
		inFile := TerminalRow{SN: "4", MerchantRef: "M1", ReplacesSN: "5"}
		_, problems := takeTerminalRows(t, d, evening, unknown, replaces, others, inFile, TerminalRow{SN: "5", MerchantRef: "M1"})
		intaketest.WantProblems(t, problems,
			`2 merchant_ref "M9" import.reference.merchant`,
			`3 replaces_sn "404" import.reference.terminal`,
			`4 replaces_sn "820000032929" import.reference.other_merchant`)
		intaketest.WantTexts(t, d, `select sn from terminals order by sn`, "820000018093", "820000032929")
	})
}

func TestATerminalMovesToAnotherMerchantOnlyWithoutAHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		used := UsageRow{SN: noodlesPOS.SN, On: date.MustParse("2026-11-21"), UsedMB: 7}
		taken, problems := takeUsageRows(t, d, morning, used)
		intaketest.Want(t, taken, problems, 1, 0, 0)
		a, b := noodlesPOS, fruitPOS
		a.MerchantRef = "M2"
		_, problems = takeTerminalRows(t, d, evening, b, a)
		intaketest.WantProblems(t, problems, `3 merchant_ref "M2" import.stored.other_merchant`)

		b.MerchantRef = "M1"
		taken, problems = takeTerminalRows(t, d, evening, b)
		intaketest.Want(t, taken, problems, 0, 1, 0)
		intaketest.WantTexts(t, d, `select m.ref || ' ' || s.name || ' ' || s.merchant_id from terminals t join merchants m on m.id = t.merchant_id join shops s on s.id = t.shop_id and s.merchant_id = m.id where t.sn = '820000032929'`,
			intaketest.Texts(t, d, `select ref || ' ' || name || ' ' || id from merchants where ref = 'M1'`)...)
	})
}

func TestATerminalIsJudgedAgainWithTheOneItReplaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		later := TerminalRow{SN: "830000000001", MerchantRef: "M1", ReplacesSN: noodlesPOS.SN}
		takeTerminalRows(t, d, morning, later)
		intaketest.Exec(t, d, `delete from judge_pending`)
		returned := noodlesPOS
		returned.InactiveFrom, returned.InactiveReason = date.MustParse("2026-08-01"), Returned
		takeTerminalRows(t, d, evening, returned)
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01", "830000000001 0001-01-01")
	})
}

func TestUsageIsAddedThenChangedAndLeftAloneWhereNothingIsNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		day := func(on string, used int64) UsageRow {
			return UsageRow{SN: noodlesPOS.SN, On: date.MustParse(on), UsedMB: used, AllowanceMB: new(int64(100))}
		}
		taken, problems := takeUsageRows(t, d, morning, day("2026-11-20", 5), day("2026-11-21", 7))
		intaketest.Want(t, taken, problems, 2, 0, 0)
		known := day("2026-11-21", 7)
		known.Balance = new(money.Fen(1250))
		taken, problems = takeUsageRows(t, d, evening, day("2026-11-20", 5), known, day("2026-11-22", 1), day("2026-11-22", 2))
		intaketest.Want(t, taken, problems, 1, 2, 1)
		intaketest.WantTexts(t, d, `select used_on || ' ' || used_mb || ' ' || coalesce(balance_fen, -1) from sim_usage order by used_on`,
			"2026-11-20 5 -1", "2026-11-21 7 1250", "2026-11-22 2 -1")
	})
}

func TestUsageOfAnUnknownTerminalIsRefusedWithItsLine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		on := date.MustParse("2026-11-21")
		_, problems := takeUsageRows(t, d, morning, UsageRow{SN: noodlesPOS.SN, On: on}, UsageRow{SN: "404", On: on})
		intaketest.WantProblems(t, problems, `3 sn "404" import.reference.terminal`)
		intaketest.WantTexts(t, d, `select cast(count(*) as text) from sim_usage`, "0")
	})
}

func TestARegionThatIsNotSaidStaysAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		placed := noodles
		placed.Region = "上海"
		takeMerchantRows(t, d, morning, placed, fruit)
		taken, problems := takeMerchantRows(t, d, evening, noodles, fruit)
		intaketest.Want(t, taken, problems, 0, 0, 2)
		intaketest.WantTexts(t, d, `select region from merchants order by ref`, "上海", "")
		placed.Region = "杭州"
		taken, problems = takeMerchantRows(t, d, evening, placed)
		intaketest.Want(t, taken, problems, 0, 1, 0)
		intaketest.WantTexts(t, d, `select region from merchants order by ref`, "杭州", "")
	})
}

func TestNewsOfASIMIsNotTakenBeforeWhatIsNewIsCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		intaketest.Exec(t, d, `insert into usage_news (terminal_id) select id from terminals where sn = '820000018093'`)
		take := func() (n int) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				ids, err := TakeUsageNews(t.Context(), tx, 10)
				n = len(ids)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		early, taken := make(chan int, 1), 0
		var isEarly bool
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := intake.Begin(t.Context(), tx); err != nil {
				return err
			}
			staged, err := StageUsage(t.Context(), tx, intaketest.Rows(UsageRow{SN: "820000018093", On: date.Of(morning), UsedMB: 9}))
			if err != nil {
				return err
			}
			if _, _, err := TakeUsage(t.Context(), tx, staged, morning); err != nil {
				return err
			}
			go func() { early <- take() }()
			select {
			case <-early:
				isEarly = true
			case <-time.After(200 * time.Millisecond): // it waits for this transaction, as all do in SQLite
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !isEarly {
			taken = <-early
		}
		if taken += take(); taken != 1 {
			t.Errorf("news of %d terminals is taken once what was used can be seen, want 1", taken)
		}
	})
}
