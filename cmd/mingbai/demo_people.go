package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/mingbai/mingbai/cmd/mingbai/demo"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
)

// peopleDemo lets the demo's owners ask their colleagues in, each signed in for
// the while as they would be.
func peopleDemo(ctx context.Context, d *db.DB, accounts *account.Accounts, at clock.Clock) error {
	err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := account.EnsureOwners(ctx, tx, demoActor, at.Now())
		return err
	})
	if err != nil {
		return err
	}
	people, err := accounts.People(ctx, 100)
	if err != nil {
		return err
	}
	owners := map[string]string{}
	for _, p := range people {
		for _, m := range p.Merchants {
			owners[m.Ref] = p.UserID
		}
	}
	for _, c := range demo.Colleagues {
		if err := invite(ctx, accounts, owners[c.OwnerOf], c); err != nil {
			return fmt.Errorf("demo: %s: %w", c.Name, err)
		}
	}
	return nil
}

// deskDemo adds the demo's staff on the word of the demo's own way in.
func deskDemo(ctx context.Context, people *staff.Demo) error {
	for _, s := range demo.Staff {
		if err := people.Add(ctx, s.Login, s.Name, staff.Role(s.Role)); err != nil {
			return fmt.Errorf("demo: %s: %w", s.Name, err)
		}
	}
	return nil
}

func invite(ctx context.Context, accounts *account.Accounts, ownerID string, c demo.Colleague) error {
	token := make([]byte, 32)
	if _, err := rand.Read(token); err != nil {
		return err
	}
	visit := account.Visit{Address: "127.0.0.1", DeviceHash: token, Locale: c.Locale}
	s, err := accounts.StartSession(ctx, ownerID, "demo", account.Browser{Visit: visit, TokenHash: token})
	if err != nil {
		return err
	}
	who := account.Who{Visit: visit, UserID: s.UserID, SessionID: s.SessionID, MerchantID: s.MerchantID}
	if err := accounts.Invite(ctx, who, account.Invitation{Phone: c.Phone, Name: c.Name, Role: account.Role(c.Role)}); err != nil {
		return err
	}
	return accounts.EndSession(ctx, token)
}
