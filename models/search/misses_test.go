package search

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

var morning = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

func TestWhatIsNotFoundIsCountedWithoutWhoAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, m := t.Context(), NewMisses(d)
		flush := func() {
			t.Helper()
			if err := m.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for _, query := range []string{"POS  机会发光", "pos 机会发光", "13812346621 是谁", "   "} {
			m.Note(morning, "zh-CN", query)
		}
		flush()
		flush()
		m.Note(morning.AddDate(0, 0, 1), "zh-CN", "ＰＯＳ 机会发光")
		m.Note(morning.AddDate(0, 0, -9), "en", "long ago")
		flush()
		page, err := ReadMisses(ctx, d, date.MustParse("2026-11-20"), 0)
		want := []Missed{{"pos 机会发光", "zh-CN", 3, date.MustParse("2026-11-23")}, {"*********** 是谁", "zh-CN", 1, date.MustParse("2026-11-22")}}
		if err != nil || fmt.Sprint(page.Missed) != fmt.Sprint(want) || page.Next != 0 {
			t.Errorf("got %v, %v; want %v", page, err, want)
		}
	})
}

func TestNoScriptFillsTheTable(t *testing.T) {
	d := dbtest.SQLite(t)
	m := NewMisses(d)
	for round := range 5 {
		for i := range missesHeld + 10 {
			m.Note(morning, "en", fmt.Sprintf("w%d x%d", round, i))
		}
		if err := m.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	m.Note(morning, "en", "w0 x0") // is there already
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows, times int
	if err := d.QueryRow(t.Context(), `select count(*), sum(count) from search_misses`).Scan(&rows, &times); err != nil || rows != missesADay || times != missesADay+1 {
		t.Errorf("got %d rows and %d times, %v; want %d and one more", rows, times, err, missesADay)
	}
	page, err := ReadMisses(t.Context(), d, date.Of(morning), 0)
	if err != nil || len(page.Missed) != missesShown || page.Next != missesShown {
		t.Errorf("got %d, next at %d, %v", len(page.Missed), page.Next, err)
	}
	last, err := ReadMisses(t.Context(), d, date.Of(morning), missesADay-missesShown)
	if err != nil || len(last.Missed) != missesShown || last.Next != 0 {
		t.Errorf("got %d, next at %d, %v", len(last.Missed), last.Next, err)
	}
}

func TestWhatCannotBeKeptIsCountedOn(t *testing.T) {
	d := dbtest.SQLite(t)
	m := NewMisses(d)
	m.Note(morning, "en", "lost")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Flush(ended); err == nil {
		t.Fatal("got no error from a context that has ended")
	}
	m.Note(morning, "en", "lost")
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := ReadMisses(t.Context(), d, date.Of(morning), 0)
	if err != nil || len(page.Missed) != 1 || page.Missed[0].Count != 2 {
		t.Errorf("got %v, %v; want it counted twice", page, err)
	}
}
