package staff_test

import (
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/riverqueue/river"

	staffpages "github.com/mingbai/mingbai/handlers/staff"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/staff"
)

func TestAnOperatorHasAJobThatWasGivenUpTriedAgain(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t)
			op := s.join("lin", staff.Operator)
			op.Speak(lang)
			op.Get("/admin/jobs").Is(http.StatusOK)
			err := s.db.Write(t.Context(), func(tx *db.Tx) error {
				return s.jobs.Insert(t.Context(), tx, ingest.UploadArgs{ID: "up_1"}, &river.InsertOpts{MaxAttempts: 1})
			})
			if err != nil {
				t.Fatal(err)
			}
			s.exec(`update river_job set state = 'discarded', attempt = 1, finalized_at = '2026-11-23 01:00:00',
				errors = jsonb('[{"at":"2026-11-23T01:00:00Z","attempt":1,"error":"the disk is full","trace":""}]')`)
			page := op.Get("/admin/jobs").Is(http.StatusOK).Says("the disk is full", "09:00", "take_upload")
			form := page.Form("/admin/jobs/1/retry")
			form.Submit().LeadsTo("/admin/jobs")
			if page := op.Get("/admin/jobs").Is(http.StatusOK); strings.Contains(page.Body, "the disk is full") {
				t.Error("the job still counts as failed")
			}
			form.Submit().Is(http.StatusConflict)
			op.Get("/admin/jobs").Is(http.StatusOK)
		})
	}
}

func TestAnAuditorSeesJobsAndHasNoneTriedAgain(t *testing.T) {
	s := newSite(t)
	s.join("nora", staff.Auditor).Get("/admin/jobs").Is(http.StatusOK)
	s.join("he", staff.Support).Get("/admin/jobs").Is(http.StatusForbidden)
}

// jobKinds finds the names of jobs where their arguments say them.
var jobKinds = regexp.MustCompile(`\) Kind\(\) string\s+\{ return "([a-z_]+)" \}`)

func TestOfEveryKindOfJobStaffReadWhatItDoes(t *testing.T) {
	found := 0
	for _, room := range []string{"models", "handlers"} {
		rooms := os.DirFS("../../" + room)
		err := fs.WalkDir(rooms, ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(rooms, name)
			for _, m := range jobKinds.FindAllSubmatch(text, -1) {
				found++
				if staffpages.JobWords[string(m[1])] == "" {
					t.Errorf("%s/%s: the job %s has no words: add it to JobWords and to both languages", room, name, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found != len(staffpages.JobWords) {
		t.Errorf("%d kinds of job were found, and %d have words", found, len(staffpages.JobWords))
	}
}
