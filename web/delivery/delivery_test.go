package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAFailureSaysWhatHappened(t *testing.T) {
	cause := errors.New("the server refuses it")
	for want, f := range map[string]*Failure{
		"mail: permanent failure at recipient, answered 550 with 5.1.1: the server refuses it": {
			Channel: "mail", Permanent: true, Stage: "recipient", Status: 550, Code: "5.1.1", Cause: cause,
		},
		"sms: temporary failure, it may have been taken: the server refuses it": {Channel: "sms", Unsure: true, Cause: cause},
		"temporary failure: the server refuses it":                              {Cause: cause},
	} {
		if got := f.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if !errors.Is(f, cause) {
			t.Errorf("%q does not lead to its cause", want)
		}
	}
}

func TestAWrappedFailureIsStillJudged(t *testing.T) {
	err := fmt.Errorf("notice: %w", &Failure{Permanent: true, Unsure: true, Cause: io.EOF})
	if !IsPermanent(err) || !IsUnsure(err) {
		t.Errorf("got %v and %v, want both", IsPermanent(err), IsUnsure(err))
	}
	for _, err := range []error{nil, io.EOF, &Failure{Cause: io.EOF}} {
		if IsPermanent(err) || IsUnsure(err) {
			t.Errorf("%v: got %v and %v, want neither", err, IsPermanent(err), IsUnsure(err))
		}
	}
}

func post(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"?key=sesame", strings.NewReader("text"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func failure(t *testing.T, err error) *Failure {
	t.Helper()
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("got %v, want a failure", err)
	}
	if strings.Contains(err.Error(), "sesame") {
		t.Errorf("the error says %q", err)
	}
	return f
}

func TestAnAnswerIsReadToItsBound(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(server.Close)
	answer, err := Exchange("sms", NewHTTPClient(), post(t, server.URL))
	if err != nil || answer.Status != http.StatusTeapot || len(answer.Body) != longestAnswer {
		t.Errorf("got %d with %d bytes, %v", answer.Status, len(answer.Body), err)
	}
}

func TestWithoutAConnectionNothingWasTaken(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, err := Exchange("sms", NewHTTPClient(), post(t, closed.URL))
	if f := failure(t, err); f.Permanent || f.Unsure || f.Reason != Unreachable || f.Channel != "sms" {
		t.Errorf("got %+v", f)
	}
}

func TestALineCutAfterTheRequestLeavesItUnsure(t *testing.T) {
	for name, answer := range map[string]string{
		"before the answer": "",
		"in the answer":     "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, answer)
			_ = conn.(*net.TCPConn).Close()
		}))
		t.Cleanup(server.Close)
		_, err := Exchange("sms", NewHTTPClient(), post(t, server.URL))
		if f := failure(t, err); f.Permanent || !f.Unsure {
			t.Errorf("cut %s: got %+v, want a temporary, unsure failure", name, f)
		}
	}
}

func TestAStallEndsWithTheContext(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := Exchange("sms", NewHTTPClient(), post(t, server.URL).WithContext(ctx))
	if f := failure(t, err); !f.Unsure || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v", f)
	}
}

func TestARedirectIsAnAnswerLikeAnother(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	answer, err := Exchange("sms", NewHTTPClient(), post(t, server.URL))
	if err != nil || answer.Status != http.StatusTemporaryRedirect || followed {
		t.Errorf("got %d, %v, followed: %v", answer.Status, err, followed)
	}
}

func TestOnlyASafeAddressIsTaken(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://sms.example.com/send": true, "http://127.0.0.1:9/send": true, "http://localhost:9": true, "http://[::1]:9": true,
		"http://sms.example.com/send": false, "sms.example.com": false, "": false, "https://": false,
		"https://user:pass@sms.example.com": false, "ftp://sms.example.com": false, "http://127.0.0.1.example.com": false,
	} {
		if err := CheckAddress(address); (err == nil) != ok {
			t.Errorf("%q: got %v, want taken: %v", address, err, ok)
		}
	}
}

func TestAProvidersWaitIsReadAndBounded(t *testing.T) {
	noon := time.Date(2025, 11, 26, 4, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 30 ": 30 * time.Second, "-5": 0, "soon": 0, "999999999": time.Hour,
		"Wed, 26 Nov 2025 04:01:00 GMT": time.Minute, "Wed, 26 Nov 2025 03:00:00 GMT": 0, "Thu, 27 Nov 2025 04:00:00 GMT": time.Hour,
	} {
		if got := RetryAfter(header, noon); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}

func TestAStatusMeansLaterOrNever(t *testing.T) {
	for status, want := range map[int]bool{
		200: false, 301: false, 400: false, 403: false, 408: true, 425: true, 429: true, 500: true, 502: true, 503: true, 504: true,
	} {
		if got := MeansLater(status); got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
}
