package delivery

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// exchangeTimeout is how long one request may take in all.
const exchangeTimeout = 10 * time.Second

// longestAnswer bounds what is read of an answer, in bytes.
const longestAnswer = 64 << 10

// longestRetry bounds what a provider may ask us to wait.
const longestRetry = time.Hour

// NewHTTPClient returns the client that talks to providers: bounded in time,
// and following no redirect, which would hand a message to another address.
func NewHTTPClient() *http.Client {
	return &http.Client{
		Timeout: exchangeTimeout,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout:   3 * time.Second,
			ResponseHeaderTimeout: exchangeTimeout,
			MaxIdleConnsPerHost:   4,
			IdleConnTimeout:       time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckAddress refuses a provider's address that is not https, unless it is on
// this machine.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("the address is no URL such as https://provider.example.com/send")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())) {
		return errors.New("the address must begin with https://")
	}
	return nil
}

// IsLoopback reports whether a host's name means this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Answer is what a provider said to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most 64 KiB, cut off there
}

// Exchange makes one request and reads the answer, bounded. An error is a
// temporary *Failure of the channel that names no address; it is unsure where
// the request had gone out.
func Exchange(channel string, client *http.Client, request *http.Request) (Answer, error) {
	var out atomic.Bool
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		WroteHeaders: func() { out.Store(true) },
	}))
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, &Failure{Channel: channel, Reason: Unreachable, Unsure: out.Load(), Cause: withoutAddress(err)}
	}
	defer func() { _ = response.Body.Close() }() // all that matters was read
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return Answer{}, &Failure{
			Channel: channel, Reason: Unreachable, Unsure: true, Status: response.StatusCode, Cause: withoutAddress(err),
		}
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, nil
}

// MeansLater reports whether an HTTP status says that the same request may
// well succeed later.
func MeansLater(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusTooEarly:
		return true
	}
	return status >= 500
}

// RetryAfter reads the header of that name, a count of seconds or a date, into
// how long to wait from now: at most an hour, and zero where it says nothing.
func RetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	var wait time.Duration
	if n, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(n, int(longestRetry/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, longestRetry))
}

// withoutAddress drops the address from a client's error: it may hold a key or
// a number.
func withoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("no answer: %w", u.Err)
	}
	return fmt.Errorf("the answer broke off: %w", err)
}
