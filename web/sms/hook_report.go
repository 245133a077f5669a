package sms

import (
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// What a signed push of reports may be.
const (
	oldestSigned = 5 * time.Minute // either way: the clocks may differ
	nonceLetters = 32
	longestWord  = 80
	mostReports  = 1000
)

// NonceLasts is for how long the nonce of a push has to be remembered: until its
// time is too old for it to be taken anyway.
const NonceLasts = 2 * oldestSigned

// Signed is a push of reports that the gateway has signed.
type Signed struct {
	Nonce   string // never used twice: to be refused where it was seen before
	Reports []Report
}

// ReadSigned checks a push of the acquirer's gateway, signed with the key as our
// requests to it are, and reads its reports. The error is ErrUnknownSender, where
// nothing of the body was believed, or ErrMalformedReport.
func ReadSigned(key Key, header http.Header, body io.Reader, now time.Time) (Signed, error) {
	text, nonce, err := ReadSignedBody(key, header, body, now)
	if err != nil {
		return Signed{}, err
	}
	s := Signed{Nonce: nonce}
	s.Reports, err = parseSigned(text)
	return s, err
}

// ReadSignedBody checks a request that is signed with the key as ours to the
// acquirer's gateway are, and returns its body and its nonce, which is to be
// refused where it was seen before. The error is ErrUnknownSender, where nothing
// of the body was believed, or ErrMalformedReport where it is too long.
func ReadSignedBody(key Key, header http.Header, body io.Reader, now time.Time) (text []byte, nonce string, err error) {
	timestamp, nonce := header.Get(HeaderTimestamp), header.Get(HeaderNonce)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > oldestSigned || len(nonce) != nonceLetters {
		return nil, "", ErrUnknownSender
	}
	text, err = io.ReadAll(io.LimitReader(body, longestPush+1))
	if err != nil || len(text) > longestPush {
		return nil, "", ErrMalformedReport
	}
	if len(key.Secret) < 32 || header.Get(HeaderKey) != key.Name ||
		!hmac.Equal([]byte(header.Get(HeaderSignature)), []byte(Sign(key.Secret, timestamp, nonce, text))) {
		return nil, "", ErrUnknownSender
	}
	return text, nonce, nil
}

func parseSigned(text []byte) ([]Report, error) {
	var said struct {
		Reports []struct {
			ID        string    `json:"id"`
			GatewayID string    `json:"gateway_id"`
			To        string    `json:"to"`
			Status    string    `json:"status"`
			Reason    string    `json:"reason"`
			At        time.Time `json:"at"`
		} `json:"reports"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&said); err != nil || said.Reports == nil || len(said.Reports) > mostReports {
		return nil, ErrMalformedReport
	}
	reports := make([]Report, len(said.Reports))
	for i, r := range said.Reports {
		if r.ID == "" || r.To == "" || len(r.GatewayID) > 200 || len(r.Reason) > longestWord || r.Status != "delivered" && r.Status != "failed" {
			return nil, ErrMalformedReport
		}
		reports[i] = Report{ID: r.ID, ProviderID: r.GatewayID, To: r.To, Delivered: r.Status == "delivered", Code: r.Reason, ReportedAt: r.At.UTC()}
	}
	return reports, nil
}
