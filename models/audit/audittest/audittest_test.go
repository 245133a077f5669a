package audittest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// answers is a site that answers each path with a status and, for a redirect,
// where to; records are the paths whose forms write an entry.
func answers(t *testing.T, d *db.DB, records ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(records, r.URL.Path) {
			err := d.Write(r.Context(), func(tx *db.Tx) error {
				return audit.Write(r.Context(), tx, audit.Entry{
					At: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Actor: audit.Actor{Kind: audit.CLI, ID: "test"}, Action: "a.test", Subject: r.URL.Path,
				})
			})
			if err != nil {
				t.Error(err)
			}
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/wrong"):
			w.WriteHeader(http.StatusUnprocessableEntity)
		case strings.HasPrefix(r.URL.Path, "/stranger"):
			http.Redirect(w, r, "/login?next=%2F", http.StatusSeeOther)
		default:
			w.Header().Set("X-Answer", "yes")
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte("taken " + r.URL.Path))
		}
	})
}

func TestAFormThatLeavesNoEntryIsAFault(t *testing.T) {
	excused := map[string]string{"/excused": "changes nothing"}
	tests := []struct {
		name            string
		offered, sent   []string
		records         []string
		wantFaultsAbout []string
	}{
		{"each of them writes an entry", []string{"/excused", "/kept"}, []string{"/excused", "/kept"}, []string{"/kept"}, nil},
		{"one writes none", []string{"/excused", "/kept"}, []string{"/excused", "/kept"}, nil, []string{"/kept was taken and wrote no entry"}},
		{"one of two takings writes an entry", []string{"/excused", "/kept"}, []string{"/excused", "/kept", "/kept"}, []string{"/kept"}, nil},
		{"one that is excused writes one", []string{"/excused"}, []string{"/excused"}, []string{"/excused"}, []string{"/excused is excused from the record and does write"}},
		{"none is sent", []string{"/excused", "/kept"}, []string{"/excused"}, nil, []string{"/kept is taken in no test"}},
		{"one is refused", []string{"/excused", "/wrong"}, []string{"/excused", "/wrong"}, nil, []string{"/wrong is taken in no test"}},
		{"a stranger sends one", []string{"/excused", "/stranger"}, []string{"/excused", "/stranger"}, nil, []string{"/stranger is taken in no test"}},
		{"one that is excused is gone", nil, nil, nil, []string{"/excused is excused from the record and is not there"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dbtest.SQLite(t)
			var w Watch
			w.Offer(tt.offered...)
			site := w.Over(t, d, answers(t, d, tt.records...), func(_, path string) (string, bool) { return path, true })
			for _, path := range tt.sent {
				site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, nil))
			}
			got := w.faults(excused)
			same := slices.EqualFunc(got, tt.wantFaultsAbout, func(got, want string) bool { return strings.HasPrefix(got, "POST "+want) })
			if !same {
				t.Errorf("got %q, want what begins %q", got, tt.wantFaultsAbout)
			}
		})
	}
}

func TestWhoIsWatchedIsAnsweredAsWithout(t *testing.T) {
	d := dbtest.SQLite(t)
	var w Watch
	site := w.Over(t, d, answers(t, d), func(_, path string) (string, bool) { return path, path == "/kept" })
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodPost, "/kept", nil), httptest.NewRequest(http.MethodPost, "/nobody", nil), httptest.NewRequest(http.MethodGet, "/kept", nil),
	} {
		answer := httptest.NewRecorder()
		site.ServeHTTP(answer, r)
		if got, want := answer.Body.String(), "taken "+r.URL.Path; answer.Code != http.StatusAccepted || got != want || answer.Header().Get("X-Answer") != "yes" {
			t.Errorf("%s %s: got %d %q %v, want %d %q", r.Method, r.URL.Path, answer.Code, got, answer.Header(), http.StatusAccepted, want)
		}
	}
}
