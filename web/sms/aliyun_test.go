package sms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// dysms is Aliyun's side: it checks each signature, and that a nonce is new.
type dysms struct {
	t      *testing.T
	mu     sync.Mutex
	nonces map[string]bool
	taken  []map[string]string
	status int
	answer string
	header http.Header
}

const keySecret = "a-secret-that-never-shows"

func (d *dysms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	if err := checkedAgain(r, body, keySecret); err != nil {
		d.t.Error(err)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"Code":"SignatureDoesNotMatch"}`)
		return
	}
	nonce := r.Header.Get("x-acs-signature-nonce")
	if d.nonces[nonce] || nonce == "" {
		d.t.Errorf("the nonce %q came twice", nonce)
	}
	d.nonces[nonce] = true
	got := map[string]string{"action": r.Header.Get("x-acs-action"), "version": r.Header.Get("x-acs-version"), "date": r.Header.Get("x-acs-date"), "accept": r.Header.Get("Accept")}
	for name, values := range r.URL.Query() {
		got[name] = values[0]
	}
	d.taken = append(d.taken, got)
	for name, values := range d.header {
		w.Header()[name] = values
	}
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, d.answer)
}

func startAliyun(t *testing.T) (*dysms, *Aliyun) {
	t.Helper()
	d := &dysms{t: t, nonces: map[string]bool{}, status: 200, answer: `{"Message":"OK","RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990","Code":"OK","BizId":"900619746936498440^0"}`}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	a, err := NewAliyun(AliyunAccount{KeyID: "LTAI", KeySecret: keySecret, Signature: "示例支付", Address: server.URL}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return d, a
}

var announced = Templated{
	ID: "m_1", To: "+8613812346621", Template: "SMS_15305",
	Params: map[string]string{"amount": "¥1,204.50", "date": "12月3日", "name": `a&b=c "d" *+~'()`},
}

func TestAliyunTakesASignedMessageWithItsTemplate(t *testing.T) {
	d, a := startAliyun(t)
	for range 2 {
		receipt, err := a.Send(t.Context(), announced)
		if err != nil || receipt.ProviderID != "900619746936498440^0" {
			t.Fatalf("got %+v, %v", receipt, err)
		}
	}
	got := d.taken[0]
	for name, want := range map[string]string{
		"action": "SendSms", "version": "2017-05-25", "date": "2025-11-26T04:00:00Z", "accept": "application/json",
		"PhoneNumbers": "8613812346621", "SignName": "示例支付", "TemplateCode": "SMS_15305", "OutId": "m_1",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	var params map[string]string
	if err := json.Unmarshal([]byte(got["TemplateParam"]), &params); err != nil || len(params) != 3 || params["name"] != announced.Params["name"] {
		t.Errorf("the values are %q, %v", got["TemplateParam"], err)
	}
}

func TestWhatIsEmptyIsNotSentToAliyun(t *testing.T) {
	d, a := startAliyun(t)
	if _, err := a.Send(t.Context(), Templated{To: "+85291234567", Template: "SMS_1"}); err != nil {
		t.Fatal(err)
	}
	got := d.taken[0]
	if _, ok := got["OutId"]; ok {
		t.Errorf("an empty id was sent")
	}
	if _, ok := got["TemplateParam"]; ok {
		t.Errorf("empty values were sent")
	}
	if got["PhoneNumbers"] != "85291234567" {
		t.Errorf("the number is %q", got["PhoneNumbers"])
	}
}

func TestAliyunsAnswersAreSorted(t *testing.T) {
	d, a := startAliyun(t)
	for _, c := range []struct {
		status            int
		body              string
		permanent, unsure bool
		reason            delivery.Reason
		code              string
		wait              time.Duration
	}{
		{200, `{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发天级流控Permits:10"}`, false, false, delivery.Limited, "isv.BUSINESS_LIMIT_CONTROL", time.Minute},
		{200, `{"Code":"isv.DAY_LIMIT_CONTROL"}`, false, false, delivery.Limited, "isv.DAY_LIMIT_CONTROL", time.Hour},
		{200, `{"Code":"isp.SYSTEM_ERROR"}`, false, false, delivery.Busy, "isp.SYSTEM_ERROR", 0},
		{400, `{"Code":"Throttling.User","Message":"Request was denied due to user flow control."}`, false, false, delivery.Limited, "Throttling.User", time.Second},
		{503, `{"Code":"Throttling"}`, false, false, delivery.Limited, "Throttling", time.Second},
		{503, `{"Code":"ServiceUnavailable"}`, false, false, delivery.Busy, "ServiceUnavailable", 0},
		{500, `{"Code":"InternalError"}`, false, false, delivery.Busy, "InternalError", 0},
		{500, `{"Code":"Something.New"}`, false, false, delivery.Busy, "Something.New", 0},
		{400, `{"Code":"SignatureNonceUsed"}`, false, false, delivery.Busy, "SignatureNonceUsed", 0},
		{400, `{"Code":"InvalidTimeStamp.Expired"}`, false, false, delivery.Settings, "InvalidTimeStamp.Expired", 0},
		{502, `<html>bad gateway</html>`, false, true, delivery.Busy, "", 0},
		{504, ``, false, true, delivery.Busy, "", 0},
		{429, ``, false, false, delivery.Busy, "", 0},
		{200, ``, false, true, delivery.Busy, "", 0},
		{200, `{"BizId":"1"}`, false, true, delivery.Busy, "", 0},
		{200, `{"Code":"+8613812346621 refused"}`, false, true, delivery.Busy, "", 0},
		{200, `{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"13812346621 invalid"}`, true, false, delivery.Recipient, "isv.MOBILE_NUMBER_ILLEGAL", 0},
		{200, `{"Code":"isv.BLACK_KEY_CONTROL_LIMIT"}`, true, false, delivery.Recipient, "isv.BLACK_KEY_CONTROL_LIMIT", 0},
		{200, `{"Code":"isv.TEMPLATE_MISSING_PARAMETERS"}`, true, false, delivery.Content, "isv.TEMPLATE_MISSING_PARAMETERS", 0},
		{200, `{"Code":"isv.SMS_TEMPLATE_ILLEGAL"}`, true, false, delivery.Settings, "isv.SMS_TEMPLATE_ILLEGAL", 0},
		{200, `{"Code":"isv.SMS_SIGNATURE_ILLEGAL"}`, true, false, delivery.Settings, "isv.SMS_SIGNATURE_ILLEGAL", 0},
		{200, `{"Code":"isv.AMOUNT_NOT_ENOUGH"}`, true, false, delivery.Settings, "isv.AMOUNT_NOT_ENOUGH", 0},
		{403, `{"Code":"Forbidden.RAM"}`, true, false, delivery.Settings, "Forbidden.RAM", 0},
		{404, `{"Code":"InvalidAccessKeyId.NotFound"}`, true, false, delivery.Settings, "InvalidAccessKeyId.NotFound", 0},
		{302, ``, true, false, delivery.Settings, "", 0},
		{404, `not here`, true, false, delivery.Settings, "", 0},
		{400, `{"Code":"OK","BizId":"1"}`, true, false, delivery.Settings, "OK", 0},
	} {
		d.status, d.answer = c.status, c.body
		_, err := a.Send(t.Context(), announced)
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%d %s: got %v, want an *Error", c.status, c.body, err)
			continue
		}
		if e.Permanent != c.permanent || e.Unsure != c.unsure || e.Reason != c.reason || e.Code != c.code || e.RetryAfter != c.wait || e.Status != c.status {
			t.Errorf("%d %s: got %+v, want %+v", c.status, c.body, e, c)
		}
		for _, private := range []string{"13812346621", keySecret, "1,204", "Permits"} {
			if strings.Contains(err.Error(), private) {
				t.Errorf("%d %s: the error says %q", c.status, c.body, err)
			}
		}
	}
}

func TestAliyunsOwnWaitIsKept(t *testing.T) {
	d, a := startAliyun(t)
	d.status, d.answer, d.header = 429, `{"Code":"Throttling.Api"}`, http.Header{"Retry-After": {"90"}}
	_, err := a.Send(t.Context(), announced)
	if e, ok := errors.AsType[*Error](err); !ok || e.RetryAfter != 90*time.Second {
		t.Errorf("got %+v", err)
	}
}

func TestWhenAliyunDoesNotAnswerNobodyKnowsWhetherItTookTheMessage(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	a, err := NewAliyun(AliyunAccount{KeyID: "LTAI", KeySecret: keySecret, Signature: "s", Address: server.URL}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = a.Send(ctx, announced)
	if delivery.IsPermanent(err) || !delivery.IsUnsure(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a temporary, unsure failure", err)
	}
	if strings.Contains(err.Error(), "13812346621") {
		t.Errorf("the error says %q", err)
	}
}

func TestAnIncompleteAliyunAccountIsRefused(t *testing.T) {
	whole := AliyunAccount{KeyID: "k", KeySecret: "s", Signature: "n"}
	if a, err := NewAliyun(whole, time.Now); err != nil || a.account.Address != AliyunAddress {
		t.Fatalf("got %v", err)
	}
	for name, change := range map[string]func(*AliyunAccount){
		"key":       func(a *AliyunAccount) { a.KeyID = "" },
		"secret":    func(a *AliyunAccount) { a.KeySecret = "" },
		"signature": func(a *AliyunAccount) { a.Signature = "" },
		"address":   func(a *AliyunAccount) { a.Address = "http://dysmsapi.aliyuncs.com" },
	} {
		account := whole
		change(&account)
		if _, err := NewAliyun(account, time.Now); err == nil {
			t.Errorf("without a good %s: got %v", name, err)
		}
	}
}
