package complaint

import (
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestAFormSentByTwoAtOnceFilesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		numbers := make([]string, 4)
		for i := range numbers {
			all.Go(func() {
				f, err := w.File(t.Context(), w.zhou, NewCase{Token: "f1", Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Files: []Upload{pictureOf1}})
				if numbers[i] = f.Number; err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if numbers = slices.Compact(numbers); len(numbers) != 1 {
			t.Errorf("filed %v", numbers)
		}
		intaketest.WantTexts(t, w.d, `select (select count(*) from cases) || ' ' || (select count(*) from case_files) || ' ' || (select count(*) from disputes)`, "1 1 1")
	})
}

func TestADraftSentByTwoAtOnceKeepsItsFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		line := w.lines[twice]
		w.must(w.SaveDraft(t.Context(), w.zhou, OfDeduction, line, json.RawMessage(`{}`), []Upload{pictureOf1}))
		var all sync.WaitGroup
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Lock(t.Context(), lockOfMerchant(w.zhou.MerchantID)); err != nil {
				return err
			}
			for range 2 {
				all.Go(func() {
					_, err := w.File(t.Context(), w.zhou, NewCase{Token: "f1", Kind: Complaint, Subject: OfDeduction, Ref: line, Reason: Twice})
					if err != nil {
						t.Error(err)
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // both have come as far as the lock, if the database lets them
			return nil
		})
		w.must(err)
		all.Wait()
		var number, fileID string
		w.must(w.d.QueryRow(t.Context(), `select c.number, f.id from case_files f join cases c on c.id = f.case_id`).Scan(&number, &fileID))
		if _, content, err := w.OpenFile(t.Context(), w.zhou, number, fileID); err != nil || len(content) == 0 {
			t.Errorf("%d bytes of the file are there, %v", len(content), err)
		}
	})
}

func TestOfTwoDecisionsAtOnceOneCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		amount := money.Fen(3600)
		var all sync.WaitGroup
		var refused atomic.Int32
		for _, by := range []staff.Actor{wang, lin, chen} {
			all.Go(func() {
				if err := w.Decide(t.Context(), by, number, Judgement{Upheld, "重复提交", "收了两次", &amount, false}); fault.Is(err, fault.Conflict) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := refused.Load(); n != 2 {
			t.Errorf("%d of three were refused, want two", n)
		}
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_decisions`, "1")
	})
}

func TestALineIsNotPutRightOverTheHeadOfWhoHasJustTakenItsCaseUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.OpenDenied(t.Context(), time.Time{})
		w.must(err)
		number := w.text(`select number from cases where subject_ref = $1`, w.lines[twice])
		var became []Righted
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			h, err := lock(t.Context(), tx, 0, number)
			if err != nil {
				return err
			}
			all.Go(func() {
				err := w.d.Write(t.Context(), func(tx *db.Tx) (err error) {
					became, err = w.PutRightIn(t.Context(), tx, Together{RootCause: "重复提交", Reason: "收了两次", By: wang, Second: chen}, []Righting{{w.zhou.MerchantID, w.lines[twice], 3600}})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has come as far as the case, if the database lets it
			if err := h.engage(t.Context(), tx, w.clock.Now(), lin); err != nil {
				return err
			}
			return h.keep(t.Context(), tx, w.clock.Now())
		}))
		all.Wait()
		if len(became) != 1 || became[0].Why != UnderComplaint {
			t.Errorf("got %+v, want it left to who works on the case", became)
		}
		w.wantState(number, worktime.Investigating)
	})
}

func TestALineThatIsBeingPutRightGetsNoOtherCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Lock(t.Context(), lockOfMerchant(w.zhou.MerchantID)); err != nil {
				return err
			}
			all.Go(func() {
				if _, err := w.OpenDenied(t.Context(), time.Time{}); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has found the line, if the database lets it
			_, err := w.PutRightIn(t.Context(), tx, Together{RootCause: "重复提交", Reason: "收了两次", By: wang, Second: chen}, []Righting{{w.zhou.MerchantID, w.lines[twice], 3600}})
			return err
		}))
		all.Wait()
		if got := w.text(`select count(*) || '' from cases where subject_ref = $1`, w.lines[twice]); got != "1" {
			t.Errorf("%s cases are about the line, want the one by which it is put right", got)
		}
	})
}

func TestAComplaintAboutALineWhoseCaseEndsMeanwhileIsFiled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		var again Filed
		var all sync.WaitGroup
		w.must(w.d.Write(t.Context(), func(tx *db.Tx) error {
			h, err := lock(t.Context(), tx, 0, first)
			if err != nil {
				return err
			}
			all.Go(func() {
				var err error
				again, err = w.File(t.Context(), w.zhou, NewCase{Kind: Complaint, Subject: OfDeduction, Ref: w.lines[twice], Reason: Twice, Words: "收了两次"})
				if err != nil {
					t.Error(err)
				}
			})
			time.Sleep(100 * time.Millisecond) // it has found the case, if the database lets it
			if err := h.add(t.Context(), tx, w.clock.Now(), ofStaff(wang), worktime.Event{Kind: worktime.CaseWithdrawn}, ""); err != nil {
				return err
			}
			return h.keep(t.Context(), tx, w.clock.Now())
		}))
		all.Wait()
		if again.Number == first || again.Before {
			t.Errorf("got %+v, want a case of its own", again)
		}
	})
}

func TestWhatIsSentTwiceIsSaidOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		for range 2 {
			w.must(w.Write(t.Context(), w.zhou, number, "看小票", []Upload{pictureOf1}))
			w.must(w.Reply(t.Context(), wang, number, "在查"))
			w.must(w.Note(t.Context(), wang, number, "像是重复"))
		}
		want := "3 1 2"
		counts := `select (select count(*) from case_posts) || ' ' || (select count(*) from case_files) || ' ' || (select count(*) from notices where kind = 'complaint')`
		intaketest.WantTexts(t, w.d, counts, want)
		w.must(w.Write(t.Context(), w.zhou, number, "看小票", []Upload{{"b.pdf", []byte("%PDF-1.4\n%%EOF\n")}}))
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_files`, "2") // another file is news
		w.clock.Advance(time.Hour)
		w.must(w.Reply(t.Context(), wang, number, "在查"))
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_posts`, "5")
	})
}
