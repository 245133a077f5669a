package download_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
)

var errBroken = errors.New("broken")

// reader is what one request receives, and how long it is waited for.
type reader struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (r *reader) SetWriteDeadline(t time.Time) error {
	r.until = append(r.until, t)
	return nil
}

func ask(method string) (echo.Context, *reader) {
	r := &reader{ResponseRecorder: httptest.NewRecorder()}
	return echo.New().NewContext(httptest.NewRequest(method, "/", nil), r), r
}

// abort runs what is to break the connection off.
func abort(t *testing.T, run func()) {
	t.Helper()
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("what broke off ended as if it were whole")
		}
	}()
	run()
}

func TestATableCarriesItsNameInAnyLanguage(t *testing.T) {
	c, r := ask(http.MethodGet)
	err := download.Rows(c, "投诉 2025", []string{"店"}, func(add func(...string) error) error { return add("一") })
	if err != nil || r.Code != http.StatusOK || r.Body.String() != "\ufeff店\r\n一\r\n" {
		t.Errorf("got %d %q, %v", r.Code, r.Body, err)
	}
	if got, want := r.Header().Get(echo.HeaderContentDisposition), "attachment; filename*=utf-8''%E6%8A%95%E8%AF%89%202025.csv"; got != want {
		t.Errorf("named %q; want %q", got, want)
	}
	if got := r.Header().Get(echo.HeaderContentType); got != "text/csv; charset=utf-8" {
		t.Errorf("of type %q", got)
	}
}

func TestWhatFailsAtItsBeginningIsAPageAndNoFile(t *testing.T) {
	for name, run := range map[string]func(echo.Context) error{
		"rows": func(c echo.Context) error {
			return download.Rows(c, "a", []string{"a"}, func(add func(...string) error) error { return errors.Join(add("1"), errBroken) })
		},
		"a known length": func(c echo.Context) error {
			return download.Stream(c, download.File{Name: "a.zip", Type: download.ZIP, Bytes: 9}, func(io.Writer) error { return errBroken })
		},
		"whole": func(c echo.Context) error {
			return download.Whole(c, func(to io.Writer) (download.File, error) {
				_, err := io.WriteString(to, strings.Repeat("a", 1<<20))
				return download.File{}, errors.Join(err, errBroken)
			})
		},
	} {
		c, r := ask(http.MethodGet)
		if err := run(c); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
		if c.Response().Committed || r.Header().Get(echo.HeaderContentDisposition) != "" || r.Header().Get(echo.HeaderContentLength) != "" {
			t.Errorf("%s: an answer has begun: %v", name, r.Header())
		}
	}
}

func TestAFileThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	abort(t, func() {
		c, _ := ask(http.MethodGet)
		_ = download.Stream(c, download.File{Name: "a.zip", Type: download.ZIP}, func(to io.Writer) error {
			_, err := io.WriteString(to, strings.Repeat("a", 100<<10))
			return errors.Join(err, errBroken)
		})
	})
}

func TestAWholeFileSaysHowLongItIs(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		c, r := ask(method)
		err := download.Whole(c, func(to io.Writer) (download.File, error) {
			n, err := io.WriteString(to, strings.Repeat("a", 200<<10))
			return download.File{Name: fmt.Sprintf("%d.zip", n), Type: download.ZIP}, err
		})
		if err != nil || r.Header().Get(echo.HeaderContentLength) != "204800" || !strings.Contains(r.Header().Get(echo.HeaderContentDisposition), "204800.zip") {
			t.Errorf("%s: %v, %v", method, r.Header(), err)
		}
		if want := map[string]int{http.MethodGet: 204800, http.MethodHead: 0}[method]; r.Body.Len() != want {
			t.Errorf("%s: %d bytes; want %d", method, r.Body.Len(), want)
		}
	}
}

func TestASlowReaderIsWaitedForAfreshWithEachPart(t *testing.T) {
	c, r := ask(http.MethodGet)
	err := download.Stream(c, download.File{Name: "a.zip", Type: download.ZIP}, func(to io.Writer) error {
		for range 4 {
			if _, err := io.WriteString(to, strings.Repeat("a", 64<<10)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(r.until) < 4 {
		t.Fatalf("waited for %d times, %v", len(r.until), err)
	}
	for i, until := range r.until[1:] {
		if !until.After(r.until[i]) {
			t.Errorf("part %d may take no longer than the one before", i+1)
		}
	}
}
