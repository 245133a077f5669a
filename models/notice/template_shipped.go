package notice

import (
	"embed"
	"fmt"

	"go.yaml.in/yaml/v3"
)

//go:embed words
var wordFiles embed.FS

// shippedKind is how the file of a language words a kind of notice: mails and
// the portal share a letter.
type shippedKind struct {
	SMS    Wording `yaml:"sms"`
	Letter Wording `yaml:"letter"`
	WeChat Wording `yaml:"wechat"`
}

var (
	shippedWords = map[string]map[Kind]shippedKind{
		"zh-CN": mustReadWords[map[Kind]shippedKind]("zh-CN"), "en": mustReadWords[map[Kind]shippedKind]("en"),
	}
	longestWords = mustReadWords[map[string]map[string]map[string]string]("longest") // of one and of many, by place and locale
)

// mustReadWords reads a file of words that the program holds itself.
func mustReadWords[T any](name string) (all T) {
	text, err := wordFiles.ReadFile("words/" + name + ".yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &all)
	}
	if err != nil {
		panic(fmt.Sprintf("notice: the words in %s: %v", name, err))
	}
	return all
}

// Shipped returns the words that the program brings for a kind of notice on a
// channel: version 0 of the template.
func Shipped(k Kind, c Channel) Words {
	return Words{ZhCN: shippedIn("zh-CN", k, c), En: shippedIn("en", k, c)}
}

func shippedIn(locale string, k Kind, c Channel) Wording {
	words := shippedWords[locale][k]
	switch c {
	case SMS:
		return words.SMS
	case WeChat:
		return words.WeChat
	}
	return words.Letter
}
