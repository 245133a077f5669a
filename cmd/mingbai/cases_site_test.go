package main

import (
	"bytes"
	"image"
	"image/png"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// leaveCases files a case that somebody else is asked about, with a file, and one
// whose refund waits for a second person, of none of the merchants whom strangers
// must not see.
func (s *site) leaveCases() {
	s.t.Helper()
	ctx, support := s.t.Context(), staff.Actor{ID: "st_support", Name: "support", Roles: []staff.Role{staff.Support}}
	var ref string
	err := s.db.QueryRow(ctx, `select ref from merchants where id not in ($1, $2) order by ref desc limit 1`, s.shop(anothers).id, s.shop(mine).id).Scan(&ref)
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	must(err)
	var b bytes.Buffer
	must(png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	file := func(words string) string {
		f, err := s.cases.FileForCaller(ctx, support, ref, complaint.Caller{Channel: complaint.ByPhone}, complaint.NewCase{
			Kind: complaint.Complaint, Reason: complaint.Other, Words: words, Files: []complaint.Upload{{Name: "left.png", Content: b.Bytes()}},
		})
		must(err)
		return f.Number
	}
	asked, decided := file("site asked"), file("site decided")
	_, err = s.cases.AskThird(ctx, support, asked, complaint.Inquiry{Whom: complaint.Agent, Name: "A-1", Body: "?", DueOn: date.Of(s.at.Now())})
	must(err)
	granted := money.Fen(99_900)
	must(s.cases.Decide(ctx, support, decided, complaint.Judgement{Finding: complaint.Upheld, RootCause: "?", Reason: "?", Amount: &granted}))
	_, err = s.cases.ProposeRefund(ctx, support, decided, granted)
	must(err)
	s.leaveCause(support)
	_, err = s.cases.SaveCanned(ctx, support, complaint.Canned{Name: "site", ZhCN: "在查", En: "We are looking into it."})
	must(err)
}
