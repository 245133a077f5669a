package watch_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// sealAndCheck puts an entry on record, seals it, and notes that it was checked
// and that two places outside have its head.
func sealAndCheck(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := t.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		return audit.Write(ctx, tx, audit.Entry{At: noon.Add(-time.Hour), Actor: audit.Actor{Kind: audit.System, ID: "test"}, Action: "case.file", Subject: "c_1"})
	})
	var head audit.Head
	if err == nil {
		head, _, err = audit.Seal(ctx, d, noon)
	}
	for _, place := range []string{"a file", "a store"} {
		if err == nil {
			err = audit.Anchored(ctx, d, noon, place, head)
		}
	}
	if err == nil {
		var report audit.Report
		if report, err = audit.Verify(ctx, d, head); err == nil {
			err = d.Write(ctx, func(tx *db.Tx) error { return audit.KeepCheck(ctx, tx, noon, "", report, 1) })
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheRecordShowsWhenItWasCheckedAndWhatLiesOutside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		registry := prometheus.NewRegistry()
		watch.NewRecord(registry, d, slog.New(slog.DiscardHandler), "a file", "a store that takes nothing")
		before := scrape(t, registry)
		wantLines(t, before, "mingbai_record_read 1", "mingbai_record_head_seal 0")
		if strings.Contains(before, "mingbai_record_sound") || strings.Contains(before, "timestamp_seconds") {
			t.Errorf("before any check: got %s", before)
		}
		sealAndCheck(t, d)
		at := func(name string) string { return fmt.Sprintf("%s %v", name, float64(noon.Unix())) }
		wantLines(t, scrape(t, registry), "mingbai_record_head_seal 1", "mingbai_record_sound 1", "mingbai_record_flaws 0",
			at("mingbai_record_checked_timestamp_seconds"), at("mingbai_record_sealed_timestamp_seconds"), at(`mingbai_record_anchored_timestamp_seconds{place="a file"}`),
			`mingbai_record_unanchored_seals{place="a file"} 0`, `mingbai_record_unanchored_seals{place="a store that takes nothing"} 1`)
		if strings.Contains(scrape(t, registry), `"a store"`) {
			t.Error("a place that is no longer set is shown")
		}
		// A second seal that nobody has outside, and a check that finds fault.
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `insert into audit_seals (seq, first_id, last_id, count, hash, previous, sealed_at) values (2, 'a_y', 'a_z', 1, $1, $2, $3)`, []byte("x"), []byte("y"), noon.Add(time.Hour))
			if err != nil {
				return err
			}
			return audit.KeepCheck(t.Context(), tx, noon.Add(2*time.Hour), "", audit.Report{Findings: []audit.Finding{{Seq: 2, Flaw: audit.Broken}}}, 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, scrape(t, registry), "mingbai_record_head_seal 2", "mingbai_record_sound 0", "mingbai_record_flaws 1", `mingbai_record_unanchored_seals{place="a file"} 1`)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		said := scrape(t, registry)
		wantLines(t, said, "mingbai_record_read 0")
		if strings.Contains(said, "mingbai_record_sound") {
			t.Errorf("what can't be read is shown as %s", said)
		}
	})
}
