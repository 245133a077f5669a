package sms

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// AliyunAddress is where Aliyun's SMS service takes requests.
const AliyunAddress = "https://dysmsapi.aliyuncs.com"

// AliyunAccount is what Aliyun knows the sender by.
type AliyunAccount struct {
	KeyID     string       // name of the access key
	KeySecret string       // secret of the access key
	Signature string       // the approved signature, without its brackets
	Address   string       // empty: AliyunAddress
	Client    *http.Client // nil: one that is bounded in time and follows no redirect
}

// Aliyun sends messages by approved templates through Aliyun's SMS service:
// operation SendSms of version 2017-05-25, signed with ACS3-HMAC-SHA256.
type Aliyun struct {
	account AliyunAccount
	now     func() time.Time
}

// Templated is a message that an approved template is filled in for.
type Templated struct {
	ID       string            // comes back in reports (Aliyun's OutId)
	To       string            // E.164, such as +8613812346621
	Template string            // the template's code, such as SMS_15305
	Params   map[string]string // what fills the template's places
}

// NewAliyun returns a sender for an account. It refuses an account that lacks
// something, and an address that is not https, unless it is on this machine.
func NewAliyun(account AliyunAccount, now func() time.Time) (*Aliyun, error) {
	if account.Address == "" {
		account.Address = AliyunAddress
	}
	if err := delivery.CheckAddress(account.Address); err != nil {
		return nil, fmt.Errorf("sms: Aliyun: %w", err)
	}
	if account.KeyID == "" || account.KeySecret == "" {
		return nil, errors.New("sms: Aliyun needs the name and the secret of an access key")
	}
	if account.Signature == "" {
		return nil, errors.New("sms: Aliyun needs a signature")
	}
	if account.Client == nil {
		account.Client = delivery.NewHTTPClient()
	}
	return &Aliyun{account: account, now: now}, nil
}

// emptyHash is the SHA-256 of no body: all parameters travel in the query.
var emptyHash = func() string {
	sum := sha256.Sum256(nil)
	return hex.EncodeToString(sum[:])
}()

// Send hands a message to Aliyun, in one try. The receipt's id is Aliyun's
// BizId, which comes back in reports. Aliyun does not tell a second try from a
// second message: after an unsure failure, wait for a report before trying
// again. An error is an *Error.
func (a *Aliyun) Send(ctx context.Context, m Templated) (Receipt, error) {
	params, err := json.Marshal(m.Params)
	if err != nil {
		return Receipt{}, &Error{Channel: channel, Permanent: true, Reason: delivery.Content, Cause: errors.New("the template's values can't be written")}
	}
	query := url.Values{
		"PhoneNumbers": {strings.TrimPrefix(m.To, "+")},
		"SignName":     {a.account.Signature},
		"TemplateCode": {m.Template},
	}
	if len(m.Params) > 0 {
		query.Set("TemplateParam", string(params))
	}
	if m.ID != "" {
		query.Set("OutId", m.ID)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.account.Address+"/?"+aliyunQuery(query), http.NoBody)
	if err != nil {
		return Receipt{}, &Error{Channel: channel, Permanent: true, Reason: delivery.Settings, Cause: errors.New("the request could not be made")}
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // never fails: the program ends if it would
	// Aliyun answers in XML unless asked for JSON.
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "mingbai")
	request.Header.Set("x-acs-action", "SendSms")
	request.Header.Set("x-acs-version", "2017-05-25")
	request.Header.Set("x-acs-date", a.now().UTC().Format("2006-01-02T15:04:05Z"))
	request.Header.Set("x-acs-signature-nonce", hex.EncodeToString(nonce))
	request.Header.Set("x-acs-content-sha256", emptyHash)
	signAliyun(request, emptyHash, a.account.KeyID, a.account.KeySecret)
	answer, err := delivery.Exchange(channel, a.account.Client, request)
	if err != nil {
		return Receipt{}, err
	}
	return judgeAliyun(answer, a.now())
}

// aliyunCode is what a code looks like; anything else might hold what it must
// not.
var aliyunCode = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]{0,79}$`)

// judgeAliyun turns an answer into a receipt or an error. Aliyun refuses most
// messages with status 200 and a code.
func judgeAliyun(answer delivery.Answer, now time.Time) (Receipt, error) {
	var said struct{ Code, BizID string }
	if err := json.Unmarshal(answer.Body, &said); err != nil || !aliyunCode.MatchString(said.Code) {
		e := &Error{
			Channel: channel, Status: answer.Status, Reason: delivery.Busy,
			RetryAfter: delivery.RetryAfter(answer.Header.Get("Retry-After"), now),
			Cause:      errors.New("the answer is not one of Aliyun's"),
		}
		switch {
		case answer.Status >= 200 && answer.Status < 300, answer.Status >= 500:
			e.Unsure = true // something in between lost the real answer
		case !delivery.MeansLater(answer.Status):
			e.Permanent, e.Reason = true, delivery.Settings
		}
		return Receipt{}, e
	}
	if said.Code == "OK" && answer.Status < 300 {
		return Receipt{ProviderID: said.BizID}, nil
	}
	e := aliyunRefusal(said.Code, answer.Status)
	e.Channel, e.Status, e.Code = channel, answer.Status, said.Code
	e.RetryAfter = max(e.RetryAfter, delivery.RetryAfter(answer.Header.Get("Retry-After"), now))
	return Receipt{}, e
}

// aliyunRefusals sorts the documented codes by what stands in the way. Those of
// one's own account would fail each message until staff act.
var aliyunRefusals = map[string]Error{
	"isv.BUSINESS_LIMIT_CONTROL": {Reason: delivery.Limited, RetryAfter: time.Minute}, // one number got too many in a minute, an hour or a day
	"isv.DAY_LIMIT_CONTROL":      {Reason: delivery.Limited, RetryAfter: time.Hour},
	"isv.MONTH_LIMIT_CONTROL":    {Reason: delivery.Limited, RetryAfter: time.Hour},
	"isp.SYSTEM_ERROR":           {Reason: delivery.Busy},
	"SignatureNonceUsed":         {Reason: delivery.Busy},     // the next try has a new one
	"InvalidTimeStamp.Expired":   {Reason: delivery.Settings}, // our clock is wrong, or the request was long under way

	"isv.MOBILE_NUMBER_ILLEGAL":         {Permanent: true, Reason: delivery.Recipient},
	"isv.BLACK_KEY_CONTROL_LIMIT":       {Permanent: true, Reason: delivery.Recipient}, // the number asked for no more messages
	"isv.DOMESTIC_NUMBER_NOT_SUPPORTED": {Permanent: true, Reason: delivery.Settings},

	"isv.INVALID_PARAMETERS":          {Permanent: true, Reason: delivery.Content},
	"isv.INVALID_JSON_PARAM":          {Permanent: true, Reason: delivery.Content},
	"isv.TEMPLATE_MISSING_PARAMETERS": {Permanent: true, Reason: delivery.Content},
	"isv.TEMPLATE_PARAMS_ILLEGAL":     {Permanent: true, Reason: delivery.Content},
	"isv.PARAM_LENGTH_LIMIT":          {Permanent: true, Reason: delivery.Content},
	"isv.PARAM_NOT_SUPPORT_URL":       {Permanent: true, Reason: delivery.Content},
	"isv.SMS_CONTENT_ILLEGAL":         {Permanent: true, Reason: delivery.Content},
}

// aliyunRefusal tells what a code means: a documented one from the table,
// another by its family and by the status.
func aliyunRefusal(code string, status int) *Error {
	e, known := aliyunRefusals[code]
	switch family, _, _ := strings.Cut(code, "."); {
	case known:
	case family == "Throttling":
		e = Error{Reason: delivery.Limited, RetryAfter: time.Second}
	case delivery.MeansLater(status), family == "ServiceUnavailable", family == "InternalError":
		e = Error{Reason: delivery.Busy}
	default: // the account, its key, rights, balance, signature or template
		e = Error{Permanent: true, Reason: delivery.Settings}
	}
	e.Cause = errors.New("Aliyun refuses it")
	if !e.Permanent {
		e.Cause = errors.New("Aliyun can't take it now")
	}
	return &e
}
