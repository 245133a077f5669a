package i18n

import (
	"strings"
	"testing"
)

// refusals are the messages that stand alone where a step was refused: what is
// said on the page of an error has its advice beside it.
var refusals = []string{
	"account.again", "account.colleague.already", "account.colleague.gone", "account.colleague.last_owner", "account.colleague.role_empty",
	"account.merchants.gone", "account.password.long", "account.phone.same", "account.phone.taken", "account.request.gone",
	"account.request.open", "account.sessions.gone", "retention.close.not_sure", "agreements.answer.nothing", "login.code.expired",
	"login.code.spent", "login.password.wrong", "login.phone.wrong",
}

// doing are the words in which each language says what to do next, or that
// nothing is.
var doing = map[Locale][]string{
	ZhCN: {"请", "不用", "再登录"},
	En: {
		"lease", "Make ", "Choose ", "Enter ", "Get ", "Check ", "Tick ", "ask ", "use ", "wait ", "needn't", "nothing left", "nothing to",
	},
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	for l, words := range doing {
		for _, key := range refusals {
			text, says := For(l).T(key), false
			for _, word := range words {
				says = says || strings.Contains(text, word)
			}
			if !says {
				t.Errorf("%s, %s: %q does not say what to do", l, key, text)
			}
		}
	}
}
