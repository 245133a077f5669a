package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/spf13/cobra"

	"github.com/mingbai/mingbai/models/fee"
)

func simulateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "simulate FILE.jsonl",
		Short: "Judge cases and compare them with the answers they want",
		Long: `Reads cases, one JSON object a line, and prints the same lines with the
product's answer under "got" beside the "want" of the file. A case that can't be
is answered {"error": "invalid_case"}. Nothing is stored and no database is
needed.

Ends with 1 where an answer differs from what the file wants, and with 2 where a
line is no JSON object.`,
		Example: "  mingbai simulate models/fee/testdata/vectors/judge.jsonl\n  mingbai simulate - < cases.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" {
				return simulate(cmd.InOrStdin(), cmd.OutOrStdout())
			}
			file, err := os.Open(args[0])
			if err != nil {
				return exit{2, err}
			}
			defer file.Close()
			return simulate(file, cmd.OutOrStdout())
		},
	}
}

// simulate answers each line of in on out.
func simulate(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<16)
	w := bufio.NewWriterSize(out, 1<<16)
	defer w.Flush()
	differ := 0
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			answered, same, err := answer(text)
			if err != nil {
				w.Flush()
				return exit{2, fmt.Errorf("line %d is no JSON object: %w", number, err)}
			}
			if !same {
				differ++
			}
			w.Write(answered)
			w.WriteByte('\n')
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return exit{2, err}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if differ > 0 {
		return exit{1, fmt.Errorf("%d answers differ from what the file wants", differ)}
	}
	return nil
}

// answer returns the line with "got" added at its end, and whether that is what
// the line wants. A line that wants nothing is content with anything.
func answer(line []byte) (answered []byte, same bool, err error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return nil, false, err
	}
	if object == nil {
		return nil, false, errors.New("it is null")
	}
	got, err := json.Marshal(judge(line))
	if err != nil {
		return nil, false, err
	}
	if _, ok := object["got"]; ok || len(object) == 0 {
		object["got"] = got
		answered, err = json.Marshal(object)
	} else {
		answered = append(bytes.TrimSuffix(bytes.TrimSpace(line), []byte("}")), `,"got":`...)
		answered = append(append(answered, got...), '}')
	}
	want, ok := object["want"]
	return answered, !ok || string(want) == "null" || sameJSON(got, want), err
}

// judge returns the answer to a case, or that it can't be one.
func judge(line []byte) any {
	c, err := fee.ParseCase(line)
	if err != nil {
		return invalidCase
	}
	v, err := fee.Judge(c)
	if err != nil {
		return invalidCase
	}
	return v.Answer()
}

var invalidCase = map[string]string{"error": "invalid_case"}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
