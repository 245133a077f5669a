package account

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// files that are what they say, as far as their first bytes tell
var (
	png  = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	pdf  = []byte("%PDF-1.7\n")
	html = []byte("<!DOCTYPE html><script>alert(1)</script>")
)

func request() NumberRequest {
	return NumberRequest{
		MerchantRef: "M3", NewPhone: "135 0000 0001", Reason: "原来的号码是代理商的",
		Files: []Evidence{{Name: "C:\\照片\\营业执照.png", Content: png}, {Name: "说明.pdf", Content: pdf}},
	}
}

func TestAnOwnerAsksForAnotherNumberWithEvidence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		name, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		own, err := w.ReadOwn(t.Context(), me, Owner)
		if err != nil || len(own.Requests) != 1 {
			t.Fatalf("got %+v, %v", own.Requests, err)
		}
		if r := own.Requests[0]; r.ID != name || r.State != RequestReceived || r.NewPhone != wang || r.ByUserID != me.UserID || !r.DecidedAt.IsZero() {
			t.Errorf("got %+v", r)
		}
		var kind, file string
		var size int
		var content []byte
		err = w.d.QueryRow(t.Context(), `select name, media_type, size, content from phone_change_files where media_type <> 'application/pdf'`).Scan(&file, &kind, &size, &content)
		if err != nil || file != "营业执照.png" || kind != "image/png" || size != len(png) || !bytes.Equal(content, png) {
			t.Errorf("kept %q %q %d %q, %v", file, kind, size, content, err)
		}
		if m := w.sent(wang); len(m) != 1 || m[0].Kind != outbox.PhoneRequest {
			t.Errorf("the new number was told %+v", m)
		}
		if m := w.sent(li); len(m) != 1 || !strings.Contains(m[0].Text, "tail 0001") {
			t.Errorf("the owner was told %+v", m)
		}
	})
}

func TestARequestSaysWhatIsWrongWithIt(t *testing.T) {
	big := append(bytes.Clone(png), make([]byte, MaxEvidenceBytes)...)
	for key, change := range map[string]func(r *NumberRequest){
		"account.request.merchant_empty": func(r *NumberRequest) { r.MerchantRef = " " },
		"account.request.phone_empty":    func(r *NumberRequest) { r.NewPhone = "" },
		"login.phone.wrong":              func(r *NumberRequest) { r.NewPhone = "0571-87654321" },
		"login.phone.region":             func(r *NumberRequest) { r.NewPhone = "+53 5234 5678" },
		"account.request.reason_empty":   func(r *NumberRequest) { r.Reason = "\n" },
		"account.request.reason_long":    func(r *NumberRequest) { r.Reason = strings.Repeat("长", MaxReason+1) },
		"account.request.files_none":     func(r *NumberRequest) { r.Files = nil },
		"account.request.files_many":     func(r *NumberRequest) { r.Files = append(r.Files, r.Files...) },
		"account.request.file_kind":      func(r *NumberRequest) { r.Files[0] = Evidence{Name: "x.png", Content: html} },
		"account.request.file_large":     func(r *NumberRequest) { r.Files[0].Content = big },
	} {
		r := request()
		change(&r)
		_, err := r.check(GivenNumbers{}, true)
		refused(t, err, fault.Invalid, key)
	}
	if _, err := (&NumberRequest{NewPhone: wang, Reason: "x", Files: []Evidence{{Content: nil}}}).check(GivenNumbers{}, false); err == nil {
		t.Error("an empty file is taken")
	}
}

func TestOnlyAnOwnerAsksForAnotherNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), owner, Invitation{Phone: "13500000009", Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		_, err := w.RequestPhone(t.Context(), w.who("+8613500000009", "b", 3), request())
		refused(t, err, fault.Forbidden, "errors.no_permission")
		_, err = w.RequestPhone(t.Context(), w.who(zhou, "c", 3), request())
		refused(t, err, fault.Forbidden, "errors.no_permission")
	})
}

func TestARequestIsWithdrawnByWhoMadeIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, other := w.who(li, "a", 3), w.who(zhou, "b", 1)
		name, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		refused(t, w.WithdrawPhoneRequest(t.Context(), other, name), fault.NotFound, "account.request.gone")
		if err := w.WithdrawPhoneRequest(t.Context(), me, name); err != nil {
			t.Fatal(err)
		}
		refused(t, w.WithdrawPhoneRequest(t.Context(), me, name), fault.NotFound, "account.request.gone")
		own, err := w.ReadOwn(t.Context(), me, Owner)
		if err != nil || own.Requests[0].State != RequestWithdrawn || own.Requests[0].DecidedAt.IsZero() {
			t.Errorf("got %+v, %v", own.Requests, err)
		}
	})
}

func TestWhoCantSignInAsksWithoutLearningWhoIsAMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		known, unknown := request(), request()
		unknown.MerchantRef, unknown.NewPhone = "M99", "13500000002"
		for _, in := range []NumberRequest{known, unknown} {
			if err := w.RequestPhoneUnknown(t.Context(), Visit{Address: "192.0.2.7", Locale: "zh-CN"}, in); err != nil {
				t.Fatal(err)
			}
			phone, _ := ParsePhone(in.NewPhone)
			if m := w.sent(phone); len(m) != 1 || m[0].Text != "zh-CN account.sms.request_new" {
				t.Errorf("%s: the new number was told %+v", in.MerchantRef, m)
			}
		}
		if got := w.count(`select count(*) from phone_changes where merchant_id = 3 and user_id is null and old_phone = $1`, li); got != 1 {
			t.Errorf("%d requests were kept, want one", got)
		}
		if m := w.sent(li); len(m) != 1 {
			t.Errorf("the owner was told %+v", m)
		}
		// an owner sees it and can't take it back, since it may be about them
		me := w.who(li, "a", 3)
		own, err := w.ReadOwn(t.Context(), me, Owner)
		if err != nil || len(own.Requests) != 1 || own.Requests[0].ByUserID != "" {
			t.Fatalf("got %+v, %v", own.Requests, err)
		}
		refused(t, w.WithdrawPhoneRequest(t.Context(), me, own.Requests[0].ID), fault.NotFound, "account.request.gone")
	})
}

func TestRequestsAreLimitedByNumberAddressAndMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ask := func(phone, address string) error {
			r := request()
			r.NewPhone = phone
			return w.RequestPhoneUnknown(t.Context(), Visit{Address: address}, r)
		}
		for i := range requestsADayFor {
			if err := ask("13500000001", fmt.Sprintf("192.0.2.%d", i)); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, ask("13500000001", "192.0.2.99"), fault.TooMany, "login.code.busy")
		// three requests wait: what comes now is answered alike and not kept
		for i := range requestsADayFrom {
			if err := ask(fmt.Sprintf("1350000001%d", i), "198.51.100.1"); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, ask("13500000020", "198.51.100.1"), fault.TooMany, "login.code.busy")
		if got := w.count(`select count(*) from phone_changes`); got != openRequests {
			t.Errorf("%d requests were kept, want %d", got, openRequests)
		}
		me := w.who(li, "a", 3)
		me.Address = "203.0.113.5"
		r := request()
		r.NewPhone = "13500000030"
		_, err := w.RequestPhone(t.Context(), me, r)
		refused(t, err, fault.Conflict, "account.request.open")
	})
}
