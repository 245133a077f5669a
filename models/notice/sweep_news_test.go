package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestADeductionIsToldWhenItIsTakenAndEachTimeSomethingIsGivenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		at := sunday.At(9, 0).UTC()
		s.exec(`insert into bill_lines (merchant_id, id, terminal_id, kind, item, plan_id, at, on_date, seq, amount_fen, refunded_fen, state, origin, decision, reasons,
			expected_fen, version, cycle_index, cycle_from, cycle_to, settles, judged_at, rules)
			values (1, 'd_1', 101, 'deduction', 'sim_data', 1, $1, $2, 1, 3600, 0, 'posted', 'core', 'allow', '', 3600, 1, 2, $2, $3, true, $1, '1')`, at, sunday, sunday.AddDays(364))
		news := func(state string) {
			s.exec(`insert into deduction_news (deduction_id, state, merchant_id, terminal_id, at) values ('d_1', $1, 1, 101, $2) on conflict do nothing`, state, at)
		}
		news("posted")
		s.exec(`insert into judge_pending (terminal_id, since) values (101, $1)`, sunday)
		s.sweep(sunday.At(9, 1)) // its bill is still to be made
		var waiting int
		if err := d.QueryRow(t.Context(), `select count(*) from notices`).Scan(&waiting); err != nil || waiting != 0 {
			t.Errorf("%d notices before it was judged, %v", waiting, err)
		}
		s.exec(`delete from judge_pending`)
		s.sweep(sunday.At(9, 2))
		for i, refunded := range []int{1000, 1000, 3600} {
			s.exec(`update bill_lines set refunded_fen = $1 where id = 'd_1'`, refunded)
			news("refunded")
			s.sweep(sunday.At(10+i, 0))
		}
		var got []string
		err := d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var kind string
				var round, amount int
				err := rows.Scan(&kind, &round, &amount)
				got = append(got, fmt.Sprintf("%s %d: %d", kind, round, amount))
				return err
			})
		}, `select kind, round, amount_fen from notices order by planned_at`)
		if want := []string{"taken 1: 3600", "refunded 1: 1000", "refunded 2: 2600"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		s.gather(sunday.At(13, 0), postOf(SMS))
		if got := s.messages(); len(got) != 4 || got[2] != "inbox accepted: 面馆 1 taken  to the inbox, 1 lines, 3600 fen; 820000000101 前台 sim_data/2 2026-11-22–2027-11-21 3600" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAMerchantIsToldWhoMaySeeItsAccountFromThenOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 2, 1)
		at := sunday.At(22, 0).UTC()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i, action := range []string{"membership.add", "membership.role", "session.start", "membership.end"} {
				err := audit.Write(t.Context(), tx, audit.Entry{
					At: at.Add(time.Duration(i) * time.Second), Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, MerchantID: 1, Action: action, Subject: "u_2",
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for minute := range 3 {
			s.sweep(at.Add(time.Duration(minute+1) * time.Minute))
		}
		var got []string
		err = d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var merchantID int64
				var kind, ref string
				err := rows.Scan(&merchantID, &kind, &ref)
				step, _, _ := strings.Cut(ref, " ")
				got = append(got, fmt.Sprintf("%d %s %s", merchantID, kind, step))
				return err
			})
		}, `select merchant_id, kind, ref from notices order by ref`)
		if want := []string{"1 security invitation", "1 security member_role", "1 security membership_ends"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		if n := s.gather(at.Add(3*time.Minute), postOf(SMS)); n != 1 {
			t.Errorf("wrote %d letters in the quiet hours, want 1 at once", n)
		}
	})
}
