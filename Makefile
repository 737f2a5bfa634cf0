# Every step of the build is one of these verbs; `.ci/run` calls check and test.

# `make run PROFILE=release` builds for speed. The default shares what `make test` builds: what is slow
# unoptimised (cryptography, search, SQLite) is optimised in it already, see [profile.dev.package].
PROFILE ?= dev
LISTEN ?= 127.0.0.1:8080
DATA ?= data
# How long `make fuzz` and `make contract` look for trouble with each target or account.
SECONDS ?= 60

.PHONY: help run web test check bench bench-matching soak contract fuzz docs fmt force

help:
	@echo 'make run     the demo city on http://$(LISTEN), its data in ./$(DATA)'
	@echo 'make check   formatting, lints, the rules of the house, licences, types of the scripts'
	@echo 'make test    every test: both databases, the whole city, the browser'
	@echo 'make bench   the table of speeds against the references'
	@echo 'make bench-matching  matching of records beside Splink; SETS="febrl1 census" for some'
	@echo 'make soak    the long load tests'
	@echo 'make contract  the interface against its description; SECONDS=$(SECONDS) an account'
	@echo 'make fuzz    what comes from outside, in forms nobody thought of; SECONDS=$(SECONDS) a target'
	@echo 'make docs    the documentation of the code'
	@echo 'make fmt     format the code'
	@echo 'make web     the scripts and style sheets'

run: web
	cargo run --locked --profile $(PROFILE) -p cityhall -- demo --data $(DATA) --listen $(LISTEN)

# The scripts and style sheets are built again when a source is newer than the last build, or the
# result is gone.
web: build/web.stamp

installed := web/node_modules/.package-lock.json
sources := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/test -prune -o -type f -print)

build/web.stamp: $(sources) $(installed) $(if $(wildcard web/dist/*),,force)
	@scripts/timed 'web build' npm --prefix web run --silent build
	@mkdir -p build && touch $@

$(installed): web/package.json web/package-lock.json
	@scripts/need nodejs npm
	@scripts/timed 'npm ci' npm --prefix web ci --no-audit --no-fund --loglevel=error
	@touch $@

check: web
	@scripts/timed 'format' cargo fmt --all --check
	@scripts/timed 'tidy' cargo xtask tidy
	@scripts/timed 'supply' cargo xtask supply
	@scripts/timed 'types of the scripts' web/node_modules/.bin/tsc --noEmit -p web
	@scripts/timed 'clippy' cargo clippy --locked --workspace --all-targets -- -D warnings

test: web
	@scripts/need postgresql mariadb-server nats-server chromium fonts-noto-cjk openssl python3-venv
	@scripts/test

bench: web
	@scripts/need nginx wrk python3-venv postgresql
	@cargo build --locked --release -p cityhall -p benches --bins
	@scripts/with-postgres target/release/benches

bench-matching:
	@scripts/need python3-venv
	@cargo run --locked --release -p bench-matching -- $(SETS)

soak: web
	@scripts/need postgresql nats-server
	@scripts/with-postgres cargo test --locked --release -p cityhall --test soak -- --test-threads=1 --nocapture

contract: web
	@scripts/need python3-venv
	@CITYHALL_CONTRACT_SECONDS=$(SECONDS) cargo test --locked -p cityhall --test city contract -- --nocapture

fuzz: web
	@scripts/fuzz $(SECONDS)

docs:
	cargo doc --locked --workspace --no-deps

fmt:
	cargo fmt --all
