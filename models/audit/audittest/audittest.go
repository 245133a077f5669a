// Package audittest checks that whatever people change is on record: each form
// that was taken somewhere among a package's tests has to have written an entry.
package audittest

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

// Watch notes which forms were taken, by the patterns of their routes, and of
// which of them an entry came. Who is sent to sign in has sent nothing. The zero
// value is ready.
type Watch struct {
	mu                       sync.Mutex
	offered, taken, recorded map[string]bool
}

// Over answers as a site over a database does, and watches the forms it takes.
// Match returns the pattern of the route that takes a request.
func (w *Watch) Over(t testing.TB, d *db.DB, site http.Handler, match func(method, path string) (string, bool)) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		pattern, ok := match(r.Method, r.URL.Path)
		if r.Method != http.MethodPost || !ok {
			site.ServeHTTP(answer, r)
			return
		}
		before := entries(t, d)
		told := httptest.NewRecorder()
		site.ServeHTTP(told, r)
		if to := told.Header().Get("Location"); told.Code < http.StatusBadRequest && (!strings.Contains(to, "/login") || strings.Contains(pattern, "/log")) {
			w.note(pattern, entries(t, d) > before)
		}
		maps.Copy(answer.Header(), told.Header())
		answer.WriteHeader(told.Code)
		if _, err := answer.Write(told.Body.Bytes()); err != nil {
			t.Errorf("answering %s: %v", pattern, err)
		}
	})
}

func entries(t testing.TB, d *db.DB) (n int) {
	t.Helper()
	if err := d.QueryRow(t.Context(), `select count(*) from audit_entries`).Scan(&n); err != nil {
		t.Errorf("counting the record's entries: %v", err)
	}
	return n
}

// Offer names the patterns of forms, each of which some test has to have taken.
func (w *Watch) Offer(patterns ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	for _, pattern := range patterns {
		w.offered[pattern] = true
	}
}

func (w *Watch) begin() {
	if w.taken == nil {
		w.offered, w.taken, w.recorded = map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
}

func (w *Watch) note(pattern string, recorded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	w.taken[pattern] = true
	w.recorded[pattern] = w.recorded[pattern] || recorded
}

// faults lists the forms that were taken and left no entry. Excused says why some
// need not.
func (w *Watch) faults(excused map[string]string) (all []string) {
	for _, pattern := range slices.Sorted(maps.Keys(w.taken)) {
		switch {
		case !w.recorded[pattern] && excused[pattern] == "":
			all = append(all, fmt.Sprintf("POST %s was taken and wrote no entry into the record: write one in the same transaction, or say here why there is none", pattern))
		case w.recorded[pattern] && excused[pattern] != "":
			all = append(all, fmt.Sprintf("POST %s is excused from the record and does write an entry: take it out of those excused", pattern))
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(w.offered)) {
		if !w.taken[pattern] {
			all = append(all, fmt.Sprintf("POST %s is taken in no test: nobody knows whether it writes an entry into the record", pattern))
		}
	}
	for _, pattern := range slices.Sorted(maps.Keys(excused)) {
		if !w.offered[pattern] {
			all = append(all, fmt.Sprintf("POST %s is excused from the record and is not there", pattern))
		}
	}
	return all
}

// Main runs a package's tests and, where all of them ran and passed, fails for
// each form that left no entry, and for each that is taken in no test. Excused says
// why some leave none. After them it does what is to be done then.
func (w *Watch) Main(m *testing.M, excused map[string]string, after ...func() error) {
	code := m.Run()
	for _, do := range after {
		if err := do(); err != nil {
			fmt.Println("after the tests:", err)
			code = 1
		}
	}
	if whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""; code == 0 && whole {
		for _, fault := range w.faults(excused) {
			fmt.Println("record:", fault)
			code = 1
		}
	}
	os.Exit(code)
}
