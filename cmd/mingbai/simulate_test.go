package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestSimulateAnswersEveryWorkedCaseAsTheFileWants(t *testing.T) {
	file, err := os.Open("../../models/fee/testdata/vectors/judge.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out bytes.Buffer
	if err := simulate(file, &out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var answered struct{ Name, Got, Want any }
		if err := json.Unmarshal([]byte(line), &answered); err != nil || answered.Got == nil || answered.Want == nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

func TestSimulateEndsWithOneWhereAnAnswerDiffers(t *testing.T) {
	in := `{"request":{"amount_fen":1,"at":"2025-01-01T00:00:00Z","origin":"core"},"want":{"decision":"allow"}}`
	var out bytes.Buffer
	err := simulate(strings.NewReader(in), &out)
	if !endsWith(err, 1) {
		t.Errorf("it ends with %v; want status 1", err)
	}
	if !strings.Contains(out.String(), `"got":{"decision":"deny","reasons":["not_agreed","terminal_inactive"]`) {
		t.Errorf("got %s", out.String())
	}
}

func TestSimulateAnswersAnImpossibleCaseWithoutJudgingIt(t *testing.T) {
	for _, in := range []string{`{}`, `{"request":{"amount_fen":1,"at":"2025-02-09T9:00:00Z"}}`, `{"request":{"amount_fen":1,"at":"2025-02-09T10:00:00,5+08:00"}}`, `{"request":{"amount_fen":1,"at":"2025-02-09T10:00:00+24:00"}}`, `{"request":{"amount_fen":"36","at":"2025-01-01T00:00:00Z"}}`, `{"plan":{"versions":[]},"request":{"amount_fen":1,"at":"2025-01-01T00:00:00Z"}}`} {
		var out bytes.Buffer
		if err := simulate(strings.NewReader(in), &out); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if !strings.Contains(out.String(), `"got":{"error":"invalid_case"}`) {
			t.Errorf("%s: got %s", in, out.String())
		}
	}
}

func TestSimulateEndsWithTwoWhereALineIsNoObject(t *testing.T) {
	for _, line := range []string{"[1]", "null", "text", `"text"`, "1"} {
		err := simulate(strings.NewReader("{}\n"+line+"\n"), &bytes.Buffer{})
		if !endsWith(err, 2) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: it ends with %v; want status 2, naming line 2", line, err)
		}
	}
}
