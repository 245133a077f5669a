package wechat

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// tokens keeps the access token that every request needs. It is fetched by one
// goroutine while the others wait.
type tokens struct {
	lock   chan struct{} // full while somebody looks at or fetches the token
	value  string        // empty: none was fetched
	until  time.Time     // when to fetch another
	forced time.Time     // when WeChat was last made to replace one
}

const (
	// tokenSlack is how long before its end a token is no longer used. WeChat
	// gives the next one five minutes before, and knows both until then.
	tokenSlack = 2 * time.Minute

	// forceEvery keeps the times that WeChat is made to replace a token below the
	// twenty a day that it allows.
	forceEvery = 75 * time.Minute
)

// token returns the access token, which is another than the one refused, where
// one was. Of many whose token was refused, the first fetches a new one.
func (c *Client) token(ctx context.Context, refused string) (string, error) {
	t := &c.tokens
	select {
	case t.lock <- struct{}{}:
	case <-ctx.Done():
		return "", &delivery.Failure{Channel: channel, Reason: delivery.Unreachable, Stage: stageToken, Cause: context.Cause(ctx)}
	}
	defer func() { <-t.lock }()

	now := c.now()
	if t.value != "" && t.value != refused && now.Before(t.until) {
		return t.value, nil
	}
	said, err := c.fetch(ctx, false)
	if err != nil {
		return "", err
	}
	if said.Token == refused {
		// WeChat gives the same one for as long as it holds it to be good.
		if !t.forced.IsZero() && now.Before(t.forced.Add(forceEvery)) {
			return "", &delivery.Failure{
				Channel: channel, Reason: delivery.Settings, Stage: stageToken, RetryAfter: t.forced.Add(forceEvery).Sub(now),
				Cause: errors.New("WeChat refuses the token that it gives"),
			}
		}
		t.forced = now
		if said, err = c.fetch(ctx, true); err != nil {
			return "", err
		}
	}
	lasts := time.Duration(said.ExpiresIn) * time.Second
	t.value, t.until = said.Token, now.Add(max(lasts-tokenSlack, lasts/2))
	return t.value, nil
}

// fetch asks for the stable token, which is apart from the one that other
// programs may fetch the older way. The secret travels in the body.
func (c *Client) fetch(ctx context.Context, force bool) (answer, error) {
	said, err := c.post(ctx, stageToken, "/cgi-bin/stable_token", struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}{"client_credential", c.account.AppID, c.account.Secret, force})
	if f, ok := errors.AsType[*delivery.Failure](err); ok {
		f.Unsure = false // no message was under way
		return answer{}, f
	}
	return said, err
}
