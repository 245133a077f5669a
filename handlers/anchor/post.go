package anchor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/sms"
)

// Post sends heads to an address of the acquirer's, signed as what goes to its
// own SMS gateway is.
type Post struct {
	address string
	host    string
	secret  []byte
	client  *http.Client
	now     func() time.Time
}

// NewPost returns a place behind an address. It refuses one that is not https,
// unless it is on this machine, and a secret of fewer than 32 bytes.
func NewPost(address string, secret []byte, now func() time.Time) (*Post, error) {
	if err := delivery.CheckAddress(address); err != nil {
		return nil, err
	}
	if len(secret) < 32 {
		return nil, errors.New("the secret must have at least 32 bytes")
	}
	to, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &Post{address: address, host: to.Host, secret: secret, client: delivery.NewHTTPClient(), now: now}, nil
}

// Name tells the host, since an address may hold a secret.
func (p *Post) Name() string { return "post " + p.host }

// posted is the body of a request.
type posted struct {
	Heads []postedHead `json:"heads"`
}

type postedHead struct {
	Seal int64  `json:"seal"`
	Hash string `json:"sha256"`
}

// Keep sends heads together. Only an answer from 200 to 299 counts.
func (p *Post) Keep(ctx context.Context, heads []audit.Head) error {
	var content posted
	for _, h := range heads {
		content.Heads = append(content.Heads, postedHead{h.Seq, hex.EncodeToString(h.Hash)})
	}
	body, err := json.Marshal(content)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails: the program ends if it would
	timestamp := strconv.FormatInt(p.now().Unix(), 10)
	for name, value := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "User-Agent": "mingbai",
		sms.HeaderTimestamp: timestamp, sms.HeaderNonce: hex.EncodeToString(nonce), sms.HeaderKey: "audit",
		sms.HeaderSignature: sms.Sign(p.secret, timestamp, hex.EncodeToString(nonce), body),
	} {
		r.Header.Set(name, value)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // nothing of it is read
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d", answer.StatusCode)
	}
	return nil
}
