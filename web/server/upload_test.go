package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// mostTaken is how much of an upload that is refused may have arrived: what lies
// in the buffers of the two ends.
const mostTaken = 24 << 20

// pour sends a request's head and then a body without end, in chunks or not, until
// it is answered or nobody takes more; it returns the answer and how much was taken.
func pour(t *testing.T, address, head string, most int, chunked bool) (answer *http.Response, taken int) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	answered := make(chan *http.Response, 1)
	go func() {
		defer close(answered)
		if a, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			answered <- a
		}
	}()
	piece := bytes.Repeat([]byte("x"), 64<<10)
	if chunked {
		piece = []byte(fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece))
	}
	for taken < most {
		n, err := conn.Write(piece)
		taken += n
		if err != nil {
			break
		}
		select {
		case answer = <-answered:
			answer.Body.Close()
			return answer, taken
		default:
		}
	}
	if answer = <-answered; answer != nil {
		answer.Body.Close()
	}
	return answer, taken
}

func TestAnUploadOfHalfAGigabyteIsRefusedWithoutBeingTakenIn(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	s := New(newFixture().Options)
	s.Router().Post("/upload", open, say200, Body(116<<20))
	server := httptest.NewServer(s)
	defer server.Close()
	address := server.Listener.Addr().String()
	const size = 500 << 20
	file := "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.jpg\"\r\n\r\n"
	for how, head := range map[string]string{
		"with its length said": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, file),
		"without its length":   fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(file), file),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		head = "POST /upload HTTP/1.1\r\nHost: portal.test\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=b\r\n" + head
		answer, taken := pour(t, address, head, size, strings.HasPrefix(how, "without"))
		runtime.ReadMemStats(&after)
		if answer == nil || answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %v, want 413", how, answer)
		}
		if taken > mostTaken {
			t.Errorf("%s: %d bytes were taken before it was refused, want at most %d", how, taken, mostTaken)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > mostTaken {
			t.Errorf("%s: it took %d bytes of memory", how, used)
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%s: %d files are left on disk, %v", how, len(left), err)
		}
	}
}

func TestAFormOfTenThousandFilesIsRefused(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	s := New(newFixture().Options)
	s.Router().Post("/upload", open, say200, Body(116<<20))
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := range 10_000 {
		part, err := w.CreateFormFile("files", fmt.Sprintf("%d.jpg", i))
		if err == nil {
			_, err = io.WriteString(part, "x")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "https://portal.test/upload", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	if answer.Code != http.StatusRequestEntityTooLarge || answer.Body.String() != "too_large" {
		t.Errorf("got %d %q, want 413", answer.Code, answer.Body)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%d files are left on disk, %v", len(left), err)
	}
}
