package api

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
)

// errNotJSON says that a body is no JSON.
var errNotJSON = guard.WithStatus(http.StatusBadRequest, fault.New(fault.Invalid, "api.not_json"))

// eachObject calls each for the values of a list in turn: of an array, or of
// values one after another, a line each.
func eachObject(r io.Reader, each func(json.RawMessage) error) error {
	buffered := bufio.NewReader(r)
	first, err := firstByte(buffered)
	if err != nil {
		return err
	}
	d := json.NewDecoder(buffered)
	if first != '[' {
		return eachValue(d, each)
	}
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	for d.More() {
		if err := next(d, each); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errNotJSON
	}
	return nil
}

func eachValue(d *json.Decoder, each func(json.RawMessage) error) error {
	for {
		err := next(d, each)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func next(d *json.Decoder, each func(json.RawMessage) error) error {
	var value json.RawMessage
	err := d.Decode(&value)
	switch {
	case errors.Is(err, io.EOF):
		return err
	case err != nil:
		return errNotJSON
	case !isText(value):
		return guard.WithStatus(http.StatusBadRequest, fault.New(fault.Invalid, "api.body_not_text"))
	}
	return each(value)
}

// firstByte returns the first byte that is not white space, without taking it.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return 0, errNotJSON
		}
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, r.UnreadByte()
		}
	}
}
