# Everything runs without a C compiler, but for `make race`.
export CGO_ENABLED := 0

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint bench generate setup

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: build ## build, fill a database with demo data, serve it on http://localhost:8080 (ARGS=--reset starts anew)
	bin/mingbai demo $(ARGS)

build: ## build bin/mingbai
	go build -trimpath -ldflags='-s -w' -o bin/mingbai ./cmd/mingbai

test: setup lint ## install what the tests need, then check and test everything
	go run ./cmd/pgtest go test -vet=off -parallel 4 -timeout 40m ./... # lint has vetted it

race: setup ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 go run ./cmd/pgtest go test -timeout 40m -race ./...

lint: ## check formatting and look for mistakes
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || \
		{ printf 'Not formatted. Run gofmt -w on:\n%s\n' "$$unformatted" >&2; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	@unused=$$(go tool deadcode -test ./...); test -z "$$unused" || \
		{ printf 'Nothing calls these, not even a test. Remove them:\n%s\n' "$$unused" >&2; exit 1; }

bench: build ## measure pages, import and databases, then the rules alone
	bin/mingbai bench $(ARGS)
	go test -run '^$$' -bench . -benchmem ./models/fee

generate: ## format the templates and write their Go code
	go tool templ fmt .
	go tool templ generate

setup: ## install PostgreSQL, Chromium and Chinese fonts where they are missing (Debian)
	@sh .ci/setup
