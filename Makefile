# Hadir. `make help` lists the targets.
GO       ?= go
BIN      := bin/hadir
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := -s -w -X hadir/internal/build.version=$(VERSION)
# The linter is a pinned tool of its own module cache, not of the program's go.mod.
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
WEB_SRC  := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/types -prune -o -type f -print 2>/dev/null)
GO_SRC   := $(shell find . -path ./web/node_modules -prune -o -name '*.go' -print -o -name '*.sql' -print)

.DEFAULT_GOAL := help
.PHONY: help run build web test test-go test-web test-ops bench fuzz load validate lint deps clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build, then run everything in one process with demo data; prints address and sign-ins
	$(BIN) --demo --demo-live

build: $(BIN) ## the binary, with the pages in it

$(BIN): $(GO_SRC) go.mod go.sum web/dist/beranda.html
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ .

web: web/dist/beranda.html ## the pages

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/beranda.html: web/node_modules/.package-lock.json $(WEB_SRC)
	cd web && npm run --silent build
	@touch $@

# The types of what the API takes and answers, by which the pages' code is checked.
web/types/api.d.ts: web/node_modules/.package-lock.json $(GO_SRC) go.mod go.sum
	@mkdir -p web/types
	$(GO) run . openapi > web/types/openapi.json
	cd web && npm run --silent types

deps: ## install what the tests need and this machine lacks (Debian: MariaDB, Redis, Chromium)
	@ops/test-deps

test: deps lint test-ops test-web test-go ## everything: lint, unit, both databases, browser and failure tests, with the race detector

test-ops: deps ## the rules and alerts of ops/prometheus
	promtool check rules ops/prometheus/rules.yml
	promtool test rules ops/prometheus/rules_test.yml

test-web: web ## the tests of the pages' code
	cd web && npm test --silent

# SQLite is C turned into Go. Watching each of its memory accesses takes most of the time of the tests and finds nothing:
# what it reads and writes is memory that Go does not manage. internal/testkit builds the program in the same way.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false

test-go: web ## all Go tests with the race detector
	$(GO) test $(RACE) -timeout 60m -p 2 ./... # each package runs tests in parallel, with databases and browsers of their own

bench: deps web ## measure throughput, latency and memory, beside the database's own figures
	$(GO) test ./ops/bench -run '^$$' -bench . -benchtime 1x -timeout 30m

fuzz: ## 100,000 requests made from the OpenAPI document; the log names the seed that repeats them
	HADIR_FUZZ_REQUESTS=100000 HADIR_FUZZ_SEED=$${HADIR_FUZZ_SEED:-$$(date +%s)} \
		$(GO) test ./api -run TestNoRequestBreaksTheServer -count 1 -timeout 30m -v

K6 ?= $(GO) run go.k6.io/k6@v1.8.1
load: ## k6 against BASE with the sessions in TOKENS (see ops/load): users, rush, sockets; SCRIPTS chooses
	@for s in $(or $(SCRIPTS),users rush sockets); do echo "== $$s"; $(K6) run --quiet --no-usage-report ops/load/$$s.js || exit 1; done

validate: deps ## try the Compose project and the Swarm stack from outside (needs Docker; docs/validation.md)
	ops/validate/all

lint: web/types/api.d.ts ## formatting, vet, the linters, and types
	@test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))" || { gofmt -l $$(git ls-files -co --exclude-standard '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run
	cd web && npm run --silent lint

clean: ## remove what was built (not the data)
	rm -rf bin web/node_modules web/types
	find web/dist -mindepth 1 ! -name .gitkeep -delete
