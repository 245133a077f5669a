package components

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/views/components/viewtest"
)

// widths are those at which a layout must hold: the least, which it is made
// for, and wider ones.
var widths = []float64{leastWidth, 688, 860, 1072, 1600}

// anyTimeline draws timelines that no designer thought of: crowded, empty, with
// days off the strip, out of order, many on one day.
func anyTimeline(t *rapid.T) Timeline {
	first := rapid.IntRange(-1000, 20_000).Draw(t, "first")
	last := first + rapid.IntRange(-3, 4000).Draw(t, "days")
	day := rapid.IntRange(first-30, max(last, first)+30)
	label := rapid.SampledFrom([]string{"", "2025-12-03", "第 2 期 ¥36.00（本笔）", "Year 2, ¥36.00 (this one)", "今天", "WWWWWWWWWW"})
	tl := Timeline{ID: "t", Title: "x", First: first, Last: last, Today: day.Draw(t, "today"), Now: label.Draw(t, "now"), Heads: TimelineHeads{"a", "b", "c", "d"}}
	for range rapid.IntRange(0, 30).Draw(t, "spans") {
		from := day.Draw(t, "from")
		tl.Spans = append(tl.Spans, TimelineSpan{
			Kind: SpanKind(rapid.IntRange(0, 2).Draw(t, "kind")), From: from, To: from + rapid.IntRange(-1, 400).Draw(t, "length"),
			Label: label.Draw(t, "label"), Current: rapid.Bool().Draw(t, "current"),
		})
	}
	for range rapid.IntRange(0, 80).Draw(t, "marks") {
		tl.Marks = append(tl.Marks, TimelineMark{
			Kind: MarkKind(rapid.IntRange(0, int(WrongMark)).Draw(t, "kind")), Day: day.Draw(t, "day"), Date: label.Draw(t, "date"), Note: label.Draw(t, "note"),
			When: Time{Text: "x"}, What: "y", Current: rapid.IntRange(0, 9).Draw(t, "current") == 0,
		})
	}
	for range rapid.IntRange(0, 20).Draw(t, "bells") {
		tl.Bells = append(tl.Bells, TimelineBell{Day: day.Draw(t, "day"), When: Time{Text: "x"}, What: "y"})
	}
	return tl
}

func TestLabelsNeverMeetAndStayOnTheStrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyTimeline(t).layOut()
		for _, width := range widths {
			for i, a := range s.labels {
				if a.left(width) < -.01 || a.right(width) > width+.01 {
					t.Fatalf("at %v px %q stands from %.1f to %.1f", width, a.text, a.left(width), a.right(width))
				}
				if a.y > s.height || a.y < textBaseline {
					t.Fatalf("%q stands at %d of %d px", a.text, a.y, s.height)
				}
				for _, b := range s.labels[:i] {
					if a.y == b.y && a.left(width) < b.right(width) && b.left(width) < a.right(width) {
						t.Fatalf("at %v px %q (%.1f to %.1f) and %q (%.1f to %.1f) meet", width,
							a.text, a.left(width), a.right(width), b.text, b.left(width), b.right(width))
					}
					if d := a.y - b.y; d != 0 && max(d, -d) < 15 {
						t.Fatalf("%q at %d and %q at %d are on lines too close", a.text, a.y, b.text, b.y)
					}
				}
			}
		}
	})
}

func TestMarksStayOnTheStripAndNeverCoverEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		s := tl.layOut()
		shown, wanted := 0, 0
		for _, k := range tl.Marks {
			if tl.shows(k.Day) {
				wanted++
			}
		}
		for i, a := range s.marks {
			shown += 1 + len(a.hidden)
			for _, width := range widths {
				if x := a.share * width; x-s.radius < 0 || x+s.radius > width {
					t.Fatalf("at %v px a mark of radius %v stands at %.1f", width, s.radius, x)
				}
			}
			for _, b := range s.marks[:i] {
				if a.lane == b.lane && (a.share-b.share)*leastWidth < 2*s.radius {
					t.Fatalf("two marks of radius %v stand at %.1f and %.1f in lane %d", s.radius, a.share*leastWidth, b.share*leastWidth, a.lane)
				}
			}
			for _, hidden := range a.hidden {
				if hidden.Kind > a.kind {
					t.Fatalf("a mark of kind %d hides one of kind %d, which is worse", a.kind, hidden.Kind)
				}
			}
		}
		if shown != wanted {
			t.Fatalf("got %d marks, want %d", shown, wanted)
		}
	})
}

func TestBellsStandApartAndNoneIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		s := tl.layOut()
		rung, wanted := 0, 0
		for _, b := range tl.Bells {
			if tl.shows(b.Day) {
				wanted++
			}
		}
		for i, b := range s.bells {
			rung += len(b.bells)
			if i > 0 && (b.share-s.bells[i-1].share)*leastWidth < bellGap {
				t.Fatalf("two bells stand %.1f px apart", (b.share-s.bells[i-1].share)*leastWidth)
			}
		}
		if rung != wanted {
			t.Fatalf("got %d bells, want %d", rung, wanted)
		}
	})
}

func TestALineDownToALabelCrossesNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyTimeline(t).layOut()
		for _, width := range widths {
			for _, down := range s.leaders {
				for _, l := range s.labels {
					x := down.share * width
					if l.y > s.axis && l.y < down.bottom && l.left(width) < x && x < l.right(width) {
						t.Fatalf("at %v px the line at %.1f runs through %q", width, x, l.text)
					}
				}
			}
		}
	})
}

func TestAnyTimelineIsSoundHTMLWithEveryFactInItsTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		var b strings.Builder
		if err := tl.Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if faults := viewtest.Faults(b.String()); len(faults) > 0 {
			t.Fatal(faults)
		}
		rows := len(tl.Marks) + len(tl.Bells)
		if tl.Now != "" && tl.hasToday() {
			rows++
		}
		if got := strings.Count(b.String(), "<tr") - 1; got != rows {
			t.Fatalf("got %d rows, want %d", got, rows)
		}
	})
}

func TestTheLabelOfTheMarkThatThePageIsAboutIsNeverLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl := anyTimeline(t)
		for i := range tl.Marks {
			tl.Marks[i].Current = false
		}
		tl.Marks = append(tl.Marks, TimelineMark{Kind: AgreedMark, Day: rapid.IntRange(tl.First, max(tl.First, tl.Last)).Draw(t, "day"), Date: "2025-12-03 ", Current: true})
		if tl.Last < tl.First {
			return // no strip at all
		}
		for _, l := range tl.layOut().labels {
			if l.text == "2025-12-03 " && l.bold {
				return
			}
		}
		t.Fatal("got no label for the current mark")
	})
}

func TestRowsComeInTheOrderOfTheDaysAndANoticeBeforeWhatItAnnounced(t *testing.T) {
	tl := Timeline{
		First: 0, Last: 100, Today: 50, Now: "today",
		Marks: []TimelineMark{{Day: 90, What: "next"}, {Day: 50, What: "taken"}, {Day: 1, What: "start"}},
		Bells: []TimelineBell{{Day: 50, What: "told"}, {Day: 43, What: "told first"}},
	}
	var got []string
	for _, r := range tl.rows() {
		switch {
		case r.mark != nil:
			got = append(got, r.mark.What)
		case r.bell != nil:
			got = append(got, r.bell.What)
		default:
			got = append(got, tl.Now)
		}
	}
	if want := "[start told first told taken today next]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestMarksOfOneDayStandBelowEachOtherAndTheRestIsCounted(t *testing.T) {
	tl := Timeline{First: 0, Last: 100}
	for range 5 {
		tl.Marks = append(tl.Marks, TimelineMark{Day: 50, Kind: AgreedMark})
	}
	tl.Marks[4].Kind = WrongMark
	marks, _ := tl.layOutMarks()
	if len(marks) != lanes {
		t.Fatalf("got %d marks, want %d", len(marks), lanes)
	}
	for i, m := range marks {
		if m.lane != i {
			t.Errorf("mark %d: got lane %d, want %d", i, m.lane, i)
		}
	}
	if last := marks[lanes-1]; len(last.hidden) != 2 || last.kind != WrongMark {
		t.Errorf("got %d hidden marks below one of kind %d, want 2 below a wrong one", len(last.hidden), last.kind)
	}
}

func TestEveryKindOfMarkLooksDifferent(t *testing.T) {
	kinds := map[string]MarkKind{}
	for kind := StartMark; kind <= WrongMark; kind++ {
		var b strings.Builder
		m := markup.To(&b)
		glyph(&m, kind, 9)
		if other, taken := kinds[b.String()]; taken {
			t.Errorf("marks of kind %d and %d look the same", kind, other)
		}
		kinds[b.String()] = kind
	}
}

func TestChineseIsTwiceAsWideAsFigures(t *testing.T) {
	if got, want := textWidth("今天"), 2*textSize; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := textWidth("2025-12-03"); got < 70 || got > 85 {
		t.Errorf("got %v px for a date, want about 78", got)
	}
}

func TestATimelineCostsFewAllocations(t *testing.T) {
	tl := simTimeline(examplePage("zh-CN"))
	var m discard
	if got := testing.AllocsPerRun(100, func() { _ = tl.Render(t.Context(), m) }); got > 20 {
		t.Errorf("got %v allocations, want at most 20", got)
	}
}
