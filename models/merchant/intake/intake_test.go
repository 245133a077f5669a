package intake_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// fruit is a row of a file in these tests.
type fruit struct {
	name string
	kilo int
	on   date.Date
}

var fruits = intake.Table[fruit]{
	Name: "staged_fruits",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "name", Type: intake.Text}, {Name: "kilo", Type: intake.Number}, {Name: "on_date", Type: intake.Day},
	},
	Values: func(v *intake.Record, line int, f *fruit) {
		v.Number(int64(line))
		v.Text(f.name)
		v.Number(int64(f.kilo))
		v.Day(f.on)
	},
	Day: func(f *fruit) date.Date { return f.on },
}

// within runs a test in one transaction, on both databases.
func within(t *testing.T, test func(t *testing.T, tx *db.Tx)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			test(t, tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func fill(t *testing.T, tx *db.Tx, rows ...fruit) *intake.Stage {
	t.Helper()
	s, err := intake.Fill(t.Context(), tx, fruits, intaketest.Rows(rows...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func staged(t *testing.T, tx *db.Tx) string {
	t.Helper()
	var all string
	err := tx.QueryRow(t.Context(), `select coalesce(string_agg(line || name || kilo, ' ' order by line), '') from staged_fruits`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAStageHoldsTheRowsAndCountsThemByMonth(t *testing.T) {
	within(t, func(t *testing.T, tx *db.Tx) {
		s := fill(t, tx, fruit{"pear", 3, date.MustParse("2026-01-31")}, fruit{"plum", 1, date.MustParse("2026-02-01")}, fruit{"fig", 2, date.MustParse("2026-02-28")})
		if s.Rows != 3 || fmt.Sprint(s.Months) != "map[2026-01-01:1 2026-02-01:2]" {
			t.Errorf("got %d rows, by month %v", s.Rows, s.Months)
		}
		if got := staged(t, tx); got != "2pear3 3plum1 4fig2" {
			t.Errorf("the stage holds %q", got)
		}
	})
}

func TestASecondFileOfATransactionFindsTheStageEmpty(t *testing.T) {
	within(t, func(t *testing.T, tx *db.Tx) {
		fill(t, tx, fruit{name: "pear", kilo: 3})
		fill(t, tx, fruit{name: "fig", kilo: 2})
		if got := staged(t, tx); got != "2fig2" {
			t.Errorf("the stage holds %q; want the second file's row alone", got)
		}
	})
}

func TestAFileThatBreaksOffIsReportedAsItIs(t *testing.T) {
	broken := errors.New("the disk is gone")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := intake.Fill(t.Context(), tx, fruits, func(each func(int, *fruit) error) error {
				if err := each(2, &fruit{name: "pear"}); err != nil {
					return err
				}
				return broken
			})
			return err
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v; want %v", err, broken)
		}
	})
}

func TestReadingEndsWhereTheDatabaseRefusesARow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		given := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := intake.Fill(ctx, tx, fruits, func(each func(int, *fruit) error) error {
				for ; given < 1_000_000; given++ {
					if given == 1000 {
						cancel()
					}
					if err := each(given, &fruit{name: "pear"}); err != nil {
						return err
					}
				}
				return nil
			})
			return err
		})
		if err == nil || given == 1_000_000 {
			t.Errorf("got %v after %d rows; want it to end soon after the thousandth", err, given)
		}
	})
}

func TestOfRowsWithTheSameKeyTheLastIsKept(t *testing.T) {
	within(t, func(t *testing.T, tx *db.Tx) {
		day := date.MustParse("2026-01-31")
		fill(t, tx, fruit{"pear", 1, day}, fruit{"fig", 2, day}, fruit{"pear", 3, day}, fruit{"pear", 4, day + 1}, fruit{"pear", 5, day})
		if err := intake.KeepLast(t.Context(), tx, "staged_fruits", "name", "on_date"); err != nil {
			t.Fatal(err)
		}
		if got := staged(t, tx); got != "3fig2 5pear4 6pear5" {
			t.Errorf("the stage holds %q", got)
		}
	})
}

func TestProblemsAreListedInOrderUpToALimitAndCountedBeyond(t *testing.T) {
	within(t, func(t *testing.T, tx *db.Tx) {
		rows := make([]fruit, 1200)
		for i := range rows {
			rows[i] = fruit{name: "fig", kilo: i}
		}
		fill(t, tx, rows...)
		var problems intake.Problems
		odd := intake.Rule{Column: "kilo", Key: "odd", Args: []string{"name"}, Query: `select line, cast(kilo as text), name from staged_fruits where kilo % 2 = 1`}
		many := intake.Rule{Column: "name", Key: "many", Query: `select line, name from staged_fruits where kilo > 100`}
		if err := problems.Find(t.Context(), tx, odd, many); err != nil {
			t.Fatal(err)
		}
		if len(problems.List) != 1000 || problems.More != 600+1099-1000 {
			t.Errorf("%d are listed and %d counted", len(problems.List), problems.More)
		}
		if got := fmt.Sprintf("%+v", problems.List[1]); got != "{Line:5 Column:kilo Value:3 Key:odd Args:[name fig]}" {
			t.Errorf("the second is %s", got)
		}
		if got := problems.List[600]; got.Key != "many" || got.Line != 103 {
			t.Errorf("after those of the first rule comes %+v", got)
		}
	})
}

func TestWhatReadingPanicsWithGoesOnWhereTheRowsAreTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		defer func() {
			if p := recover(); p != "out of ink" {
				t.Errorf("got the panic %v; want the reader's", p)
			}
		}()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := intake.Fill(t.Context(), tx, fruits, func(each func(int, *fruit) error) error {
				for i := range 1000 {
					if err := each(i, &fruit{name: "pear"}); err != nil {
						return err
					}
				}
				panic("out of ink")
			})
			return err
		})
		t.Errorf("it went on with %v", err)
	})
}

// sundry has a column of each type.
type sundry struct {
	text, code string
	number     int64
	known      *int64
	day        date.Date
	at         time.Time
	bytes      []byte
}

var sundries = intake.Table[sundry]{
	Name: "staged_sundries",
	Columns: []intake.Column{
		{Name: "line", Type: intake.Number}, {Name: "txt", Type: intake.Text}, {Name: "code", Type: intake.Code}, {Name: "n", Type: intake.Number},
		{Name: "known", Type: intake.Number}, {Name: "day", Type: intake.Day}, {Name: "at", Type: intake.Instant}, {Name: "b", Type: intake.Bytes},
	},
	Values: func(v *intake.Record, line int, s *sundry) {
		v.Number(int64(line))
		v.Text(s.text)
		v.TextOrNull(s.code)
		v.Number(s.number)
		intake.NumberOrNull(v, s.known)
		v.Day(s.day)
		v.Instant(s.at)
		v.Bytes(s.bytes)
	},
}

func TestEveryValueComesBackAsItWasTaken(t *testing.T) {
	within(t, func(t *testing.T, tx *db.Tx) {
		rapid.Check(t, func(r *rapid.T) {
			text := rapid.StringOfN(rapid.RuneFrom(nil, unicode.Han, unicode.Latin, unicode.Punct, unicode.So), 0, 40, -1)
			row := rapid.Custom(func(r *rapid.T) sundry {
				return sundry{
					text: text.Draw(r, "text"), code: text.Draw(r, "code"), number: rapid.Int64().Draw(r, "number"),
					known: rapid.Ptr(rapid.Int64(), true).Draw(r, "known"),
					day:   date.Date(rapid.Int32Range(0, int32(date.Last)).Draw(r, "day")),
					at:    time.UnixMicro(rapid.Int64Range(0, 4_000_000_000_000_000).Draw(r, "at")).UTC(),
					bytes: rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(r, "bytes"),
				}
			})
			want := rapid.SliceOfN(row, 0, 600).Draw(r, "rows")
			if _, err := intake.Fill(t.Context(), tx, sundries, intaketest.Rows(want...)); err != nil {
				r.Fatal(err)
			}
			var got []sundry
			err := tx.Query(t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var s sundry
					var code db.Text
					err := rows.Scan(&s.text, &code, &s.number, &s.known, &s.day, &s.at, &s.bytes)
					s.code = string(code)
					got = append(got, s)
					return err
				})
			}, `select txt, code, n, known, day, at, b from staged_sundries order by line`)
			if err != nil {
				r.Fatal(err)
			}
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				r.Fatalf("got  %+v\nwant %+v", got, want)
			}
		})
	})
}
