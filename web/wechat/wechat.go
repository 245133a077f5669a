// Package wechat sends template messages of an official account to people who
// follow it, and reads what WeChat pushes back.
//
// That WeChat took a message says nothing of its arrival: a pushed event tells
// that (Callback). Failures hold neither the account's secret nor a token, an
// openid or the content; nothing is logged here.
package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// channel names the package in failures.
const channel = "wechat"

// Address is where WeChat takes requests.
const Address = "https://api.weixin.qq.com"

// Account is an official account (a service account, verified).
type Account struct {
	AppID   string
	Secret  string       // its AppSecret
	Address string       // empty: Address
	Client  *http.Client // nil: one that is bounded in time and follows no redirect
}

// Message is a template filled in for one follower.
type Message struct {
	ID       string            // the same at each try: WeChat sends what comes twice within ten minutes once
	OpenID   string            // the follower, as this account knows them
	Template string            // the template's id in this account
	Data     map[string]string // what fills the template's places
	URL      string            // where a tap leads; empty: nowhere
}

// Client sends messages of one account. It may be used by many goroutines.
type Client struct {
	account Account
	now     func() time.Time
	tokens  tokens
}

// New returns a client for an account. It refuses an account that lacks
// something, and an address that is not https, unless it is on this machine.
func New(account Account, now func() time.Time) (*Client, error) {
	if account.Address == "" {
		account.Address = Address
	}
	if err := delivery.CheckAddress(account.Address); err != nil {
		return nil, fmt.Errorf("wechat: %w", err)
	}
	if account.AppID == "" || account.Secret == "" {
		return nil, errors.New("wechat: the account needs its AppID and AppSecret")
	}
	if account.Client == nil {
		account.Client = delivery.NewHTTPClient()
	}
	return &Client{account: account, now: now, tokens: tokens{lock: make(chan struct{}, 1)}}, nil
}

// template is the body of a request to send.
type template struct {
	To       string           `json:"touser"`
	Template string           `json:"template_id"`
	URL      string           `json:"url,omitempty"`
	ID       string           `json:"client_msg_id,omitempty"`
	Data     map[string]value `json:"data"`
}

type value struct {
	Value string `json:"value"`
}

// Send hands a message to WeChat. Where WeChat no longer knows the token, it is
// fetched anew and the message tried once more. The receipt's id is the msgid
// that comes back in the event. An error is a *delivery.Failure.
func (c *Client) Send(ctx context.Context, m Message) (delivery.Receipt, error) {
	t := template{To: m.OpenID, Template: m.Template, URL: m.URL, ID: m.ID, Data: map[string]value{}}
	for name, text := range m.Data {
		t.Data[name] = value{text}
	}
	said, err := c.ask(ctx, stageSend, "/cgi-bin/message/template/send", t)
	if err != nil {
		return delivery.Receipt{}, err
	}
	return delivery.Receipt{ProviderID: said.MessageID.String()}, nil
}

// ask makes a request of a stage with the access token. Where WeChat no longer
// knows the token, it is fetched anew and the request made once more.
func (c *Client) ask(ctx context.Context, stage, path string, in any) (answer, error) {
	token, err := c.token(ctx, "")
	if err != nil {
		return answer{}, err
	}
	said, err := c.post(ctx, stage, withToken(path, token), in)
	if !tokenRefused(err) {
		return said, err
	}
	if token, err = c.token(ctx, token); err != nil {
		return answer{}, err
	}
	return c.post(ctx, stage, withToken(path, token), in)
}

func withToken(path, token string) string { return path + "?access_token=" + url.QueryEscape(token) }
