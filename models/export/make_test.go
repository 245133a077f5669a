package export

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/file"
)

func TestAnExportIsAskedForMadeFetchedAndRemoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		first, _ := w.made(w.zhou)
		if got := w.latest(w.zhou); got.State != Ready || got.ID != first || got.By == "" || !got.UntilAt.Equal(monday.Add(Lasts)) || got.Files == 0 || len(got.Manifest) != 64 {
			t.Errorf("got %+v", got)
		}
		w.clock.MoveTo(w.clock.Now().Add(10 * time.Minute))
		second, _ := w.made(w.zhou)
		if n, err := w.RemoveOld(t.Context()); err != nil || n != 1 {
			t.Errorf("removed %d, %v; want the one that another took the place of", n, err)
		}
		if _, err := w.Fetch(t.Context(), w.zhou, first); !fault.Is(err, fault.NotFound) {
			t.Errorf("the first can still be fetched: %v", err)
		}
		w.fetched(w.zhou, second)
		w.clock.MoveTo(w.clock.Now().Add(Lasts))
		exec(t, d, `update sessions set created_at = $1`, w.clock.Now())
		if _, err := w.Fetch(t.Context(), w.zhou, second); !fault.Is(err, fault.NotFound) {
			t.Errorf("after its time it can still be fetched: %v", err)
		}
		if n, err := w.RemoveOld(t.Context()); err != nil || n != 1 {
			t.Errorf("removed %d, %v; want the other", n, err)
		}
		for _, one := range []string{first, second} {
			if _, err := w.store.Get(t.Context(), partKey(one, 1, 1)); !errors.Is(err, file.ErrNotFound) {
				t.Errorf("%s still lies in the store: %v", one, err)
			}
		}
		var did string
		must(t, d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var action string
				err := rows.Scan(&action)
				did += strings.TrimPrefix(action, "data_export.") + " "
				return err
			})
		}, `select action from audit_entries where merchant_id = $1 and action like 'data_export.%' order by at, id`, w.zhou.MerchantID))
		if want := "ask make fetch ask make fetch remove fetch remove "; len(did) != len(want) || strings.Count(did, "fetch") != 3 || strings.Count(did, "remove") != 2 {
			t.Errorf("the record says %q, want %q in some order", did, want)
		}
		var told int
		must(t, d.QueryRow(t.Context(), `select count(*) from notices where merchant_id = $1 and kind = 'security' and ref like 'data_ready %'`, w.zhou.MerchantID).Scan(&told))
		if told != 2 {
			t.Errorf("the merchant was told %d times, want twice", told)
		}
	})
}

func TestOnlyAnOwnerWhoHasJustSignedInTakesItAndOneAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		is := func(err error, kind fault.Kind, what string) {
			t.Helper()
			if !fault.Is(err, kind) {
				t.Errorf("%s: got %v, want %s", what, err, kind)
			}
		}
		id, _ := w.made(w.zhou)
		_, err := w.Fetch(t.Context(), w.other, id)
		is(err, fault.NotFound, "another merchant's owner")
		_, err = w.Fetch(t.Context(), w.zhou, "dx_unknown")
		is(err, fault.NotFound, "none")
		_, err = w.Fetch(t.Context(), account.Who{}, id)
		is(err, fault.Forbidden, "nobody")

		_, err = w.Ask(t.Context(), w.other)
		must(t, err)
		_, err = w.Ask(t.Context(), w.other)
		is(err, fault.Conflict, "while one is under way")

		exec(t, d, `update memberships set role = 'finance' where user_id = $1`, w.zhou.UserID)
		_, err = w.Ask(t.Context(), w.zhou)
		is(err, fault.Forbidden, "who keeps the accounts asks")
		_, err = w.Fetch(t.Context(), w.zhou, id)
		is(err, fault.Forbidden, "who keeps the accounts fetches")

		exec(t, d, `update memberships set role = 'owner' where user_id = $1`, w.zhou.UserID)
		w.clock.MoveTo(w.clock.Now().Add(account.Recent + time.Second))
		_, err = w.Ask(t.Context(), w.zhou)
		is(err, fault.Unauthenticated, "long after signing in")
		_, err = w.Fetch(t.Context(), w.zhou, id)
		is(err, fault.Unauthenticated, "long after signing in")
	})
}

// leave writes what is not the merchant's among what is.
func (w *world) leave() {
	w.t.Helper()
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`insert into users (id, phone, name, created_at) values ('u_gone', '+8613700007777', '走了的人', $1)`, []any{today}},
		{`insert into memberships (user_id, merchant_id, role, created_at, ended_at) values ('u_gone', $1, 'viewer', $2, $2)`, []any{w.zhou.MerchantID, today}},
		{`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name,
			calendar, policy, owner_id, owner_name, state, under_way, next_due_at)
			values ('c_1', 'C2026-1', $1, 'complaint', 'none', '', '', 'other', 'phone', '', '', $2, 'staff', 'st_1', '经办甲', 1, 1, 'st_1', '经办甲', 'decided', false, $2)`, []any{w.zhou.MerchantID, today}},
		{`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name, remark) values ('c_1', 1, 'filed', $1, 'staff', 'st_1', '经办甲', '内部的话一')`, []any{today}},
		{`insert into case_posts (id, case_id, merchant_id, kind, at, author_id, author_name, body) values ('cp_1', 'c_1', $1, 'note', $2, 'st_1', '经办甲', '内部的话二')`, []any{w.zhou.MerchantID, today}},
		{`insert into case_posts (id, case_id, merchant_id, kind, at, author_id, author_name, body) values ('cp_2', 'c_1', $1, 'reply', $2, 'st_1', '经办甲', '=查到了')`, []any{w.zhou.MerchantID, today}},
		{`insert into case_inquiries (id, case_id, whom, name, body, due_on, asked_at, asked_by, asked_name) values ('ci_1', 'c_1', 'agent', '代理乙', '内部的话三', '2026-12-01', $1, 'st_1', '经办甲')`, []any{today}},
		{`insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at)
			values ('c_1', 1, 1, 'upheld', '内部的话四', '写给商户的话', 100, 100, 'st_1', '经办甲', $1)`, []any{today}},
		{`insert into case_files (id, case_id, merchant_id, name, type, bytes, sum, at, by_id, by_name) values ('cf_1', 'c_1', $1, 'a.pdf', 'application/pdf', 5, $2, $3, 'u_zhou', '老板')`,
			[]any{w.zhou.MerchantID, []byte("sum"), today}},
		{`insert into case_files (id, case_id, merchant_id, name, type, bytes, sum, at, by_id, by_name) values ('cf_2', 'c_1', $1, 'b.pdf', 'application/pdf', 5, $2, $3, 'u_zhou', '老板')`,
			[]any{w.zhou.MerchantID, []byte("sum"), today}},
		{`insert into notice_recipients (id, merchant_id, channel, address, name, added_by, added_at) values ('nr_1', $1, 'sms', '+8613700008888', '记账的', 'u_zhou', $2)`, []any{w.zhou.MerchantID, today}},
		{`insert into audit_entries (id, at, actor_kind, actor_id, merchant_id, action, subject, details) values ('a_1', $2, 'staff', 'st_1', $1, 'case.decide', 'c_1', '{"why":"内部的话五"}')`, []any{w.zhou.MerchantID, today}},
		{`insert into audit_entries (id, at, actor_kind, actor_id, merchant_id, action, subject, details) values ('a_2', $2, 'user', 'u_zhou', $1, 'session.start', 's', '{"way":"code"}')`, []any{w.zhou.MerchantID, today}},
		{`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, unsubscribe, created_at, not_after, state, next_at)
			values ('m_1', 'upcoming', 'sms', $1, '+8613911110001', 'zh-CN', '原文', '/unsubscribe/secret', $2, $2, 'accepted', $2)`, []any{w.zhou.MerchantID, today}},
		{`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, created_at, not_after, state, next_at)
			values ('m_2', 'upcoming', 'sms', $1, '+8613700008888', 'zh-CN', '原文', $2, $2, 'accepted', $2)`, []any{w.zhou.MerchantID, today}},
		{`insert into messages (id, kind, channel, merchant_id, recipient, locale, body, created_at, not_after, state, next_at)
			values ('m_3', 'upcoming', 'sms', $1, '+8613911110002', 'zh-CN', '别人的原文', $2, $2, 'accepted', $2)`, []any{w.other.MerchantID, today}},
	} {
		exec(w.t, w.d, s.statement, s.args...)
	}
	must(w.t, w.store.Put(w.t.Context(), "cf_1", []byte("%PDF-")))
}

func TestNothingOfOthersIsInIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		w.leave()
		_, archive := w.made(w.zhou)
		files := unpacked(t, archive)
		var all strings.Builder
		for _, content := range files {
			all.Write(content)
		}
		for text, why := range map[string]string{
			"经办甲": "a member of staff is named", "代理乙": "somebody who was asked is named", "内部的话": "a word among staff is in it",
			"3700007777": "the number of somebody who left is not masked", "3700008888": "the number of somebody else is not masked",
			"M1002": "another merchant is in it", "别人的原文": "another merchant's message is in it", "st_1": "a member of staff can be told apart", "secret": "a link that acts is in it",
		} {
			if strings.Contains(all.String(), text) {
				t.Errorf("%s: %q", why, text)
			}
		}
		for _, text := range []string{"写给商户的话", "'=查到了", `"words":"=查到了"`, "+8613911110001", "****8888", "****7777", `"by":"staff","user_id":"","name":"","action":"case.decide"`, `{"way":"code"}`} {
			if !strings.Contains(all.String(), text) {
				t.Errorf("%q is the merchant's, and not there", text)
			}
		}
		if got := string(files["files/cf_1.pdf"]); got != "%PDF-" {
			t.Errorf("its file is %q", got)
		}
		if _, there := files["files/cf_2.pdf"]; there {
			t.Error("a file that nobody has is there")
		}
	})
}

// broken is a store that fails as often as it is told to, once so many parts were
// put.
type broken struct {
	file.Store
	after, fails int
	hang         func() // instead of failing
}

var errDisk = errors.New("the disk is full")

func (b *broken) Put(ctx context.Context, key string, content []byte) error {
	if !strings.HasPrefix(key, "dx_") {
		return b.Store.Put(ctx, key, content)
	}
	if b.after > 0 {
		b.after--
		return b.Store.Put(ctx, key, content)
	}
	if b.hang != nil {
		b.hang()
	}
	if b.fails > 0 {
		b.fails--
		return errDisk
	}
	return b.Store.Put(ctx, key, content)
}

func TestWhatCouldNotBeMadeIsMadeAgainAndGivenUpAfterTheThirdTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		disk := &broken{Store: w.store, after: 1, fails: 2}
		w.files, w.partBytes = disk, 4<<10
		id, err := w.Ask(t.Context(), w.zhou)
		must(t, err)
		for n := range 2 {
			if _, err := w.MakeNext(t.Context(), plain); !errors.Is(err, errDisk) {
				t.Fatalf("attempt %d: got %v, want what is wrong with the disk", n+1, err)
			}
			if _, err := w.Fetch(t.Context(), w.zhou, id); !fault.Is(err, fault.NotFound) {
				t.Fatalf("half of it is handed out: %v", err)
			}
			if made, err := w.MakeNext(t.Context(), plain); made || err != nil {
				t.Fatalf("it is begun again at once: %v, %v", made, err)
			}
			w.clock.MoveTo(w.clock.Now().Add(5 * time.Minute))
		}
		if made, err := w.MakeNext(t.Context(), plain); !made || err != nil {
			t.Fatalf("made: %v, %v", made, err)
		}
		unpacked(t, w.fetched(w.zhou, id))
		if _, err := w.store.Get(t.Context(), partKey(id, 1, 1)); !errors.Is(err, file.ErrNotFound) {
			t.Errorf("the first attempt still lies in the store: %v", err)
		}

		disk.fails = 100
		_, err = w.Ask(t.Context(), w.other)
		must(t, err)
		for range 3 {
			_, err := w.MakeNext(t.Context(), plain)
			if !errors.Is(err, errDisk) {
				t.Fatal(err)
			}
			w.clock.MoveTo(w.clock.Now().Add(5 * time.Minute))
		}
		if got := w.latest(w.other); got.State != Failed {
			t.Errorf("after three attempts it is %s, want failed", got.State)
		}
		if made, err := w.MakeNext(t.Context(), plain); made || err != nil {
			t.Errorf("it is begun once more: %v, %v", made, err)
		}
		var told int
		must(t, d.QueryRow(t.Context(), `select count(*) from notices where merchant_id = $1 and ref like 'data_failed %'`, w.other.MerchantID).Scan(&told))
		if told != 1 {
			t.Errorf("the merchant was told %d times that it failed", told)
		}
	})
}

func TestWhatAKilledProcessLeftIsMadeAgainByAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		ctx, kill := context.WithCancelCause(t.Context())
		stopped := make(chan struct{})
		w.partBytes = 4 << 10
		slow := New(Options{DB: d, Clock: w.clock, Jobs: noJobs{}, Files: &broken{Store: w.store, after: 2, hang: func() { close(stopped); <-ctx.Done(); runtime.Goexit() }}})
		slow.partBytes = w.partBytes
		id, err := w.Ask(t.Context(), w.zhou)
		must(t, err)
		go func() { _, _ = slow.MakeNext(t.Context(), plain) }() // never comes to its end
		<-stopped
		if made, err := w.MakeNext(t.Context(), plain); made || err != nil {
			t.Fatalf("two make the same at once: %v, %v", made, err)
		}
		kill(nil)
		w.clock.MoveTo(w.clock.Now().Add(leaseLasts))
		if made, err := w.MakeNext(t.Context(), plain); !made || err != nil {
			t.Fatalf("it is not made again: %v, %v", made, err)
		}
		unpacked(t, w.fetched(w.zhou, id))
		for part := 1; part <= 3; part++ {
			if _, err := w.store.Get(t.Context(), partKey(id, 1, part)); !errors.Is(err, file.ErrNotFound) {
				t.Errorf("part %d of what was left still lies in the store: %v", part, err)
			}
		}
	})
}

func TestAProcessThatEndsLeavesItToTheNextAtOnce(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d, false)
	ctx, end := context.WithCancel(t.Context())
	w.files, w.partBytes = &broken{Store: w.store, after: 1, fails: 1, hang: end}, 4<<10
	_, err := w.Ask(t.Context(), w.zhou)
	must(t, err)
	if _, err := w.MakeNext(ctx, plain); err == nil {
		t.Fatal("it was made though the process ended")
	}
	w.files = w.store
	if made, err := w.MakeNext(t.Context(), plain); !made || err != nil {
		t.Fatalf("made: %v, %v", made, err)
	}
}

// watched notes the most memory that lives while it is written to.
type watched struct{ most uint64 }

func (w *watched) Write(p []byte) (int, error) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.most = max(w.most, m.HeapAlloc)
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, false)
		exec(t, d, `insert into shops (id, merchant_id, name) values (1, $1, '总店')`, w.zhou.MerchantID)
		exec(t, d, `insert into terminals (id, merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at) values (1, $1, 1, 'SN1', '', '', '', '', '', '', $2)`, w.zhou.MerchantID, today)
		lives := func(lines int) uint64 {
			exec(t, d, `
				insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
				with recursive n (i) as (select (select count(*) from bill_lines) + 1 union all select i + 1 from n where i < $2)
				select $1, 'd_' || i, 1, 'deduction', 'sim_data', `+map[db.Dialect]string{
				db.SQLite: `'2026-01-01 00:00:00+00:00', '2026-01-01'`, db.Postgres: `timestamptz '2026-01-01 00:00:00+00', date '2026-01-01'`,
			}[d.Dialect]+`, i, 3600, 'posted', 'core', 'allow', '', 3600, false, `+map[db.Dialect]string{
				db.SQLite: `'2026-01-01 00:00:00+00:00'`, db.Postgres: `timestamptz '2026-01-01 00:00:00+00'`,
			}[d.Dialect]+`, 'x' from n`, w.zhou.MerchantID, lines)
			sink := &watched{}
			var length int64
			x := &parts{ctx: t.Context(), size: 256 << 10, put: func(_ context.Context, _ int, content []byte) error {
				length += int64(len(content))
				_, err := sink.Write(content)
				return err
			}}
			writes := newWriter(t.Context(), w.Exports, Merchant{ID: w.zhou.MerchantID, Ref: "M1001"}, plain("zh-CN"), x, monday, func() error { return nil })
			_, err := writes.write(monday)
			must(t, err)
			must(t, x.flush())
			if length < int64(lines) {
				t.Fatalf("%d bytes can't be all of %d lines", length, lines)
			}
			return sink.most
		}
		few, many := lives(10_000), lives(100_000)
		if many > few+2<<20 {
			t.Errorf("%d KiB live while 100,000 lines are written, and %d KiB for a tenth of them", many>>10, few>>10)
		}
	})
}

func TestPartsAreOfOneSizeAndKeepEveryByte(t *testing.T) {
	var got [][]byte
	p := &parts{ctx: t.Context(), size: 7, put: func(_ context.Context, number int, content []byte) error {
		if number != len(got)+1 {
			t.Errorf("part %d came as %d", number, len(got)+1)
		}
		got = append(got, bytes.Clone(content))
		return nil
	}}
	want := []byte(strings.Repeat("0123456789", 5))
	for n := range 5 {
		if _, err := io.Copy(p, bytes.NewReader(want[n*10:(n+1)*10])); err != nil {
			t.Fatal(err)
		}
	}
	must(t, p.flush())
	if !bytes.Equal(bytes.Join(got, nil), want) || slices.ContainsFunc(got[:len(got)-1], func(b []byte) bool { return len(b) != 7 }) {
		t.Errorf("got %q", got)
	}
}
