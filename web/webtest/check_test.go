package webtest

import (
	"net/url"
	"strings"
	"testing"
)

// good is a page without a fault; each case of the test below breaks one thing.
const good = `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>首页</title>
<link rel="stylesheet" href="/static/app.css"><script src="/static/app.js" defer></script></head>
<body><a href="#main">跳到正文</a><header><nav aria-label="主要"><ul><li><a href="/home" aria-current="page">首页</a></li></ul></nav></header>
<main id="main"><h1>早上好</h1><p>你的<b>账</b><br>都在</p>
<svg aria-hidden="true" viewBox="0 0 1 1"><path d="M0 0"/><g><circle r="1"/></g></svg>
<svg role="img" aria-label="七成"><svg x="1"><title>一半</title></svg><svg x="2"><path d="M0 0"/></svg><rect width="1" height="1"/></svg>
<h2 id="h">最近</h2><table aria-labelledby="h"><thead><tr><th scope="col">日期</th></tr></thead><tbody><tr><td><time datetime="2025-12-03">12月3日</time></td></tr></tbody></table>
<dl><div><dt>金额</dt><dd>¥36.00</dd></div></dl>
<form method="post" action="/login"><input type="hidden" name="csrf" value="t">
<label for="phone">手机号</label><input id="phone" name="phone" aria-describedby="hint"><p id="hint">11 位</p>
<label><input type="checkbox" name="keep" value="1"> 记住我</label>
<select name="s" aria-label="项目"><option value="a" selected>甲</option></select>
<button type="submit"><svg aria-hidden="true"><path d="M0 0"/></svg>登录</button></form>
<form action="/deductions"><label>从 <input type="date" name="from"></label><button type="submit">筛选</button></form>
<details><summary>更多</summary><p>内容</p></details>
<img src="/static/mark.png" alt=""><a href="https://example.com" target="_blank" rel="noopener">别处</a><a href="tel:95000">95000</a><a href="?lang=en">English</a></main></body></html>`

func check() Check {
	at, err := url.Parse("https://portal.test/home")
	if err != nil {
		panic(err)
	}
	return Check{
		At: at,
		Match: func(method, path string) (string, bool) {
			return path, map[string]bool{"GET /home": true, "GET /deductions": true, "POST /login": true}[method+" "+path]
		},
		Served: func(path string) bool { return path != "/static/none.css" },
	}
}

func TestAPageWithoutAFaultPasses(t *testing.T) {
	for _, fault := range check().Faults(good) {
		t.Error(fault)
	}
}

func TestEachFaultIsFound(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"<!DOCTYPE html>\n", "", "doctype"},
		{`lang="zh-CN"`, `lang="de"`, "lang"},
		{`<meta charset="utf-8">`, ``, "charset"},
		{`<meta name="viewport" content="width=device-width">`, ``, "viewport"},
		{`<title>首页</title>`, `<title></title>`, "titles"},
		{`<h1>早上好</h1>`, `<p>早上好</p>`, "0 <h1>"},
		{`<h1>早上好</h1>`, `<h1>早</h1><h1>好</h1>`, "2 <h1>"},
		{`<h1>早上好</h1>`, `<h1></h1>`, "no words"},
		{`<h2 id="h">最近</h2>`, `<h3 id="h">最近</h3>`, "level is skipped"},
		{`id="phone"`, `id="main"`, `"main" is there twice`},
		{`id="phone"`, `id="a b"`, "has a space"},
		{`<label for="phone">手机号</label>`, ``, "no label"},
		{`<label for="phone">手机号</label>`, `<label for="phone"></label>`, "no label"},
		{`for="phone"`, `for="fone"`, `"fone", which is not there`},
		{`aria-describedby="hint"`, `aria-describedby="hint more"`, `"more", which is not there`},
		{`aria-describedby="hint"`, `aria-describedby=""`, "empty aria-describedby"},
		{`aria-label="项目"`, ``, "no label"},
		{`</svg>登录</button>`, `</svg></button>`, "no name"},
		{`<button type="submit">筛选`, `<button>筛选`, "does not say its type"},
		{`<button type="submit">筛选</button>`, ``, "no button"},
		{`<input type="hidden" name="csrf" value="t">`, ``, "without its token"},
		{`value="t"`, `value=""`, "without its token"},
		{` alt=""`, ``, "no alt"},
		{` aria-label="七成"`, ``, "neither hidden"},
		{`<p>你的`, `<p style="color:red">你的`, "style attribute"},
		{`<p>你的`, `<p onclick="x()">你的`, "handler onclick"},
		{`<p>你的`, `<p hx-on:click="x()">你的`, "handler hx-on"},
		{`<p>你的`, `<p tabindex="3">你的`, "tabindex"},
		{`<p>你的`, `<style>p{}</style><p>你的`, "<style>"},
		{`<p>你的`, `<script>x()</script><p>你的`, "script stands in the page"},
		{`href="tel:95000"`, `href="javascript:x()"`, "script in href"},
		{`href="tel:95000"`, `href="ftp://example.com"`, "kind we don't use"},
		{`href="tel:95000"`, `href="#"`, "leads nowhere"},
		{`href="tel:95000"`, `href="#none"`, `"none", which is not there`},
		{` href="tel:95000"`, ``, "leads nowhere"},
		{`>95000</a>`, `></a>`, "no name"},
		{`href="/home"`, `href="/hame"`, "GET /hame, which no route takes"},
		{`href="/home"`, `href="/a%2Fhome"`, "GET /a%2Fhome, which no route takes"},
		{`action="/login"`, `action="/logon"`, "POST /logon, which no route takes"},
		{`action="/login"`, `action="https://example.com/login"`, "not on this site"},
		{`<p>你的`, `<p hx-post="/none">你的`, "POST /none, which no route takes"},
		{`<p>你的`, `<p hx-target="#none">你的`, `"none", which is not there`},
		{` rel="noopener"`, ``, "noopener"},
		{`/static/app.css`, `/static/none.css`, "no file"},
		{`/static/app.js`, `https://cdn.example.com/app.js`, "not on this site"},
		{` scope="col"`, ``, "what it heads"},
		{`<th scope="col">日期</th>`, `<td>日期</td>`, "no headings"},
		{` datetime="2025-12-03"`, ``, "no datetime"},
		{`</b>`, ``, "closes nothing"},
		{`</dl>`, ``, "closes nothing"},
		{`<b>账</b>`, `<b><i>账</b></i>`, "closes nothing"},
		{`<b>账</b>`, `<b/>账`, "not closed by its slash"},
		{`<b>账</b>`, `<div>账</div>`, "line of text only"},
		{`<b>账</b>`, `<b><ul><li>账</li></ul></b>`, "line of text only"},
		{`<b>账</b>`, `<a href="/home"><button type="button">账</button></a>`, "act on"},
		{`<summary>更多</summary>`, `<summary><a href="/home">更多</a></summary>`, "act on"},
		{`<b>账</b>`, `<b id="x" id="y">账</b>`, "id twice"},
		{`<ul><li><a`, `<ul><a`, "no place there"},
		{`<dl><div>`, `<dl>字<div>`, "no place there"},
		{`<tbody><tr><td>`, `<tbody><td>`, "not in one of"},
		{`<p>内容</p>`, `<p>内容`, "closes nothing"},
		{`<details>`, `<form action="/home"><form action="/home"><button type="submit">x</button></form></form><details>`, "form stands in a form"},
		{`你的`, `{name}的`, "placeholder {name}"},
		{`你的`, `%!s(int=1)`, `shows "%!s`},
		{`你的`, `⟦home⟧`, "⟦"},
		{`你的`, `</p><p>common.relative.today</p><p>`, "message key"},
		{`alt=""`, `alt="{n} 笔"`, "placeholder {n}"},
		{`</main>`, `<center>x</center></main>`, "no place in our pages"},
		{`</body>`, `</body><p>x</p>`, "no place"},
	} {
		body := strings.Replace(good, c.old, c.new, 1)
		if body == good {
			t.Fatalf("%q is not on the good page", c.old)
		}
		faults := check().Faults(body)
		if !strings.Contains(strings.Join(faults, "\n"), c.want) {
			t.Errorf("%q instead of %q: want a fault with %q, got %q", c.new, c.old, c.want, faults)
		}
	}
}

func TestAPlaceMayBeShownWhereTextsAreQuoted(t *testing.T) {
	k := Check{Fragment: true}
	if faults := k.Faults(`<p><code>会扣 {amount}</code></p>`); len(faults) > 0 {
		t.Errorf("got %q", faults)
	}
	if faults := k.Faults(`<p><code>会扣 %!s(int=1)</code></p>`); len(faults) != 1 {
		t.Errorf("got %q, want the slip", faults)
	}
}

func TestAFragmentNeedsNoFrameButIsCheckedLikewise(t *testing.T) {
	k := Check{Fragment: true}
	if faults := k.Faults(`<ul id="list"><li><a href="#main" aria-describedby="elsewhere">甲</a></li></ul>`); len(faults) > 0 {
		t.Errorf("got %q", faults)
	}
	if faults := k.Faults(`<ul id="list"><li style="x">甲</ul>`); len(faults) < 2 {
		t.Errorf("got %q, want a style and a tag that is not closed", faults)
	}
}
