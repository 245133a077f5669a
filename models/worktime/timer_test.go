package worktime

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestEdgesOfTargetsAndPauses(t *testing.T) {
	type pause [2]string
	for name, tt := range map[string]struct {
		start    string
		minutes  int
		at       string
		pauses   []pause
		due      string
		elapsed  int
		paused   bool
		breached bool
	}{
		"no target is due when filed, at night too": {start: "2026-11-23 22:00", at: "2026-11-24 09:00", due: "2026-11-23 22:00"},
		"no target is breached by the first working moment": {
			start: "2026-11-23 22:00", at: "2026-11-24 09:01", due: "2026-11-23 22:00", elapsed: 1, breached: true,
		},
		"no target and a pause without an end from filing on": {
			start: "2026-11-23 10:00", at: "2026-11-23 11:00", pauses: []pause{{"2026-11-23 10:00", ""}}, due: "2026-11-23 10:00", paused: true,
		},
		"no target and a pause without an end from before filing": {
			start: "2026-11-23 10:00", at: "2026-11-23 11:00", pauses: []pause{{"2026-11-23 09:59", ""}}, due: "never", paused: true,
		},
		"asked about before filing": {start: "2026-11-23 10:00", minutes: 60, at: "2026-11-23 09:00", due: "2026-11-23 11:00"},
		"exactly the target is no breach": {
			start: "2026-11-23 17:00", minutes: 60, at: "2026-11-24 09:00", due: "2026-11-23 18:00", elapsed: 60,
		},
		"a minute more is": {
			start: "2026-11-23 17:00", minutes: 60, at: "2026-11-24 09:01", due: "2026-11-23 18:00", elapsed: 61, breached: true,
		},
		"a pause without an end that begins when it is due": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 12:00", pauses: []pause{{"2026-11-23 10:00", ""}},
			due: "2026-11-23 10:00", elapsed: 60, paused: true,
		},
		"a pause without an end that begins after it was due": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 12:00", pauses: []pause{{"2026-11-23 10:01", ""}},
			due: "2026-11-23 10:00", elapsed: 61, paused: true, breached: true,
		},
		"a pause without an end that begins a minute before": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 12:00", pauses: []pause{{"2026-11-23 09:59", ""}},
			due: "never", elapsed: 59, paused: true,
		},
		"the earliest pause without an end decides": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 09:10", pauses: []pause{{"2026-11-24 10:00", ""}, {"2026-11-23 09:30", ""}},
			due: "never", elapsed: 10,
		},
		"a pause within one without an end ends nothing": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 12:00",
			pauses: []pause{{"2026-11-23 09:30", ""}, {"2026-11-23 09:40", "2026-11-23 09:50"}}, due: "never", elapsed: 30, paused: true,
		},
		"pauses that overlap count once": {
			start: "2026-11-23 09:00", minutes: 90, at: "2026-11-23 11:00",
			pauses: []pause{{"2026-11-23 10:00", "2026-11-23 10:40"}, {"2026-11-23 09:30", "2026-11-23 10:20"}, {"2026-11-23 09:50", "2026-11-23 10:10"}},
			due:    "2026-11-23 11:40", elapsed: 50,
		},
		"a pause known to come counts": {
			start: "2026-11-23 09:00", minutes: 90, at: "2026-11-23 09:10", pauses: []pause{{"2026-11-23 10:00", "2026-11-23 11:00"}},
			due: "2026-11-23 11:30", elapsed: 10,
		},
		"a pause that begins when it is due delays nothing": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 10:30", pauses: []pause{{"2026-11-23 10:00", "2026-11-23 11:00"}},
			due: "2026-11-23 10:00", elapsed: 60, paused: true,
		},
		"a pause that begins a minute before delays by its length": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 11:00", pauses: []pause{{"2026-11-23 09:59", "2026-11-23 10:59"}},
			due: "2026-11-23 11:00", elapsed: 60,
		},
		"a pause from before filing counts from filing": {
			start: "2026-11-23 10:00", minutes: 60, at: "2026-11-23 11:00", pauses: []pause{{"2026-11-20 09:00", "2026-11-23 10:30"}},
			due: "2026-11-23 11:30", elapsed: 30,
		},
		"a pause over before filing costs nothing": {
			start: "2026-11-23 10:00", minutes: 60, at: "2026-11-23 10:30", pauses: []pause{{"2026-11-20 09:00", "2026-11-23 09:30"}},
			due: "2026-11-23 11:00", elapsed: 30,
		},
		"paused outside working hours": {
			start: "2026-11-23 09:00", minutes: 600, at: "2026-11-23 20:00", pauses: []pause{{"2026-11-23 19:00", "2026-11-23 21:00"}},
			due: "2026-11-24 11:30", elapsed: 450, paused: true,
		},
		"paused from the start of a pause": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 09:30", pauses: []pause{{"2026-11-23 09:30", "2026-11-23 09:40"}},
			due: "2026-11-23 10:10", elapsed: 30, paused: true,
		},
		"and no longer at its end": {
			start: "2026-11-23 09:00", minutes: 60, at: "2026-11-23 09:40", pauses: []pause{{"2026-11-23 09:30", "2026-11-23 09:40"}},
			due: "2026-11-23 10:10", elapsed: 30,
		},
	} {
		t.Run(name, func(t *testing.T) {
			timer := Timer{Calendar: Shipped(), StartedAt: moment(t, tt.start), Target: time.Duration(tt.minutes) * time.Minute}
			for _, p := range tt.pauses {
				pause := Pause{From: moment(t, p[0])}
				if p[1] != "" {
					pause.To = moment(t, p[1])
				}
				timer.Pauses = append(timer.Pauses, pause)
			}
			r, err := timer.At(moment(t, tt.at))
			if err != nil {
				t.Fatal(err)
			}
			if shown(r.DueAt) != tt.due || r.Elapsed != time.Duration(tt.elapsed)*time.Minute || r.Paused != tt.paused || r.Breached != tt.breached {
				t.Errorf("got  due %s, elapsed %s, paused %t, breached %t\nwant due %s, elapsed %dm, paused %t, breached %t",
					shown(r.DueAt), r.Elapsed, r.Paused, r.Breached, tt.due, tt.elapsed, tt.paused, tt.breached)
			}
		})
	}
}

func TestSecondsAreCountedToTheFraction(t *testing.T) {
	filed := moment(t, "2026-11-23 09:00").Add(250 * time.Millisecond)
	timer := Timer{Calendar: Shipped(), StartedAt: filed, Target: time.Hour}
	r, err := timer.At(filed.Add(time.Hour + time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	if !r.DueAt.Equal(filed.Add(time.Hour)) || !r.Breached {
		t.Errorf("got due %s, breached %t; want an hour after %s and a breach by a microsecond", r.DueAt, r.Breached, filed)
	}
	if text, _ := json.Marshal(r); !strings.Contains(string(text), `"elapsed_seconds":3600,`) {
		t.Errorf("got %s, want whole seconds", text)
	}
}

func TestWhereNobodyWorksNothingIsEverDue(t *testing.T) {
	nobody, err := NewCalendar(Week{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	timer := Timer{Calendar: nobody, StartedAt: moment(t, "2026-11-23 09:00"), Target: time.Minute}
	r, err := timer.At(moment(t, "2036-11-23 09:00"))
	if err != nil || r != (Reading{}) {
		t.Errorf("got %+v, %v; want nothing counted and nothing due", r, err)
	}
}

func TestAnImpossibleQuestionIsRefused(t *testing.T) {
	question := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(
			`{"calendar":{"week":{"mon":["09:00-12:00"]}},"filed_at":"2026-11-23T09:00:00+08:00","target_minutes":60,"at":"2026-11-23T10:00:00+08:00","pauses":[{"from":"2026-11-23T09:30:00+08:00","to":"2026-11-23T09:40:00+08:00"}]}`)
	}
	if _, err := ask([]byte(question())); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no calendar":         question(`"calendar":`, `"calender":`),
		"no filing":           question(`"filed_at":"2026-11-23T09:00:00+08:00",`, ``),
		"no target":           question(`"target_minutes":60,`, ``),
		"no moment":           question(`"at":"2026-11-23T10:00:00+08:00"`, `"at":null`),
		"a target below zero": question(`60`, `-1`),
		"half a minute":       question(`60`, `0.5`),
		"a target of ages":    question(`60`, `52600000`),
		"too many digits":     question(`60`, `9223372036854775808`),
		"a target too late":   question(`60`, `999999`),
		"no time zone":        question(`"2026-11-23T10:00:00+08:00"`, `"2026-11-23T10:00:00"`),
		"a pause backwards":   question(`09:40:00`, `09:20:00`),
		"a pause from never":  question(`"from":"2026-11-23T09:30:00+08:00"`, `"from":null`),
		"a pause to year one": question(`"2026-11-23T09:40:00+08:00"`, `"0001-01-01T00:00:00Z"`),
		"filed long ago":      question(`"filed_at":"2026`, `"filed_at":"1999`),
		"asked in the future": question(`"at":"2026`, `"at":"2199`),
		"no JSON":             question(`}`, `)`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask([]byte(text))
			wantWrapped(t, err, ErrTimer)
		})
	}
}

func TestATimerWithoutACalendarIsRefused(t *testing.T) {
	timer := Timer{StartedAt: moment(t, "2026-11-23 09:00")}
	_, err := timer.At(timer.StartedAt)
	wantWrapped(t, err, ErrTimer)
}
