package sms

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// sendTimeout is how long one try may take in all. A gateway that is slower is
// asked again later, with the same id.
const sendTimeout = 10 * time.Second

// longestAnswer bounds what is read of an answer, in bytes.
const longestAnswer = 64 << 10

// longestRetry bounds what a gateway may ask us to wait.
const longestRetry = time.Hour

// Hook sends through a gateway's address.
type Hook struct {
	address string
	key     Key
	client  *http.Client
	now     func() time.Time
}

// Key is the secret shared with the gateway, and its name.
type Key struct {
	Name   string
	Secret []byte // at least 32 bytes
}

// NewHook returns a sender to the gateway's address. It refuses an address that
// is not https, unless it is on this machine, and a secret that is too short.
func NewHook(address string, key Key, now func() time.Time) (*Hook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("sms: the gateway's address is no URL such as https://sms.example.com/send")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, errors.New("sms: the gateway's address must begin with https://")
	}
	if len(key.Secret) < 32 {
		return nil, errors.New("sms: the secret must have at least 32 bytes")
	}
	if key.Name == "" {
		return nil, errors.New("sms: the secret needs a name")
	}
	return &Hook{address: address, key: key, now: now, client: &http.Client{
		Timeout: sendTimeout,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
			TLSHandshakeTimeout:   3 * time.Second,
			ResponseHeaderTimeout: sendTimeout,
			MaxIdleConnsPerHost:   4,
			IdleConnTimeout:       time.Minute,
		},
		// Following a redirect would hand the message to another address.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// content is the body of a request.
type content struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
	Kind string `json:"kind,omitempty"`
}

// Send hands a message to the gateway, in one try.
func (h *Hook) Send(ctx context.Context, m Message) (Receipt, error) {
	body, err := json.Marshal(content(m))
	if err != nil {
		return Receipt{}, &Error{Permanent: true, Cause: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(body))
	if err != nil {
		return Receipt{}, &Error{Permanent: true, Cause: errors.New("the request could not be made")}
	}
	h.sign(request, body)
	response, err := h.client.Do(request)
	if err != nil {
		return Receipt{}, &Error{Cause: withoutAddress(err)}
	}
	defer func() { _ = response.Body.Close() }() // all that matters was read
	answer, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	return judge(response, answer, err, h.now())
}

func (h *Hook) sign(r *http.Request, body []byte) {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails: the program ends if it would
	timestamp := strconv.FormatInt(h.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "mingbai")
	r.Header.Set(HeaderTimestamp, timestamp)
	r.Header.Set(HeaderNonce, hex.EncodeToString(nonce))
	r.Header.Set(HeaderKey, h.key.Name)
	r.Header.Set(HeaderSignature, Sign(h.key.Secret, timestamp, hex.EncodeToString(nonce), body))
}

// judge turns an answer into a receipt or an error.
func judge(response *http.Response, answer []byte, readErr error, now time.Time) (Receipt, error) {
	status := response.StatusCode
	switch {
	case status >= 200 && status < 300:
		var taken struct {
			ID string `json:"id"`
		}
		if readErr != nil {
			return Receipt{}, &Error{Status: status, Cause: readErr}
		}
		// The gateway took the message; what it calls it is good to have, no more.
		_ = json.Unmarshal(answer, &taken)
		return Receipt{ProviderID: taken.ID}, nil
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return Receipt{}, &Error{
			Status: status, RetryAfter: retryAfter(response.Header.Get("Retry-After"), now),
			Cause: errors.New("the gateway can't take it now"),
		}
	case status >= 300 && status < 400:
		return Receipt{}, &Error{Permanent: true, Status: status, Cause: errors.New("the gateway sends us elsewhere, where we don't follow")}
	}
	return Receipt{}, &Error{Permanent: true, Status: status, Cause: errors.New("the gateway refuses it")}
}

// retryAfter reads the header, which is a count of seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	var wait time.Duration
	if n, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(n, int(longestRetry/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, longestRetry))
}

// withoutAddress drops the address from a client's error: it may hold a key.
func withoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("no answer: %w", u.Err)
	}
	return err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
