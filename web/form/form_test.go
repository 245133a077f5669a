package form

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/page"
)

func read(r *http.Request) (Values, error) {
	return Read(echo.New().NewContext(r, httptest.NewRecorder()))
}

func post(body, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/login?phone=query&next=/home", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func TestAPostedFormIsItsBodyAndNotTheQuery(t *testing.T) {
	v, err := read(post("phone=+138+&tag=a&tag=b&empty=", "application/x-www-form-urlencoded"))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Get("phone"); got != "138" {
		t.Errorf("phone is %q, want 138", got)
	}
	if got := v.Raw("phone"); got != " 138 " {
		t.Errorf("as typed phone is %q", got)
	}
	if v.Has("next") || !v.Has("empty") || v.Get("absent") != "" {
		t.Errorf("got %v", v)
	}
	if got := v.All("tag"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("tags are %v", got)
	}
}

func TestAFormWithFilesIsReadLikewise(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := errors.Join(w.WriteField("phone", "138"), w.Close()); err != nil {
		t.Fatal(err)
	}
	v, err := read(post(body.String(), w.FormDataContentType()))
	if err != nil || v.Get("phone") != "138" || v.Has("next") {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestAFilterIsReadFromTheQuery(t *testing.T) {
	v, err := read(httptest.NewRequest(http.MethodGet, "/deductions?item=sim_data", nil))
	if err != nil || v.Get("item") != "sim_data" {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestABodyThatIsNoFormIsRefusedWithItsReason(t *testing.T) {
	long := post("a=1&b=2", "application/x-www-form-urlencoded")
	long.Body = http.MaxBytesReader(httptest.NewRecorder(), long.Body, 3)
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"bad escape":  {post("a=%zz", "application/x-www-form-urlencoded"), http.StatusBadRequest},
		"no boundary": {post("x", "multipart/form-data"), http.StatusBadRequest},
		"no text":     {post("a=%00", "application/x-www-form-urlencoded"), http.StatusBadRequest},
		"half a rune": {post("a=1&a=%E6%B5", "application/x-www-form-urlencoded"), http.StatusBadRequest},
		"too long":    {long, http.StatusRequestEntityTooLarge},
	} {
		_, err := read(c.request)
		refusal, ok := errors.AsType[*page.Refusal](err)
		if !ok || refusal.Status != c.status {
			t.Errorf("%s: got %v, want a refusal with %d", name, err, c.status)
		}
	}
}

func TestANumberIsReadAsItIsMeant(t *testing.T) {
	for typed, want := range map[string]string{
		"１３８ １２３４-６６２１": "13812346621", " 138\u00a01234 6621\t": "13812346621",
		"+86 138-1234-6621": "+8613812346621", "１２a": "12a", "": "",
	} {
		if got := (Values{"n": {typed}}).Digits("n"); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

func TestAnAmountKeepsItsMinus(t *testing.T) {
	for typed, want := range map[string]string{" ５.00 ": "5.00", "-5": "-5", "1 000": "1000"} {
		if got := (Values{"n": {typed}}).Amount("n"); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

func TestAPasswordDoesNotGoBackToThePage(t *testing.T) {
	v := Values{"phone": {"138"}, "password": {"secret"}}
	if kept := v.Without("password"); kept.Has("password") || kept.Get("phone") != "138" {
		t.Errorf("got %v", kept)
	}
	if !v.Has("password") {
		t.Error("the form itself lost its password")
	}
}

func TestARefusedFormKeepsWhatWasTypedAndSaysWhatIsWrongInOrder(t *testing.T) {
	s := Failed(Values{"phone": {"12"}, "box": {"a", "b"}}, "whole", []Failure{{"phone", "too short"}, {"phone", "second"}, {"code", "missing"}})
	if s.Value("phone") != "12" || s.Error("phone") != "too short" || s.Error("code") != "missing" || s.Error("box") != "" {
		t.Errorf("got %+v", s)
	}
	if !s.Chosen("box", "b") || s.Chosen("box", "c") || !s.Refused() || s.Whole() != "whole" || len(s.Failures()) != 3 {
		t.Errorf("got %+v", s)
	}
	if got := s.Failures()[0].Href(); got != "#"+ID("phone") {
		t.Errorf("the summary leads to %q", got)
	}
}

func TestAFreshFormIsEmptyAndRight(t *testing.T) {
	var s State
	if s.Refused() || s.Value("x") != "" || s.Error("x") != "" || s.Chosen("x", "") {
		t.Errorf("got %+v", s)
	}
	if f := Filled(Values{"x": {"1"}}); f.Refused() || f.Value("x") != "1" {
		t.Errorf("got %+v", f)
	}
}

func TestWhatIsNotToBeSeenIsNothing(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", " \u3000\n": "", "\u200b\u200b": "", " \u200d \ufeff ": "", "\u202e\u202c": "",
		" 多了 ": "多了", "a\u200bb": "a\u200bb", "😀": "😀", "…": "…", "مرحبا": "مرحبا",
	} {
		if got := (Values{"words": {typed}}).Get("words"); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}

func TestAWholeNumberIsNeitherRoundedNorTurnedPositive(t *testing.T) {
	for typed, want := range map[string]int{
		"36": 36, " 36 ": 36, "３６": 36, "1 000": 1000, "0": 0, "007": 7, "999999999": 999_999_999,
		"": -1, "-3": -1, "－３": -1, "+3": -1, "3.5": -1, "1,000": -1, "三": -1, "1000000000": -1, "99999999999999999999": -1, "0x10": -1, "1_000": -1,
	} {
		v := Values{"n": {typed}}
		if got := v.Number("n"); got != want {
			t.Errorf("%q is read as %d; want %d", typed, got, want)
		}
		if got := v.Count("n"); got != max(want, 0) {
			t.Errorf("%q counts as %d", typed, got)
		}
	}
	if got := (Values{}).Number("absent"); got != -1 {
		t.Errorf("a field that was not sent is %d", got)
	}
}
