package wechat

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/web/delivery"
)

// Scene is a code to scan: who scans it follows the account, or is asked to, and
// WeChat pushes the scene's name with that.
type Scene struct {
	URL   string    // what the code holds
	Until time.Time // it can be scanned until then
}

const (
	longestScene = 64 // letters of a scene's name
	longestLasts = 30 * 24 * time.Hour
)

// Scene asks WeChat for a code with a name of at most 64 letters, which can be
// scanned for a time, at most thirty days. An error is a *delivery.Failure.
func (c *Client) Scene(ctx context.Context, name string, lasts time.Duration) (Scene, error) {
	if name == "" || len(name) > longestScene || lasts < time.Minute || lasts > longestLasts {
		return Scene{}, &delivery.Failure{
			Channel: channel, Permanent: true, Reason: delivery.Content, Stage: stageScene, Cause: errors.New("WeChat takes no such scene"),
		}
	}
	type named struct {
		Name string `json:"scene_str"`
	}
	type info struct {
		Scene named `json:"scene"`
	}
	asked := c.now()
	said, err := c.ask(ctx, stageScene, "/cgi-bin/qrcode/create", struct {
		Seconds int64  `json:"expire_seconds"`
		Action  string `json:"action_name"`
		Info    info   `json:"action_info"`
	}{int64(lasts / time.Second), "QR_STR_SCENE", info{named{name}}})
	if f, ok := errors.AsType[*delivery.Failure](err); ok {
		f.Unsure = false // no message was under way
		return Scene{}, f
	}
	if err != nil {
		return Scene{}, err
	}
	return Scene{URL: said.URL, Until: asked.Add(lasts)}, nil
}
