package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// The steps of sending, as Stage in failures names them.
const (
	stageToken = "token"
	stageSend  = "send"
	stageScene = "qrcode"
)

// longestToken bounds an access token, for which WeChat asks to keep 512 letters.
const longestToken = 2048

// answer is what WeChat says to a request; all its answers look alike.
type answer struct {
	Code      *int        `json:"errcode"`
	MessageID json.Number `json:"msgid"`
	Token     string      `json:"access_token"`
	ExpiresIn int         `json:"expires_in"` // seconds
	URL       string      `json:"url"`        // what a code to scan holds
}

// complete reports whether the answer, which holds no code of failure, is what
// the stage asks for.
func (a *answer) complete(stage string) bool {
	switch stage {
	case stageToken:
		return a.Token != ""
	case stageScene:
		return a.URL != ""
	}
	return false
}

// post makes a request of a stage and reads its answer. An error is a
// *delivery.Failure.
func (c *Client) post(ctx context.Context, stage, path string, in any) (answer, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // WeChat refuses letters written as \uXXXX
	if err := encoder.Encode(in); err != nil {
		return answer{}, &delivery.Failure{Channel: channel, Permanent: true, Reason: delivery.Content, Stage: stage, Cause: errors.New("the request can't be written")}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.account.Address+path, &body)
	if err != nil {
		return answer{}, &delivery.Failure{Channel: channel, Permanent: true, Reason: delivery.Settings, Stage: stage, Cause: errors.New("the request could not be made")}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "mingbai")
	got, err := delivery.Exchange(channel, c.account.Client, request)
	if err != nil {
		if f, ok := errors.AsType[*delivery.Failure](err); ok {
			f.Stage = stage
		}
		return answer{}, err
	}
	return judge(stage, got, c.now())
}

// judge sorts an answer of a stage. WeChat refuses with status 200 and a code.
func judge(stage string, got delivery.Answer, now time.Time) (answer, error) {
	var said answer
	err := json.Unmarshal(got.Body, &said)
	read := err == nil && (said.Code != nil || said.complete(stage))
	if got.Status != http.StatusOK || !read {
		f := &delivery.Failure{
			Channel: channel, Reason: delivery.Busy, Stage: stage, Status: got.Status,
			RetryAfter: delivery.RetryAfter(got.Header.Get("Retry-After"), now),
			Cause:      errors.New("the answer is not one of WeChat's"),
		}
		switch {
		case got.Status == http.StatusOK, got.Status >= 500:
			f.Unsure = true // something in between lost the real answer
		case !delivery.MeansLater(got.Status):
			f.Permanent, f.Reason = true, delivery.Settings
		}
		return answer{}, f
	}
	if said.Code != nil && *said.Code != 0 {
		f := refusal(stage, *said.Code)
		f.Status = got.Status
		return answer{}, f
	}
	if stage == stageToken && (said.Token == "" || len(said.Token) > longestToken || said.ExpiresIn <= 0) {
		return answer{}, &delivery.Failure{Channel: channel, Reason: delivery.Busy, Stage: stage, Status: got.Status, Cause: errors.New("WeChat gives no token")}
	}
	return said, nil
}

// WeChat's codes of a token that it doesn't know, or no longer.
const (
	codeInvalidCredential = 40001
	codeInvalidToken      = 40014
	codeExpiredToken      = 42001
)

func tokenRefused(err error) bool {
	f, ok := errors.AsType[*delivery.Failure](err)
	if !ok || f.Stage == stageToken {
		return false
	}
	switch f.Code {
	case strconv.Itoa(codeInvalidCredential), strconv.Itoa(codeInvalidToken), strconv.Itoa(codeExpiredToken):
		return true
	}
	return false
}

// refusals sorts the documented codes by what stands in the way. Those of one's
// own account would fail each message until staff act.
var refusals = map[int]delivery.Failure{
	-1:    {Reason: delivery.Busy},
	45009: {Reason: delivery.Limited, RetryAfter: time.Hour},   // the day's calls are used up
	45011: {Reason: delivery.Limited, RetryAfter: time.Minute}, // too many in a minute
	45047: {Reason: delivery.Limited, RetryAfter: time.Hour},   // too many to this person

	43004: {Permanent: true, Reason: delivery.NotFollowing}, // does not follow the account
	43101: {Permanent: true, Reason: delivery.NotFollowing}, // refuses its messages
	50005: {Permanent: true, Reason: delivery.NotFollowing}, // no longer follows it
	40003: {Permanent: true, Reason: delivery.Recipient},    // not an openid of this account
	41009: {Permanent: true, Reason: delivery.Recipient},    // no openid

	40033: {Permanent: true, Reason: delivery.Content}, // letters that are not taken
	40035: {Permanent: true, Reason: delivery.Content}, // parameters that are not taken
	44002: {Permanent: true, Reason: delivery.Content}, // no body
	45002: {Permanent: true, Reason: delivery.Content}, // too long
	47001: {Permanent: true, Reason: delivery.Content}, // no JSON
	47003: {Permanent: true, Reason: delivery.Content}, // a value that its place does not take

	40013: {Permanent: true, Reason: delivery.Settings}, // AppID
	40036: {Permanent: true, Reason: delivery.Settings}, // template
	40037: {Permanent: true, Reason: delivery.Settings}, // template
	40125: {Permanent: true, Reason: delivery.Settings}, // AppSecret
	40164: {Permanent: true, Reason: delivery.Settings}, // our address is not on the account's list
	48001: {Permanent: true, Reason: delivery.Settings}, // the account may not send templates
	48004: {Permanent: true, Reason: delivery.Settings}, // the account was barred from it
	50002: {Permanent: true, Reason: delivery.Settings}, // the account is restricted
}

// refusal tells what a code of a stage means.
func refusal(stage string, code int) *delivery.Failure {
	f, known := refusals[code]
	switch {
	case known:
	case stage == stageToken: // whatever it is, it is not about a message
		f = delivery.Failure{Permanent: true, Reason: delivery.Settings}
	case code == codeInvalidCredential, code == codeInvalidToken, code == codeExpiredToken:
		f = delivery.Failure{Reason: delivery.Settings}
	default:
		f = delivery.Failure{Permanent: true}
	}
	f.Channel, f.Stage, f.Code = channel, stage, strconv.Itoa(code)
	f.Cause = errors.New("WeChat refuses it")
	if !f.Permanent {
		f.Cause = errors.New("WeChat can't take it now")
	}
	return &f
}
