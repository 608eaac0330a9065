# Rollcall: the two commands a newcomer needs are `make start` and `make test`. `make help` lists the others.
# Everything is installed into .venv and node_modules, from the pinned files; after that no network is needed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
POLICY := .venv-policy
PYTHON ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: start
start: install ## Start everything, provision a sample directory into it, and keep serving (PORT=7071, DIRECTORY=…)
	@exec $(BIN)/python -m devstack.start

.PHONY: serve
serve: install ## Serve alone, for tools, with an empty store (PORT=0 takes a free port); writes .run/ready.json
	@exec $(BIN)/python -m devstack.serve

.PHONY: test
test: install lint ## Check everything: lint, types, and all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q

.PHONY: soak
soak: install ## Kill the service again and again under load, and compare it with another one, for an hour
	@ROLLCALL_KILL_ROUNDS=120 $(BIN)/python -m pytest tests/resilience -q
	@ROLLCALL_DIFFERENTIAL_EXAMPLES=5000 $(BIN)/python -m pytest tests/differential -q

.PHONY: acceptance
acceptance: install ## Provision 10,000 users and 500 groups with churn and faults into the service, for 11 minutes
	@ROLLCALL_TENANT=10000x500 $(BIN)/python -m pytest tests/e2e/test_acceptance.py -q -n 0

.PHONY: lint
lint: install ## Check style and types only
	@$(BIN)/python -m ruff check -q .
	@$(BIN)/python -m ruff format -q --check .
	@$(BIN)/python -m mypy .

.PHONY: format
format: install ## Put imports and layout right
	@$(BIN)/python -m ruff check -q --fix .
	@$(BIN)/python -m ruff format -q .

.PHONY: conformance
conformance: install ## Write docs/conformance.md anew from the tests
	@$(BIN)/python -m tests.conformance.report

.PHONY: bench
bench: install $(VENV)/.installed-bench ## Measure every operation at growing sizes; writes docs/performance.md (BENCH=--quick)
	@$(BIN)/python -m benchmarks $(BENCH)

.PHONY: package
package: install ## Build what is deployed: dist/rollcall.zip
	@$(BIN)/python -m devstack.package

.PHONY: policy
policy: install $(POLICY)/.installed ## Check what would be deployed against the policies of checkov
	@CHECKOV=$(POLICY)/bin/checkov $(BIN)/python -m pytest tests/infra/test_policy.py -q

.PHONY: verify
verify: install ## Check a deployed service (URL=tenant URL, TOKEN=…): the host's contract, the suites, Entra's validator
	@test -n "$(URL)" || { echo "usage: make verify URL=https://HOST/scim/account/ACCOUNT TOKEN=…" >&2; exit 2; }
	@ROLLCALL_URL="$$URL" ROLLCALL_TOKEN="$$TOKEN" $(BIN)/python -m pytest tests/deployed -q --tb=short

.PHONY: snapshots
snapshots: install ## Write the snapshots of infra/bicep anew, for review (needs the Bicep compiler)
	@$(BIN)/python -m tests.infra.compiler

.PHONY: audit
audit: install $(VENV)/.installed-audit ## Ask a vulnerability service about the packages that we deploy (needs the network)
	@$(BIN)/python -m devstack.audit

.PHONY: install
install: $(VENV)/.installed node_modules/.installed ## Install what is missing

.PHONY: lock
lock: install ## Resolve requirements*.in anew into the pinned requirements*.txt (needs uv)
	@uv pip compile -q --no-header requirements.in -o requirements.txt
	@uv pip compile -q --no-header requirements-dev.in -o requirements-dev.txt
	@uv pip compile -q --no-header -c requirements-dev.txt requirements-bench.in -o requirements-bench.txt
	@uv pip compile -q --no-header -c requirements-dev.txt requirements-audit.in -o requirements-audit.txt
	@uv pip compile -q --no-header requirements-policy.in -o requirements-policy.txt

.PHONY: clean
clean: ## Remove what was installed and what `make start` keeps
	@rm -rf $(VENV) $(POLICY) dist node_modules .run .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.installed: requirements.txt requirements-dev.txt .python-version
	@python="$$(scripts/find-python "$(PYTHON)")" || exit 1; \
	 echo "installing Python packages into $(VENV) …"; \
	 if [ -L $(VENV) ]; then rm $(VENV); fi; \
	 "$$python" -m venv --clear $(VENV) && \
	 $(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.installed-bench: requirements-bench.txt $(VENV)/.installed
	@echo "installing what the benchmarks need into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-bench.txt
	@touch $@

$(VENV)/.installed-audit: requirements-audit.txt $(VENV)/.installed
	@echo "installing pip-audit into $(VENV) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-audit.txt
	@touch $@

$(POLICY)/.installed: requirements-policy.txt .python-version
	@echo "installing checkov into $(POLICY) …"
	@"$$(scripts/find-python "$(PYTHON)")" -m venv --clear $(POLICY) && \
	 $(POLICY)/bin/python -m pip install -q --disable-pip-version-check -r requirements-policy.txt
	@touch $@

node_modules/.installed: package.json package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "install Node.js 20 or later, which runs Azurite: https://nodejs.org" >&2; exit 1; }
	@echo "installing Azurite into node_modules …"
	@npm ci --silent --no-audit --no-fund
	@touch $@
