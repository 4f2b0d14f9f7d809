# Hadir. `make help` lists the targets.
GO       ?= go
BIN      := bin/hadir
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := -s -w -X hadir/internal/build.version=$(VERSION)
# The linter is pinned and built into bin, not part of the program's go.mod.
LINTER   := bin/golangci-lint-v2.15.0
# The race detector is in what is tested, linted and described alike, so that nothing is compiled twice. It would take most
# of the time of the tests in two places where it finds nothing, since what they read and write is memory of their own: SQLite,
# which is C turned into Go, and the hash of passwords. internal/testkit builds the program in the same way.
UNWATCHED := modernc.org/sqlite/lib modernc.org/libc golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
RACE     := -race $(UNWATCHED:%=-gcflags=%=-race=false)
CHECKED  := env GOFLAGS='$(strip $(GOFLAGS) $(RACE))'
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
	$(CHECKED) $(GO) run . openapi > web/types/openapi.json
	cd web && npm run --silent types

deps: ## install what the tests need and this machine lacks (Debian: MariaDB, Redis, Chromium, a C compiler, promtool, LibreOffice)
	@ops/test-deps

test: deps lint test-ops test-web test-go ## everything: lint, unit, both databases, browser and failure tests, with the race detector

test-ops: deps ## the rules and alerts of ops/prometheus
	promtool check rules ops/prometheus/rules.yml
	promtool test rules ops/prometheus/rules_test.yml

test-web: web ## the tests of the pages' code
	cd web && npm test --silent

test-go: web ## all Go tests with the race detector
	ops/in-memory $(CHECKED) $(GO) test -vet=off -timeout 60m -p 2 ./... # packages run tests in parallel, with own servers

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

$(LINTER):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(@:bin/golangci-lint-%=%)
	mv bin/golangci-lint $@

lint: $(LINTER) web/types/api.d.ts ## formatting, the linters (vet among them), and types
	@test -z "$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go'))" || { gofmt -l $$(git ls-files -co --exclude-standard '*.go'); exit 1; }
	$(CHECKED) $(LINTER) run
	$(GO) vet ./internal/testkit ./internal/importer # files that are there without the race detector only
	cd web && npm run --silent lint

clean: ## remove what was built (not the data)
	rm -rf bin web/node_modules web/types
	find web/dist -mindepth 1 ! -name .gitkeep -delete
