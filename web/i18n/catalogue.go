package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/feature/plural"
)

//go:embed locales
var embedded embed.FS

// printers reads the embedded catalogues once. A catalogue that can't be read
// is a mistake in the program, found by every test and at the first start.
var printers = sync.OnceValue(func() map[Locale]*Printer {
	files, err := fs.Sub(embedded, "locales")
	if err != nil {
		panic(err)
	}
	loaded, err := Load(files)
	if err != nil {
		panic(err)
	}
	return loaded
})

// For returns the printer of a language; an unknown language is answered in
// zh-CN.
func For(l Locale) *Printer {
	if p, ok := printers()[l]; ok {
		return p
	}
	return printers()[ZhCN]
}

// Load reads catalogues: a folder a language, a YAML file an area. The area's
// name begins each of its keys, and nested maps join with dots. A map with the
// forms of a plural (other, and perhaps one) is one message chosen by {n}.
func Load(files fs.FS) (map[Locale]*Printer, error) {
	loaded := make(map[Locale]*Printer, len(Locales))
	for _, l := range Locales {
		entries := map[string]*entry{}
		areas, err := fs.Glob(files, string(l)+"/*.yaml")
		if err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
		for _, file := range areas {
			text, err := fs.ReadFile(files, file)
			if err != nil {
				return nil, fmt.Errorf("i18n: %w", err)
			}
			if err := readArea(entries, file, text); err != nil {
				return nil, fmt.Errorf("i18n: %w", err)
			}
		}
		p, err := newPrinter(l, entries)
		if err != nil {
			return nil, fmt.Errorf("i18n: %w", err)
		}
		loaded[l] = p
	}
	return loaded, nil
}

func readArea(into map[string]*entry, file string, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	area := strings.TrimSuffix(path.Base(file), ".yaml")
	if !isName(area) {
		return fmt.Errorf("%s: %q is no area name", file, area)
	}
	return flatten(into, file, area, doc.Content[0])
}

// flatten puts a map's messages under their dotted keys. It works on nodes, not
// on Go maps, so that a key such as "no" stays text and a doubled key shows.
func flatten(into map[string]*entry, file, prefix string, node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: %s must be a map", file, node.Line, prefix)
	}
	for i := 0; i < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		if !isName(name.Value) {
			return fmt.Errorf("%s:%d: %q is no key", file, name.Line, name.Value)
		}
		key := prefix + "." + name.Value
		if value.Kind == yaml.MappingNode && !isPlural(value) {
			if err := flatten(into, file, key, value); err != nil {
				return err
			}
			continue
		}
		if into[key] != nil {
			return fmt.Errorf("%s:%d: %s is there twice", file, name.Line, key)
		}
		e, err := parseEntry(value)
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", file, value.Line, key, err)
		}
		e.defined = fmt.Sprintf("%s:%d", file, name.Line)
		into[key] = e
	}
	return nil
}

func isPlural(node *yaml.Node) bool {
	other := false
	for i := 0; i < len(node.Content); i += 2 {
		if _, ok := pluralForms[node.Content[i].Value]; !ok {
			return false
		}
		if node.Content[i+1].Kind != yaml.ScalarNode {
			return false
		}
		other = other || node.Content[i].Value == "other"
	}
	return other
}

func parseEntry(node *yaml.Node) (*entry, error) {
	e := &entry{}
	switch node.Kind {
	case yaml.ScalarNode:
		m, err := parseMessage(node.Value)
		if err != nil {
			return nil, err
		}
		e.forms[plural.Other] = m
	case yaml.MappingNode:
		e.plural = true
		for i := 0; i < len(node.Content); i += 2 {
			form := pluralForms[node.Content[i].Value]
			if e.forms[form] != nil {
				return nil, fmt.Errorf("form %s is there twice", node.Content[i].Value)
			}
			m, err := parseMessage(node.Content[i+1].Value)
			if err != nil {
				return nil, err
			}
			e.forms[form] = m
		}
	default:
		return nil, fmt.Errorf("neither a text nor a map")
	}
	return e, nil
}
