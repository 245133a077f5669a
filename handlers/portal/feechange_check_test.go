package portal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
	"github.com/mingbai/mingbai/models/money"
)

// asked is a terminal that a rise asks for, with what is foreseen of it.
type asked struct {
	merchant, sn, anchor string
	due                  date.Date
	amount               money.Fen
	version              int
}

func (s *merchantSite) asked(t *testing.T) (all []asked) {
	t.Helper()
	err := s.db.Query(t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a asked
			var anchor date.Date
			err := rows.Scan(&a.merchant, &a.sn, &anchor, &a.due, &a.amount, &a.version)
			a.anchor = anchor.String()
			all = append(all, a)
			return err
		})
	}, `
		select m.ref, t.sn, e.anchor_on, f.due_on, f.amount_fen, f.version
		from fee_change_terminals x join enrolments e on e.id = x.enrolment_id join terminals t on t.id = x.terminal_id join merchants m on m.id = x.merchant_id
		join forecasts f on f.terminal_id = x.terminal_id and f.plan_id = e.plan_id and f.due_on = (
			select min(g.due_on) from forecasts g where g.terminal_id = x.terminal_id and g.plan_id = e.plan_id and g.due_on >= '2026-12-10')
		order by t.sn`)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHalfTheMerchantsAcceptAndForecastPageAndCheckSayTheSame(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	path := s.changeOf(t, "M1002")
	s.as(t, "M1002", account.Owner).Get(path).Form(path+"/accept").Tick("terminal", yearlyOfM1002).Press("同意新价格")
	s.moveTo(t, "2026-11-22")
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(ingesttest.Folder)); err != nil {
		t.Fatal(err)
	}
	add := func(file, row string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(folder, file), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = fmt.Fprintln(f, row)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	all, kept, risen := s.asked(t), 0, 0
	for _, a := range all {
		if a.merchant == "M1002" {
			add("enrolments.csv", a.sn+",sim-annual-36,"+a.anchor+",2,2026-11-22,周,portal,")
		}
		add("deductions.csv", "T"+a.sn+","+a.sn+",sim_data,sim-annual-36,45.00,"+a.due.String()+"T12:00:00+08:00,"+a.due.String()+",posted,core,,,")
		if a.version == 2 {
			risen++
		} else {
			kept++
		}
	}
	if kept == 0 || risen == 0 {
		t.Fatalf("%d at the old price, %d at the new; want both", kept, risen)
	}
	read, err := ingest.ReadFolder(folder, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	judged, err := ingest.Check(read)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, a := range all {
		for i := range judged {
			j := &judged[i]
			if j.Ref != "T"+a.sn {
				continue
			}
			found++
			if j.Expected != a.amount || j.Version == nil || *j.Version != a.version {
				t.Errorf("%s of %s: the check expects %v, the forecast %v by version %d", a.sn, a.merchant, j.Expected, a.amount, a.version)
			}
		}
		says := map[int]string{1: "每年 ¥36.00", 2: "每年 ¥45.00"}[a.version]
		page := s.as(t, a.merchant, account.Viewer).Get(s.changeOf(t, a.merchant))
		page.Says(says + map[int]string{1: "还没回答", 2: "同意了"}[a.version])
	}
	if found != len(all) {
		t.Errorf("the check knows %d of %d deductions", found, len(all))
	}
}
