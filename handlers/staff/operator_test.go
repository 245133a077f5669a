package staff_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
)

func TestAnOperatorSaysWhoTheAcquirerIsBeforeAnybodyElseWrites(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		lin, auditor := s.join("lin", staff.Operator), s.join("auditor", staff.Auditor)
		s.join("lead", staff.Lead).Get("/admin/settings/operator").Is(http.StatusForbidden)
		auditor.Get("/admin").SaysNot("还没有填机构资料")
		auditor.Get("/admin/settings/operator").Is(http.StatusOK).Says("上线前先填这一页", "示例支付有限公司").SaysNot("保存")
		page := lin.Get("/admin").Says("还没有填机构资料").Click("去填").Is(http.StatusOK).Says("上线前先填这一页", "署“示例支付”的名").SaysNot("换成这张")
		form := page.Form("/admin/settings/operator")
		if got := form.Value("name_zh"); got != "" {
			t.Errorf("the form is filled with the example's %q", got)
		}
		form.Set("name_zh", "大河支付有限公司").Set("name_en", "Dahe Pay Ltd").Set("short_zh", "【大河】").Set("short_en", "D").Set("hotline", "12").Set("colour", "#aabbcc")
		refused := form.Submit().Is(http.StatusUnprocessableEntity).
			Says("至少有一个字或字母", "填 2 到 20 个字", "电话号码是 5 到 15 位数字", "和白色的对比是 1.9:1，至少要 4.5:1")
		form = refused.Form("/admin/settings/operator")
		if got := form.Value("colour"); got != "#aabbcc" {
			t.Errorf("the form came back with %q", got)
		}
		form.Set("short_zh", "大河支付").Set("short_en", "Dahe Pay").Set("hotline", "４００-820-0000").Set("colour", "#1C5AA0")
		looked := form.Press("先看看").Is(http.StatusOK).Says("还没有保存", "【大河支付】", "[Dahe Pay]", "大河支付有限公司的商户自助服务", "400-820-0000", "看明细")
		if p, err := setting.ReadProfile(t.Context(), d); err != nil || p.IsSet {
			t.Fatalf("looking set it: %+v, %v", p, err)
		}
		form = looked.Form("/admin/settings/operator")
		saved := form.Press("保存").Follow().Says("存好了", "【大河支付】", "lin改的").SaysNot("上线前先填")
		form.Press("保存").Is(http.StatusConflict).Says("刚刚有人改过资料")
		lin.Get("/admin").SaysNot("还没有填机构资料")
		auditor.Get("/admin/settings/operator").Says("大河支付有限公司", "#1c5aa0")
		auditor.Get("/admin/audit").Says("改了机构资料")

		var mark bytes.Buffer
		if err := png.Encode(&mark, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			t.Fatal(err)
		}
		logo := saved.Form("/admin/settings/operator/logo")
		logo.Submit().Is(http.StatusUnprocessableEntity).Says("请选一张 PNG 或 JPEG 图片")
		logo.Attach("logo", "logo.svg", []byte("<svg/>")).Submit().Is(http.StatusUnprocessableEntity)
		saved.Form("/admin/settings/operator/logo").Attach("logo", "logo.png", mark.Bytes()).Submit().Follow().Says("不要标志").
			Form("/admin/settings/operator/logo").Press("不要标志").Follow().Says("还没有标志")
	})
}
