package ingest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// manyRows is how many rows a large file has in these tests: what
// MINGBAI_TEST_ROWS says, such as 2000000, or few enough to be quick.
func manyRows(t testing.TB) int {
	t.Helper()
	text := os.Getenv("MINGBAI_TEST_ROWS")
	if text == "" {
		return 24_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("MINGBAI_TEST_ROWS: %v", err)
	}
	return n
}

// lines makes a file of a header and n further lines.
func lines(t testing.TB, dir string, kind Kind, header string, n int, line func(b []byte, i int) []byte) File {
	t.Helper()
	path := filepath.Join(dir, string(kind)+".csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, header)
	var b []byte
	for i := range n {
		b = append(line(b[:0], i), '\n')
		w.Write(b)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return FileAt(kind, path)
}

func header(kind Kind) string {
	first, _, _ := strings.Cut(small[string(kind)+".csv"], "\n")
	return first
}

// manyTerminals are the small plans, and n terminals that pay 36 yuan a year.
func manyTerminals(t testing.TB, dir string, n int) []File {
	t.Helper()
	plans := filepath.Join(dir, "plans.yaml")
	if err := os.WriteFile(plans, []byte(small["plans.yaml"]), 0o600); err != nil {
		t.Fatal(err)
	}
	return []File{
		FileAt(KindPlans, plans),
		lines(t, dir, KindMerchants, header(KindMerchants), n/10+1, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "M%07d,商户%d,,,,2023-01-01,", i, i)
		}),
		lines(t, dir, KindTerminals, header(KindTerminals), n, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "82%010d,M%07d,总店,前台,K9,智能POS,2023-06-01,,,89860401811642600993,中国移动,,A-1", i, i/10)
		}),
		lines(t, dir, KindEnrolments, header(KindEnrolments), n, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "82%010d,sim-36,2023-06-01,1,2023-06-01,周老板,app,", i)
		}),
	}
}

// manyDeductions are n deductions over two years, of each terminal in turn.
func manyDeductions(t testing.TB, dir string, n, terminals int) File {
	first := date.MustParse("2024-11-01").At(9, 0)
	step := 2 * 365 * 24 * time.Hour / time.Duration(n)
	return lines(t, dir, KindDeductions, header(KindDeductions), n, func(b []byte, i int) []byte {
		b = fmt.Appendf(b, "D82%010d-%d,82%010d,sim_data,sim-36,36.00,", i%terminals, i/terminals, i%terminals)
		b = first.Add(time.Duration(i)*step).AppendFormat(b, time.RFC3339)
		return append(b, ",,posted,core,,,"...)
	})
}

// manySettlements are n settlements, one of each terminal a day.
func manySettlements(t testing.TB, dir string, n, terminals int) File {
	first := date.MustParse("2026-08-31")
	return lines(t, dir, KindSettlements, header(KindSettlements), n, func(b []byte, i int) []byte {
		return fmt.Appendf(b, "S82%010d-%d,82%010d,%s,39,2429.38,14.58,6,589.41,2.24,0,0.00,0.00,3001.97",
			i%terminals, i/terminals, i%terminals, first.AddDays(i/terminals))
	})
}

// manyUsage is n days of SIM usage.
func manyUsage(t testing.TB, dir string, n, terminals int) File {
	first := date.MustParse("2026-08-31")
	return lines(t, dir, KindUsage, header(KindUsage), n, func(b []byte, i int) []byte {
		return fmt.Appendf(b, "82%010d,%s,%d,100,", i%terminals, first.AddDays(i/terminals), i%97)
	})
}

func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	const bound = 96 << 20 // whatever the number of rows
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n, dir := manyRows(t), t.TempDir()
		terminals := max(n/40, 100)
		importAll(t, d, morning, manyTerminals(t, dir, terminals)...)
		for _, file := range []File{manyDeductions(t, dir, n, terminals), manySettlements(t, dir, n, terminals), manyUsage(t, dir, n, terminals)} {
			for _, want := range []intake.Taken{{Rows: int64(n), Added: int64(n)}, {Rows: int64(n), Unchanged: int64(n)}} {
				var got intake.Taken
				began := time.Now()
				most := mostMemory(func() { got = importAll(t, d, evening, file)[file.Kind] })
				t.Logf("%s: %+v in %s, heap at most %d MB, %s", file.Kind, got, time.Since(began).Round(time.Millisecond), most>>20, mostResident())
				if got != want {
					t.Errorf("%s: got %+v, want %+v", file.Kind, got, want)
				}
				if most > bound {
					t.Errorf("%s: the heap grew to %d MB, want %d at most", file.Kind, most>>20, bound>>20)
				}
			}
		}
	})
}

// mostMemory returns the most heap in use while f ran.
func mostMemory(f func()) (most uint64) {
	done, ended := make(chan struct{}), make(chan struct{})
	runtime.GC()
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(done)
	<-ended
	return most
}

// mostResident is the most memory that the process has had, where the system
// tells.
func mostResident() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "resident memory not known"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return "resident at most " + strings.TrimSpace(value)
		}
	}
	return "resident memory not known"
}

func TestMonthsWithManyRowsGetAPartition(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("MINGBAI_TEST_SQLITE_ONLY leaves PostgreSQL out, which alone has partitions")
	}
	d, dir := dbtest.Postgres(t), t.TempDir()
	const terminals = 1000 // of which each has a settlement on 31 August and on the twelve days after it
	importAll(t, d, morning, manyTerminals(t, dir, terminals)...)
	importAll(t, d, morning, manySettlements(t, dir, 13*terminals, terminals))
	intaketest.WantTexts(t, d, `select tableoid::regclass::text || ' ' || count(*) from settlements group by tableoid order by 1`,
		"settlements_2026_09 12000", "settlements_default 1000")
}
