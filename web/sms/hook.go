package sms

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

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
	if err := delivery.CheckAddress(address); err != nil {
		return nil, fmt.Errorf("sms: the gateway: %w", err)
	}
	if len(key.Secret) < 32 {
		return nil, errors.New("sms: the secret must have at least 32 bytes")
	}
	if key.Name == "" {
		return nil, errors.New("sms: the secret needs a name")
	}
	return &Hook{address: address, key: key, now: now, client: delivery.NewHTTPClient()}, nil
}

// content is the body of a request.
type content struct {
	ID   string `json:"id"`
	To   string `json:"to"`
	Text string `json:"text"`
	Kind string `json:"kind,omitempty"`
}

// Send hands a message to the gateway, in one try. After an unsure failure the
// same message may be handed to it again, but to no other: the gateway sends a
// message of one id once.
func (h *Hook) Send(ctx context.Context, m Message) (Receipt, error) {
	body, err := json.Marshal(content(m))
	if err != nil {
		return Receipt{}, &Error{Channel: channel, Permanent: true, Reason: delivery.Content, Cause: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(body))
	if err != nil {
		return Receipt{}, &Error{Channel: channel, Permanent: true, Reason: delivery.Settings, Cause: errors.New("the request could not be made")}
	}
	h.sign(request, body)
	answer, err := delivery.Exchange(channel, h.client, request)
	if err != nil {
		return Receipt{}, err
	}
	return judge(answer, h.now())
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
func judge(answer delivery.Answer, now time.Time) (Receipt, error) {
	status := answer.Status
	switch {
	case status >= 200 && status < 300:
		var taken struct {
			ID string `json:"id"`
		}
		// The gateway took the message; what it calls it is good to have, no more.
		_ = json.Unmarshal(answer.Body, &taken)
		return Receipt{ProviderID: taken.ID}, nil
	case delivery.MeansLater(status):
		return Receipt{}, &Error{
			Channel: channel, Reason: delivery.Busy, Status: status,
			RetryAfter: delivery.RetryAfter(answer.Header.Get("Retry-After"), now),
			Cause:      errors.New("the gateway can't take it now"),
		}
	case status >= 300 && status < 400:
		return Receipt{}, &Error{
			Channel: channel, Permanent: true, Reason: delivery.Settings, Status: status,
			Cause: errors.New("the gateway sends us elsewhere, where we don't follow"),
		}
	}
	return Receipt{}, &Error{Channel: channel, Permanent: true, Status: status, Cause: errors.New("the gateway refuses it")}
}
