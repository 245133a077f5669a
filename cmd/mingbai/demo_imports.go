package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

// badUsage is a file with three rows that can't be taken in.
const badUsage = `sn,date,used_mb,allowance_mb,balance
820201862730,2026-13-01,12,100,
820201862730,2026-11-01,-3,100,
999999999999,2026-11-01,5,100,1.005
`

// importsDemo lets the demo's operator send a file that is refused, some hours ago.
func importsDemo(ctx context.Context, d *db.DB, jobs event.Queue, people *staff.Demo, now time.Time) error {
	all, err := people.People(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(c staff.Colleague) bool { return slices.Contains(c.Roles, staff.Operator) })
	by, sent := staff.Actor{ID: all[at].ID, Name: all[at].Name, Roles: all[at].Roles}, now.Add(-3*time.Hour)
	file := ingest.Source{Name: "usage.csv", ReaderAt: strings.NewReader(badUsage), Size: int64(len(badUsage))}
	id, err := ingest.Send(ctx, d, jobs, sent, by, ingest.KindUsage, file, file.Size)
	if err != nil {
		return err
	}
	words := map[string]ingest.Translate{}
	for _, l := range i18n.Locales {
		words[string(l)] = i18n.For(l).T
	}
	_, err = ingest.TakeUpload(ctx, d, clock.At(sent), id, words, true)
	return err
}
