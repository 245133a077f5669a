package complaint

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
)

func TestADraftKeepsTheGoodFilesOfSeveralAndNamesTheOthers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		content := json.RawMessage(`{"words":"收过两次"}`)
		save := func(uploads ...Upload) *fault.Error {
			t.Helper()
			err := w.SaveDraftWithGoodFiles(t.Context(), w.zhou, OfDeduction, w.lines[twice], content, uploads)
			f, ok := errors.AsType[*fault.Error](err)
			if err != nil && !ok {
				t.Fatal(err)
			}
			return f
		}
		kept := func(want ...string) {
			t.Helper()
			d, _, err := w.ReadDraft(t.Context(), w.zhou, OfDeduction, w.lines[twice])
			w.must(err)
			var got []string
			for _, f := range d.Files {
				got = append(got, f.Name)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || string(d.Content) == "" {
				t.Errorf("the draft has %v and says %s; want %v", got, d.Content, want)
			}
		}
		bad := Upload{Name: "a.jpg", Content: []byte("<svg/>")}
		f := save(bad, pictureOf1, Upload{Name: "b.pdf"})
		if f == nil || f.Key != "case.files_kept" || len(f.Fields) != 2 || f.Fields[0].Key != "case.file_kind" || f.Fields[1].Key != "case.file_empty" {
			t.Errorf("it is refused with %v", f)
		}
		kept(pictureOf1.Name)
		if f := save(bad, Upload{Name: "b.pdf"}); f == nil || f.Key != "" || len(f.Fields) != 2 {
			t.Errorf("where none is good it is refused with %v", f)
		}
		kept(pictureOf1.Name)
		if f := save(pictureOf1); f != nil {
			t.Errorf("good files alone are refused with %v", f)
		}
		kept(pictureOf1.Name)
	})
}
