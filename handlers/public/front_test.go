package public_test

import "testing"

func TestTheFrontPageSaysWhatItIsAndLetsIn(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/").Is(200).Says("POS 机扣的每一笔钱", "手机号", "这是例子", "与约定相符", "不该收").Form("/login").Set("phone", li).Submit().LeadsTo("/login/code")
	c.Speak("en").Get("/").Is(200).Says("Every charge", "Phone number", "Get a code")
}

func TestTheFrontPageKnowsWhoIsSignedIn(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	s.signIn(c, li)
	c.Get("/").Is(200).Says("李老板，你已经登录").SaysNot("获取验证码").Click("看我的账").Is(200)
}

func TestTheFrontPageOfAWrongNumberIsTheSignInPage(t *testing.T) {
	s := newSite(t, nil)
	s.browser().Get("/").Form("/login").Set("phone", "1").Submit().Is(422).Says("这不像一个能收短信的手机号")
}
