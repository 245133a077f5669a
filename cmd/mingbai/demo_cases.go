package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
)

// casesDemo lets merchants of the demo complain, ask and request in the weeks
// before it begins, and staff work on that, each at its moment and as they would.
func casesDemo(ctx context.Context, c config, told *demoNotices, now time.Time) error {
	plans := disclosure.NewCatalogue(told.d)
	if err := plans.Refresh(ctx); err != nil {
		return err
	}
	files, err := openFiles(c)
	if err != nil {
		return err
	}
	w := &demoCases{
		ctx: ctx, d: told.d, at: told.at, told: told, today: date.Of(now),
		cases: complaint.New(complaint.Options{
			DB: told.d, Clock: told.at, Plans: plans.Plans, Policy: func() fee.Policy { return fee.DefaultPolicy }, Files: files,
		}),
	}
	w.goBy()
	return w.err
}

// demoCases is what merchants and staff do about cases, one after another. It
// keeps the first error; what comes after that is in vain.
type demoCases struct {
	ctx   context.Context
	d     *db.DB
	at    *clock.Set
	told  *demoNotices
	today date.Date
	cases *complaint.Cases
	err   error
}

func (w *demoCases) goBy() {
	he, zhou := w.staff("support"), w.staff("lead")
	lin, li, chen, zhao, wu := w.owner("M1005"), w.owner("M1002"), w.owner("M1003"), w.owner("M1004"), w.owner("M1006")

	w.on(34, 10, 20)
	untold := w.file(lin, complaint.NewCase{Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: w.line(lin, "l.decision = 'allow'"), Reason: complaint.NotTold, Words: "没看到短信。"})
	w.on(34, 15, 5)
	w.do(w.cases.Assign(w.ctx, he, untold, he.ID))
	w.do(w.cases.Reply(w.ctx, he, untold, "您好，我们正在核对那天发给您的提醒。"))
	w.on(32, 11, 0)
	w.decide(he, untold, complaint.Judgement{
		Finding: complaint.NotUpheld, RootCause: "提醒已送达，商户没有看到",
		Reason: "扣费前 7 天和前 1 天，短信都送到了您留的号码，站内信里也有。您可以在“提醒”里改成微信或邮件。",
	})

	w.on(21, 14, 10)
	invoice := w.file(li, complaint.NewCase{Kind: complaint.Invoice, Words: "请开发票。抬头：顺意便利店。开这些：上个月的手续费。"})
	w.on(20, 10, 30)
	w.do(w.cases.Assign(w.ctx, he, invoice, he.ID))
	w.decide(he, invoice, complaint.Judgement{Finding: complaint.Answered, Reason: "发票已经开好，今天寄到您店里。"})
	w.on(19, 9, 40)
	w.do(w.cases.Accept(w.ctx, li, invoice))
	w.do(w.cases.Rate(w.ctx, li, invoice, 5, "很快"))

	w.on(17, 10, 0)
	if w.err == nil {
		_, w.err = w.cases.Close(w.ctx)
	}

	w.on(9, 10, 12)
	dear := w.file(li, complaint.NewCase{
		Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: w.line(li, "l.decision = 'deny' and l.item = 'sim_data'"), Reason: complaint.TooMuch, Words: "说好半年 48 元，怎么扣了 99？",
		Files: []complaint.Upload{{Name: "账单截图.png", Content: w.picture()}},
	})
	w.on(9, 10, 55)
	w.do(w.cases.Assign(w.ctx, he, dear, he.ID))
	w.do(w.cases.Reply(w.ctx, he, dear, "您好，您同意的价格是每半年 ¥48.00。我们在查为什么按 ¥99.00 提交了扣费，查清楚马上告诉您。"))
	w.on(8, 11, 20)
	_, err := w.askThird(he, dear, complaint.Inquiry{Whom: complaint.Agent, Name: "海通代理", Body: "这台终端为什么按 99 元提交？请给出商户同意的凭据。", DueOn: w.today.AddDays(-5)})
	w.do(err)

	w.on(7, 15, 30)
	refused := w.file(chen, complaint.NewCase{Kind: complaint.Complaint, Subject: complaint.OfDeduction, Ref: w.line(chen, "l.decision = 'allow'"), Reason: complaint.NeverAgreed, Words: "我没有签过字。"})
	w.on(7, 17, 10)
	w.do(w.cases.Assign(w.ctx, he, refused, he.ID))
	w.do(w.cases.Reply(w.ctx, he, refused, "您好，我们在找开通时留下的同意记录。"))

	w.on(5, 9, 50)
	gone := w.file(zhao, complaint.NewCase{Kind: complaint.Complaint, Subject: complaint.OfTerminal, Ref: w.terminal(zhao), Item: fee.SimData, Reason: complaint.StoppedFee, Words: "上个月就说要停了。"})
	w.on(5, 11, 15)
	w.do(w.cases.Assign(w.ctx, he, gone, he.ID))
	w.do(w.cases.Reply(w.ctx, he, gone, "您好，收到了，正在核对停用的日期。"))

	w.on(4, 10, 40)
	w.decide(he, refused, complaint.Judgement{
		Finding: complaint.NotUpheld, RootCause: "开通时已同意", Reason: "开通那天，店里的手机号收到验证码并填写了同意。价格和公示一致。",
	})
	w.on(4, 14, 20)
	w.decide(he, dear, complaint.Judgement{
		Finding: complaint.Upheld, RootCause: "代理商按旧的收费档提交", Amount: new(money.Fen(51_00)),
		Reason: "您同意的是每半年 ¥48.00，这笔按 ¥99.00 提交，多收了 ¥51.00。提交的代理商没有您同意的凭据，我们已经关掉这种提交。",
	})
	refund := w.propose(he, dear, 51_00)

	w.on(3, 10, 5)
	w.do(w.cases.SendRefund(w.ctx, demoActor, refund))
	w.on(2, 9, 45)
	w.do(w.cases.AskReview(w.ctx, chen, refused, "那个手机号不是我的，是业务员的。"))
	w.on(2, 11, 0)
	w.do(w.cases.Assign(w.ctx, zhou, refused, zhou.ID))
	w.on(2, 15, 20)
	w.do(w.cases.AskMerchant(w.ctx, he, gone, "请问您是跟谁说的要停、哪一天？有聊天记录的话，拍一张发给我们。"))

	w.on(1, 10, 30)
	if w.err == nil {
		_, w.err = w.cases.OpenDenied(w.ctx, w.today.AddDays(-366).Start())
	}
	w.putRight(he, zhou, dear)
	w.on(1, 17, 50)
	w.file(wu, complaint.NewCase{Kind: complaint.Callback, Words: "请给我回电话。方便的时间：下午两点以后。"})
	if w.err == nil {
		_, w.err = w.cases.Warnings(w.ctx)
	}
	w.tell()
}

// on tells of what was done, and goes on to a moment of a day before today.
func (w *demoCases) on(days, hour, minute int) {
	w.tell()
	w.at.MoveTo(w.today.AddDays(-days).At(hour, minute))
}

// tell writes and sends what merchants are to be told of.
func (w *demoCases) tell() {
	if w.err != nil || w.told.post == nil {
		return
	}
	if _, w.err = notice.Gather(w.ctx, w.d, w.at, *w.told.post); w.err == nil {
		w.err = w.told.deliver(w.ctx)
	}
}

func (w *demoCases) do(err error) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("demo: cases of %s: %w", w.at.Now().Format(time.DateTime), err)
	}
}

func (w *demoCases) read(into any, query string, args ...any) {
	if w.err == nil {
		w.do(w.d.QueryRow(w.ctx, query, args...).Scan(into))
	}
}

// owner is the owner of a merchant, signed in.
func (w *demoCases) owner(ref string) (who account.Who) {
	w.read(&who.MerchantID, `select id from merchants where ref = $1`, ref)
	w.read(&who.UserID, `select min(user_id) from memberships where merchant_id = $1 and role = 'owner' and ended_at is null`, who.MerchantID)
	who.Address = "127.0.0.1"
	return who
}

// staff is the member of staff with a role.
func (w *demoCases) staff(role string) (a staff.Actor) {
	w.read(&a.ID, `select min(staff_id) from staff_role_changes where role = $1`, role)
	w.read(&a.Name, `select name from staff where id = $1`, a.ID)
	a.Roles, a.Address = []staff.Role{staff.Role(role)}, "127.0.0.1"
	return a
}

// line is the latest deduction of a merchant's of which something is true.
func (w *demoCases) line(who account.Who, which string) (id string) {
	w.read(&id, `
		select l.id from bill_lines l where l.merchant_id = $1 and l.kind = 'deduction' and l.state = 'posted' and l.item not in ('transaction', 'withdrawal') and `+which+`
		order by l.at desc, l.id desc limit 1`, who.MerchantID)
	return id
}

func (w *demoCases) terminal(who account.Who) (sn string) {
	w.read(&sn, `select min(sn) from terminals where merchant_id = $1`, who.MerchantID)
	return sn
}

func (w *demoCases) file(who account.Who, in complaint.NewCase) string {
	if w.err != nil {
		return ""
	}
	f, err := w.cases.File(w.ctx, who, in)
	w.do(err)
	return f.Number
}

// picture is a made-up photo: a sheet with lines of text that nobody can read.
func (w *demoCases) picture() []byte {
	sheet := image.NewGray(image.Rect(0, 0, 320, 200))
	for y := range 200 {
		for x := range 320 {
			shade := uint8(250)
			if y%28 > 16 && y > 20 && x > 24 && x < 296-y%56*2 {
				shade = 150
			}
			sheet.SetGray(x, y, color.Gray{Y: shade})
		}
	}
	var b bytes.Buffer
	w.do(png.Encode(&b, sheet))
	return b.Bytes()
}

func (w *demoCases) decide(by staff.Actor, number string, j complaint.Judgement) {
	if w.err == nil {
		w.do(w.cases.Decide(w.ctx, by, number, j))
	}
}

func (w *demoCases) askThird(by staff.Actor, number string, q complaint.Inquiry) (string, error) {
	if w.err != nil {
		return "", nil
	}
	return w.cases.AskThird(w.ctx, by, number, q)
}

func (w *demoCases) propose(by staff.Actor, number string, amount money.Fen) (refundID string) {
	if w.err == nil {
		id, err := w.cases.ProposeRefund(w.ctx, by, number, amount)
		w.do(err)
		refundID = id
	}
	return refundID
}
