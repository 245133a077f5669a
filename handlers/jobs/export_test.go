package jobs_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/jobs"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/export"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestTheJobMakesWhatWasAskedForInTheLanguageOfWhoAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, at := t.Context(), clock.At(time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(ingesttest.TakeSample(ctx, d, at.Now()))
		plans, err := disclosure.Load(ctx, d)
		must(err)
		store, err := file.OpenFolder(t.TempDir())
		must(err)
		t.Cleanup(func() { _ = store.Close() })
		log := slog.New(slog.DiscardHandler)
		inserts, err := event.Open(ctx, d, event.Config{Logger: log})
		must(err)
		t.Cleanup(inserts.Close)
		accounts, err := account.New(account.Options{DB: d, Clock: clock.System{}, Jobs: inserts, Secret: make([]byte, 32)})
		must(err)
		exports := export.New(export.Options{DB: d, Clock: clock.System{}, Files: store, Jobs: inserts})

		asked := map[string]struct {
			who account.Who
			id  string
		}{}
		for locale, ref := range map[string]string{"zh-CN": "M1001", "en": "M1002"} {
			who := account.Who{Visit: account.Visit{Locale: locale}}
			must(d.QueryRow(ctx, `
				select m.id, x.user_id from merchants m join memberships x on x.merchant_id = m.id where m.ref = $1 and x.role = 'owner' order by 2 limit 1`, ref).
				Scan(&who.MerchantID, &who.UserID))
			began, err := accounts.StartSession(ctx, who.UserID, "test", account.Browser{TokenHash: []byte(ref), Visit: account.Visit{DeviceHash: []byte(ref)}})
			must(err)
			who.SessionID = began.SessionID
			id, err := exports.Ask(ctx, who)
			must(err)
			one := asked[locale]
			one.who, one.id = who, id
			asked[locale] = one
		}
		workers, periodic := jobs.Workers(jobs.Options{
			DB: d, Clock: clock.System{}, Accounts: accounts, Log: log, Exports: exports, Plans: func() *disclosure.Plans { return plans },
		})
		queue, err := event.Open(ctx, d, event.Config{Workers: workers, Periodic: periodic, Logger: log})
		must(err)
		t.Cleanup(queue.Close)
		must(queue.Start(context.WithoutCancel(ctx)))
		defer func() {
			until, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			defer cancel()
			must(queue.Stop(until))
		}()
		for locale, one := range asked {
			var fetched *export.Fetched
			until(t, "the export in "+locale+" is ready", func() bool {
				fetched, err = exports.Fetch(ctx, one.who, one.id)
				return err == nil
			})
			var b bytes.Buffer
			must(fetched.Write(ctx, &b))
			says(t, i18n.For(i18n.Locale(locale)), b.Bytes())
		}
	})
}

// says checks that the README of an export says what each of its files is, with
// every column, and that the lines of the bill come with words.
func says(t *testing.T, p *i18n.Printer, archive []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(content)
	}
	readme := texts[export.ReadmeName]
	for i := range export.Tables {
		table := &export.Tables[i]
		_, part, found := strings.Cut(readme, "\r\n"+table.Sheet()+", "+table.File()+"\r\n")
		part, _, _ = strings.Cut(part, "\r\n\r\n")
		meaning, columns, _ := strings.Cut(part, "\r\n")
		if !found || meaning == "" || strings.Count(columns, "\r\n")+1 < len(table.Columns) {
			t.Errorf("the README says of %s %q", table.Name, part)
		}
		heads, _, _ := strings.Cut(strings.TrimPrefix(texts[table.Sheet()], "\ufeff"), "\r\n")
		if strings.Contains(heads, "data_export") || strings.Contains(heads, ",,") {
			t.Errorf("a column of %s has no words: %s", table.Name, heads)
		}
	}
	if strings.Contains(readme, "data_export") {
		t.Errorf("words are missing in the README")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(texts["csv/deductions.csv"], "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 10 {
		t.Fatalf("got %d lines of the bill, %v", len(rows), err)
	}
	const decision, check, words = 21, 23, 24
	wrong := 0
	for _, row := range rows[1:] {
		if row[check] == "" || row[decision] != "allow" && row[words] == "" {
			t.Errorf("a line of the bill does not say how it came out, or why: %q", row)
		}
		if row[decision] != "allow" {
			wrong++
		}
	}
	if p.Locale() == i18n.ZhCN && wrong == 0 {
		t.Error("no line of the bill is wrong: the sample has some")
	}
}
