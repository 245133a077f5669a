package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// EntryBody says whom a link is to let in.
type EntryBody struct {
	MerchantRef string  `json:"merchant_ref" minLength:"1" maxLength:"64" doc:"Whose account it opens." example:"M2001"`
	Phone       *string `json:"phone,omitempty" nullable:"true" maxLength:"40" doc:"Of the person, with whom they sign in here." example:"13800002001"`
	UserID      *string `json:"user_id,omitempty" nullable:"true" maxLength:"64" doc:"Of the person, instead of the phone: as an earlier answer named it."`
	To          *string `json:"to,omitempty" nullable:"true" maxLength:"500" doc:"The page of the portal that it leads to; left out: the first." example:"/terminals/SN20010001"`
}

// EntryAnswer is a link.
type EntryAnswer struct {
	ID        string    `json:"id" doc:"Names the link in the record."`
	URL       string    `json:"url" doc:"Open it in the person's browser, at once. It holds the secret: don't log it."`
	UserID    string    `json:"user_id" doc:"Whom it lets in."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until then it serves, once."`
}

// Secret reports that whoever has the link gets in.
func (EntryAnswer) Secret() bool { return true }

type makeEntry struct{ Body EntryBody }

func (a *API) registerEntryLinks() {
	Write(a, Operation{
		ID: "createEntryLink", Method: methodPost, Path: "/entry-links", Scope: apikey.EntryLinksWrite, Group: GroupEntry, Errors: []int{http.StatusNotFound},
		Summary: "Let somebody in who has signed in with you",
		Description: "Makes a link that signs one of a merchant's people in, without a code, on your word that it is them. It serves once, within 60 seconds. " +
			"Its page asks for one tap before it does: programs that look at addresses ahead of people use nothing up. Make it when the person taps your menu, not before, and never send it in a message. " +
			"The same request with the same Idempotency-Key gives the same link, which may be over by then.",
		Example: Example{Path: "/entry-links", Body: `{"merchant_ref": "M2001", "phone": "13800002001", "to": "/terminals/SN20010001"}`},
	}, func(ctx context.Context, tx *db.Tx, in *makeEntry) (EntryAnswer, error) {
		asked := account.EntryAsked{
			MerchantRef: in.Body.MerchantRef, Phone: given(in.Body.Phone), UserID: given(in.Body.UserID), To: given(in.Body.To),
		}
		if asked.To != "" && guard.Next(asked.To, "") == "" {
			return EntryAnswer{}, &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "to", Key: "entry.to_wrong"}}}
		}
		call := CallOf(ctx)
		l, err := account.MakeEntryLinkIn(ctx, tx, a.Clock.Now(), call.Actor(), call.RequestID, asked)
		if err != nil {
			return EntryAnswer{}, err
		}
		return EntryAnswer{ID: l.ID, URL: a.URL + "/enter/" + l.Token, UserID: l.UserID, ExpiresAt: l.ExpiresAt}, nil
	})
}
