package notice

import (
	"strings"
	"unicode/utf16"
)

// gsm and gsmTwice are the characters that a text message carries in seven bits
// (3GPP TS 23.038): those of the second take the room of two.
const (
	gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice = "^{}\\[~]|€"
)

// SMSRoom returns how many characters a text message takes and how many one
// segment holds: 160 where all are of the seven-bit set, else 70.
func SMSRoom(text string) (taken, room int) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsm, r):
			taken++
		case strings.ContainsRune(gsmTwice, r):
			taken += 2
		default:
			return len(utf16.Encode([]rune(text))), 70
		}
	}
	return taken, 160
}

// FitsOneSMS reports whether a text message goes out in one segment.
func FitsOneSMS(text string) bool {
	taken, room := SMSRoom(text)
	return taken <= room
}
