package explain_test

import (
	"testing"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestWhoGotAMessageIsNamedInPart(t *testing.T) {
	for _, c := range []struct{ channel, address, want string }{
		{outbox.SMS, "+8613812346621", "138****6621"},
		{outbox.Email, "zhou@example.com", "z***@example.com"},
		{outbox.WeChat, "oXs0aBcDeFgH12345678", "****5678"},
		{outbox.WeChat, "o1", "****o1"},
		{"inbox", "", ""},
	} {
		if got := explain.Recipient(c.channel, c.address); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.channel, c.address, got, c.want)
		}
	}
}
