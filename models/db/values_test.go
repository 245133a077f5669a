package db_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/money"
)

// value is one row with a column of every kind there is.
type value struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"`
	Instant  time.Time
	MaybeAt  db.Time
	Day      date.Date
	Amount   money.Fen
	Rate     money.Rate
	Flag     bool
	Name     string
	MaybeTxt db.Text
	Word     db.Word
	Doc      db.JSON
	Raw      []byte
	MaybeInt *int64
}

func (value) TableName() string { return "value_rows" }

var valueColumns = []string{"id", "instant", "maybe_at", "day", "amount", "rate", "flag", "name", "maybe_txt", "word", "doc", "raw", "maybe_int"}

func (v *value) all() []any {
	return []any{v.ID, v.Instant, v.MaybeAt, v.Day, v.Amount, v.Rate, v.Flag, v.Name, v.MaybeTxt, v.Word, v.Doc, v.Raw, v.MaybeInt}
}

func (v *value) pointers() []any {
	return []any{&v.ID, &v.Instant, &v.MaybeAt, &v.Day, &v.Amount, &v.Rate, &v.Flag, &v.Name, &v.MaybeTxt, &v.Word, &v.Doc, &v.Raw, &v.MaybeInt}
}

func (v *value) String() string {
	n := "none"
	if v.MaybeInt != nil {
		n = fmt.Sprint(*v.MaybeInt)
	}
	return fmt.Sprintf("%d %s %s %s %d %d %v %q %q %q %s %x %s", v.ID, v.Instant.Format(time.RFC3339Nano), v.MaybeAt.Format(time.RFC3339Nano),
		v.Day, v.Amount, v.Rate, v.Flag, v.Name, v.MaybeTxt, v.Word, v.Doc, v.Raw, n)
}

func makeValues(t *testing.T, d *db.DB) {
	t.Helper()
	columns := "id bigint primary key, instant timestamptz not null, maybe_at timestamptz, day date, amount bigint not null, rate bigint not null, " +
		"flag boolean not null, name text not null, maybe_txt text, word text, doc jsonb, raw bytea, maybe_int bigint"
	if d.Dialect == db.SQLite {
		columns = strings.NewReplacer("timestamptz", "timestamp", "date", "text", "jsonb", "text", "bytea", "blob").Replace(columns)
	}
	write(t, d, "create table value_rows ("+columns+")")
}

// write runs statements in one transaction.
func write(t testing.TB, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var zones = []*time.Location{time.UTC, date.Shanghai, time.FixedZone("", -3*3600-1800)}

func drawInstant(t *rapid.T, label string) time.Time {
	sec := rapid.Int64Range(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Unix()).Draw(t, label)
	nano := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 999_999_999), rapid.SampledFrom([]int64{500_000_000, 1000, 999_999_999})).Draw(t, label+" ns")
	return time.Unix(sec, nano).In(rapid.SampledFrom(zones).Draw(t, label+" zone"))
}

func drawValue(t *rapid.T, id int64) value {
	text := rapid.StringMatching(`[a-z流量卡费 '"\\%_]{0,12}`)
	v := value{
		ID: id, Instant: drawInstant(t, "instant"),
		Day:    date.Date(rapid.Int32Range(0, int32(date.Last)).Draw(t, "day")),
		Amount: money.Fen(rapid.Int64().Draw(t, "amount")), Rate: money.Rate(rapid.Int64Range(0, math.MaxInt64).Draw(t, "rate")),
		Flag: rapid.Bool().Draw(t, "flag"), Name: text.Draw(t, "name"), MaybeTxt: db.Text(text.Draw(t, "maybe text")),
		Word: db.Word(rapid.OneOf(rapid.SampledFrom([]string{"", "posted", "refunded"}), rapid.StringMatching("[a-z]{40,60}")).Draw(t, "word")),
		Raw:  rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "raw"),
	}
	if rapid.Bool().Draw(t, "there") {
		v.MaybeAt = db.At(drawInstant(t, "maybe at"))
		v.Doc = db.JSON(`{"title": "流量卡费"}`)
		n := rapid.Int64().Draw(t, "maybe int")
		v.MaybeInt = &n
	}
	return v
}

// stored is what any database gives back for v.
func stored(v value) value {
	v.Instant = v.Instant.UTC().Truncate(time.Microsecond)
	if !v.MaybeAt.IsZero() {
		v.MaybeAt = db.At(v.MaybeAt.UTC().Truncate(time.Microsecond))
	}
	return v
}

// writers are the ways in which a row gets into the database.
var writers = map[string]func(t *rapid.T, tx *db.Tx, v value) error{
	"raw": func(t *rapid.T, tx *db.Tx, v value) error {
		_, err := tx.Exec(t.Context(), "insert into value_rows ("+strings.Join(valueColumns, ", ")+
			") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", v.all()...)
		return err
	},
	"gorm": func(t *rapid.T, tx *db.Tx, v value) error { return tx.Gorm().Create(&v).Error },
	"bulk": func(t *rapid.T, tx *db.Tx, v value) error {
		given := false
		_, err := tx.Bulk(t.Context(), "value_rows", valueColumns, func() ([]any, bool, error) {
			if given {
				return nil, false, nil
			}
			given = true
			return v.all(), true, nil
		})
		return err
	},
}

// readers are the ways in which it is read back.
var readers = map[string]func(t *rapid.T, d *db.DB, id int64) (value, error){
	"row": func(t *rapid.T, d *db.DB, id int64) (v value, err error) {
		err = d.QueryRow(t.Context(), "select "+strings.Join(valueColumns, ", ")+" from value_rows where id = $1", id).Scan(v.pointers()...)
		return v, err
	},
	"expressions": func(t *rapid.T, d *db.DB, id int64) (v value, err error) {
		// every column behind an expression, which hides its declared type from SQLite
		q := "select " + strings.Join(valueColumns, ", ") + " from value_rows where id = $1"
		for _, c := range []string{"instant", "maybe_at", "day"} {
			q = strings.Replace(q, " "+c+",", " coalesce("+c+", "+c+"),", 1)
		}
		err = d.QueryRow(t.Context(), q, id).Scan(v.pointers()...)
		return v, err
	},
	"batch": func(t *rapid.T, d *db.DB, id int64) (v value, err error) {
		b := db.NewBatch()
		b.Add("select "+strings.Join(valueColumns, ", ")+" from value_rows where id = $1", []any{id},
			func(rows db.Rows) error { return db.First(rows, v.pointers()...) })
		b.Add("select 1", nil, func(rows db.Rows) error { return db.First(rows, new(int)) })
		return v, d.Read(t.Context(), b)
	},
	"gorm": func(t *rapid.T, d *db.DB, id int64) (v value, err error) {
		return v, d.Gorm(t.Context()).Where("id = ?", id).Take(&v).Error
	},
}

func checkValues(t *testing.T, d *db.DB) {
	makeValues(t, d)
	var id int64
	rapid.Check(t, func(t *rapid.T) {
		for how, put := range writers {
			id++
			in := drawValue(t, id)
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return put(t, tx, in) }); err != nil {
				t.Fatalf("writing %s by %s: %v", &in, how, err)
			}
			want := stored(in)
			for by, get := range readers {
				got, err := get(t, d, id)
				if err != nil {
					t.Fatalf("reading by %s: %v", by, err)
				}
				if got.String() != want.String() {
					t.Errorf("written by %s, read by %s:\ngot  %s\nwant %s", how, by, &got, &want)
				}
			}
		}
	})
}

func TestAValueComesBackAsItWentInHoweverItWent(t *testing.T) {
	dbtest.Each(t, checkValues)
}

func TestAValueComesBackInEveryModeThatAPoolerMayNeed(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	for _, mode := range []string{"cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			checkValues(t, dbtest.Open(t, dbtest.PostgresURL(t)+"&default_query_exec_mode="+mode))
		})
	}
}

func TestInstantsSortAndCompareByTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeValues(t, d)
		rapid.Check(t, func(t *rapid.T) {
			a, b := drawInstant(t, "a"), drawInstant(t, "b")
			if rapid.Bool().Draw(t, "close") {
				b = a.Add(time.Duration(rapid.Int64Range(0, 2_000_000_000).Draw(t, "apart"))).In(time.UTC)
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), "delete from value_rows"); err != nil {
					return err
				}
				for i, at := range []time.Time{a, b} {
					if err := writers["raw"](t, tx, value{ID: int64(i + 1), Instant: at}); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want := stored(value{Instant: a}).Instant.Compare(stored(value{Instant: b}).Instant)
			var less, equal, reached int
			err = d.QueryRow(t.Context(), `
select count(case when a.instant < b.instant then 1 end), count(case when a.instant = b.instant then 1 end),
       (select count(*) from value_rows where id = 1 and instant >= $1)
from value_rows a, value_rows b where a.id = 1 and b.id = 2`, b).Scan(&less, &equal, &reached)
			if err != nil {
				t.Fatal(err)
			}
			if (less == 1) != (want < 0) || (equal == 1) != (want == 0) || (reached == 1) != (want >= 0) {
				t.Errorf("%s and %s: got less %d, equal %d, not before the argument %d; Compare says %d", a, b, less, equal, reached, want)
			}
		})
	})
}

func TestNULLIsReadAsTheZeroValueOnlyWhereThatIsAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var at db.Time
		var text db.Text
		var day date.Date
		var pointer *time.Time
		err := d.QueryRow(t.Context(), "select cast(null as text), cast(null as text), cast(null as date), max(created_at) from users").Scan(&text, &text, &day, &at)
		if err != nil || text != "" || !day.IsZero() || !at.IsZero() {
			t.Errorf("got %q, %s, %s, %v; want zero values", text, day, at, err)
		}
		if err := d.QueryRow(t.Context(), "select max(created_at) from users").Scan(&pointer); err != nil || pointer != nil {
			t.Errorf("got %v, %v; want a nil pointer", pointer, err)
		}
		var strict time.Time
		if err := d.QueryRow(t.Context(), "select max(created_at) from users").Scan(&strict); err == nil {
			t.Errorf("got %s, want an error: NULL is no instant", strict)
		}
	})
}

func TestAZeroInstantIsStoredAsNULL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		makeValues(t, d)
		rapid.Check(t, func(t *rapid.T) {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "delete from value_rows")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			put := writers[rapid.SampledFrom([]string{"raw", "gorm", "bulk"}).Draw(t, "writer")]
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				return put(t, tx, value{ID: 1, Instant: drawInstant(t, "at")})
			}); err != nil {
				t.Fatal(err)
			}
			var empty int
			if err := d.QueryRow(t.Context(), "select count(*) from value_rows where maybe_at is null and day is null and maybe_txt is null and doc is null and maybe_int is null").Scan(&empty); err != nil {
				t.Fatal(err)
			}
			if empty != 1 {
				t.Errorf("got %d rows with nothing in their optional columns, want 1", empty)
			}
		})
	})
}

func TestBytesSurviveEveryValue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		var got []byte
		if err := d.QueryRow(t.Context(), "select cast($1 as "+map[db.Dialect]string{db.Postgres: "bytea", db.SQLite: "blob"}[d.Dialect]+")", all).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, all) {
			t.Errorf("got %x, want %x", got, all)
		}
	})
}
