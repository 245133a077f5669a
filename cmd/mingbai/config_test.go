package main

import (
	"strings"
	"testing"
)

func TestAnEmptyEnvironmentServesOneMachine(t *testing.T) {
	c, err := readConfig(map[string]string{})
	if err != nil || c.Database != "sqlite:mingbai.db" || c.Listen != "127.0.0.1:8080" || c.secure() {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestEveryFaultOfTheConfigurationIsNamedAtOnce(t *testing.T) {
	_, err := readConfig(map[string]string{
		"MINGBAI_DATABASE": "mysql://x", "MINGBAI_URL": "mingbai", "MINGBAI_SECRET": "short", "MINGBAI_SMS_URL": "https://sms.example.com",
		"MINGBAI_DRAIN": "soon", "MINGBAI_UPLOAD_BYTES": "1",
	})
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, name := range []string{"MINGBAI_DATABASE", "MINGBAI_URL", "MINGBAI_SECRET", "MINGBAI_SMS_KEY_ID", "MINGBAI_DRAIN can't be read", "MINGBAI_UPLOAD_BYTES"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}
