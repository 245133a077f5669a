package guide

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

//go:embed shipped
var shippedFiles embed.FS

// Shipped is a guide that comes with the program.
type Shipped struct {
	Slug       string
	Content    Content
	ReviewedOn date.Date
}

// ShippedGuides reads the guides that come with the program, by slug.
var ShippedGuides = sync.OnceValues(func() ([]Shipped, error) {
	files, err := fs.Sub(shippedFiles, "shipped")
	if err != nil {
		return nil, err
	}
	return readFiles(files)
})

// readFiles reads guides from a folder a language, a file a guide.
func readFiles(files fs.FS) ([]Shipped, error) {
	names, err := fs.Glob(files, ZhCN+"/*.md")
	if err != nil {
		return nil, err
	}
	others, err := fs.Glob(files, En+"/*.md")
	if err != nil {
		return nil, err
	}
	if len(others) != len(names) {
		return nil, fmt.Errorf("guide: %d guides in %s and %d in %s", len(names), ZhCN, len(others), En)
	}
	var all []Shipped
	for _, name := range names {
		slug := strings.TrimSuffix(strings.TrimPrefix(name, ZhCN+"/"), ".md")
		one, err := readPair(files, slug)
		if err != nil {
			return nil, fmt.Errorf("guide: %s: %w", slug, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// head is what stands between the dashes of a file.
type head struct {
	Title      string     `yaml:"title"`
	Summary    string     `yaml:"summary"`
	Category   Category   `yaml:"category"`
	Order      int        `yaml:"order"`
	Items      []fee.Item `yaml:"items"`
	Codes      []string   `yaml:"codes"`
	Questions  []string   `yaml:"questions"`
	ReviewedOn string     `yaml:"reviewed_on"`
}

func readPair(files fs.FS, slug string) (Shipped, error) {
	if !isSlug(slug) {
		return Shipped{}, fmt.Errorf("the name can't stand in an address")
	}
	zh, zhBody, err := readFile(files, ZhCN, slug)
	if err != nil {
		return Shipped{}, err
	}
	en, enBody, err := readFile(files, En, slug)
	if err != nil {
		return Shipped{}, err
	}
	if zh.Category != en.Category || zh.Order != en.Order || !slices.Equal(zh.Items, en.Items) ||
		!slices.Equal(zh.Codes, en.Codes) || zh.ReviewedOn != en.ReviewedOn {
		return Shipped{}, fmt.Errorf("the languages differ in more than their texts")
	}
	reviewed, err := date.Parse(zh.ReviewedOn)
	if err != nil {
		return Shipped{}, err
	}
	return Shipped{Slug: slug, ReviewedOn: reviewed, Content: Content{
		Category: zh.Category, Order: zh.Order, Items: zh.Items, Codes: zh.Codes,
		ZhCN: Text{Title: zh.Title, Summary: zh.Summary, Questions: zh.Questions, Body: zhBody},
		En:   Text{Title: en.Title, Summary: en.Summary, Questions: en.Questions, Body: enBody},
	}}, nil
}

const dashes = "---\n"

func readFile(files fs.FS, locale, slug string) (h head, body string, err error) {
	content, err := fs.ReadFile(files, locale+"/"+slug+".md")
	if err != nil {
		return head{}, "", err
	}
	rest, ok := strings.CutPrefix(string(content), dashes)
	above, body, ok2 := strings.Cut(rest, "\n"+dashes)
	if !ok || !ok2 {
		return head{}, "", fmt.Errorf("%s: no lines between dashes", locale)
	}
	decoder := yaml.NewDecoder(strings.NewReader(above))
	decoder.KnownFields(true)
	if err := decoder.Decode(&h); err != nil {
		return head{}, "", fmt.Errorf("%s: %w", locale, err)
	}
	return h, strings.TrimSpace(body), nil
}
