package account

import (
	"context"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// SignInWithCode signs in the user of a number in E.164 who has one of the codes
// named, which SendCode sent to it for this browser, and starts a session. A code
// serves once, for five minutes, and is void after five wrong tries.
//
// It returns fault.Invalid for the field "code", with n, the tries that are
// left, and fault.TooMany with "wait".
func (a *Accounts) SignInWithCode(ctx context.Context, phone string, names []string, code string, b Browser) (s SignedIn, err error) {
	if err := codeField(code); err != nil {
		return s, err
	}
	var refusal error
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		s = SignedIn{}
		u, known, err := userByPhone(ctx, tx, phone)
		if err != nil {
			return err
		}
		by, err := askerOf(ctx, tx, u, b.Visit)
		if err != nil {
			return err
		}
		if refusal, err = a.checkCode(ctx, tx, typedCode{toSignIn, phone, names, code, by, b.Address}, now); err != nil {
			return err
		}
		if refusal == nil && !known {
			refusal = wrongCode("login.code.expired") // the number went to nobody while the code was on its way
		}
		if refusal != nil {
			return audit.Write(ctx, tx, audit.Entry{At: now, Actor: byUser(u.id), Action: "session.refuse", Subject: "code", RequestID: b.RequestID})
		}
		s, err = a.startSession(ctx, tx, u, "code", b)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return s, refusal
}
