# Each target first sets up .venv; the first time that takes a few minutes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PRODUCT := verwijsindex match orgprofiles crypto wsgi.py
READY := .venv/.installed
CORES := $(shell nproc 2>/dev/null || echo 2)

.PHONY: help run test test-all lint bench vendor lock sbom clean chromium pango pgbouncer spectral

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: $(READY) pango ## start the demonstration, with everything in it
	@$(BIN)/verwijsindex demo

test: $(READY) chromium pango spectral lint ## lint, then all tests but the slow ones
	@$(BIN)/pytest -n $(CORES) --dist loadgroup

test-all: $(READY) chromium pango pgbouncer spectral lint ## lint, then all tests
	@$(BIN)/pytest -n $(CORES) --dist loadgroup -m ''

lint: $(READY) ## style, types, direction of imports, spelling, security, licences
	@$(BIN)/ruff check --quiet && echo "ruff check: clean"
	@$(BIN)/ruff format --check --quiet && echo "ruff format: clean"
	@$(BIN)/mypy --no-error-summary && echo "mypy: clean"
	@tools/quietly "lint-imports: contracts kept" $(BIN)/lint-imports
	@$(BIN)/codespell && echo "codespell: clean"
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(PRODUCT) && echo "bandit: clean"
	@tools/semgrep $(PRODUCT) && echo "semgrep: clean"
	@tools/quietly "reuse: clean" $(BIN)/reuse lint

bench: $(READY) ## measure speed against the machine's own limits
	@$(BIN)/python -m benchmarks

vendor: $(READY) ## fetch vendored files anew, at their pinned versions
	@find tests verwijsindex -name rebuild -perm -u+x | sort | while read -r script; do \
	    echo "$$script"; "$$script"; done

lock: ## renew requirements/*.txt from pyproject.toml
	@tools/lock

sbom: $(READY) ## write the bill of materials to build/sbom.cdx.json
	@$(BIN)/python tools/sbom.py build/sbom.cdx.json

clean: ## remove everything that can be made again
	@rm -rf .venv .demo .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

chromium:
	@tools/install-chromium

pango: $(READY)
	@tools/install-pango

pgbouncer:
	@tools/install-pgbouncer

spectral: $(READY)
	@tools/install-node-tools

$(READY): pyproject.toml $(wildcard requirements/*.txt)
	@tools/install-python
