# Everything one does here, one word each. All of it runs inside .venv, which the first word makes.
PYTHON ?= python3
SHELL := /bin/bash
.DEFAULT_GOAL := help
bin := .venv/bin

.PHONY: help
help: ## Say what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: venv
venv: ## Make .venv, or bring it up to date with requirements.lock
	@PYTHON="$(PYTHON)" deploy/venv

.PHONY: demo
demo: venv ## Show the whole loop on real parts, until Ctrl-C (ONCE=1 ends by itself)
	@$(bin)/python -m deploy.demo $(if $(ONCE),--once)

# On a Docker engine, where one answers, the tests that cross a broker run once more.
.PHONY: test
test: venv ## Run the tests on a real Kafka and PostgreSQL (TESTS='…' picks some, with pytest's own words)
	@$(bin)/python -m pytest $(TESTS)
	@$(if $(TESTS),true,tests/again-on-containers)

# For operators: see docs/operations.md.
.PHONY: up
up: ## Run the system with docker compose, for operators; makes what secrets are missing
	@deploy/compose/up

.PHONY: down
down: ## Stop what `make up` started; data and secrets stay
	@docker compose --profile '*' down

.PHONY: upgrade
upgrade: ## Bring what `make up` started to the release that is checked out, while it runs
	@deploy/compose/upgrade

.PHONY: backup
backup: ## Save the databases of what `make up` started (FOLDER=… says where)
	@deploy/compose/backup $(FOLDER)

.PHONY: restore
restore: ## Make the system what it was in a backup: FOLDER=… (REPLACE=1: instead of what is here; see docs/recovery.md)
	@deploy/compose/restore $(FOLDER) $(if $(REPLACE),--replace) $(if $(WITHOUT_TOPICS),--without-topics)

.PHONY: compose-test
compose-test: venv ## Run the whole compose file on a Docker engine: start, loop, trouble, backup, tear down
	@$(bin)/python -m pytest -o faulthandler_timeout=1800 $(or $(TESTS),$(sort $(wildcard tests/compose/stack_*.py)))

.PHONY: check
check: lint test ## Everything that must hold: formatting, rules, types, then the tests

.PHONY: lint
lint: venv ## Check formatting, rules, types, and who imports whom
	@$(bin)/ruff format --check --quiet || { echo "Not formatted: $(bin)/ruff format puts it right."; exit 1; }
	@$(bin)/ruff check --quiet
	@$(bin)/mypy
	@$(bin)/lint-imports --no-logo

.PHONY: bench
bench: venv ## Measure the solver: points, bounds, seconds, memory (BENCH='files or options' for others)
	@$(bin)/python -m bench $(BENCH)
	@$(bin)/python -m bench.repairs

# A failed seed leaves its books and logs in .run/chaos; SEEDS=1-20 KILLS=20 takes about an hour.
.PHONY: chaos
chaos: venv ## Break everything under load, then check every promise (SEED=7 KILLS=20; SEEDS=1-20 for many)
	@$(bin)/python -m tests.chaos --seeds $(or $(SEEDS),$(SEED),7) --kills $(or $(KILLS),20) $(CHAOS)

.PHONY: lock
lock: ## Write the locks anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@test -x $(bin)/uv || $(MAKE) --no-print-directory venv
	@$(bin)/uv pip compile pyproject.toml --group dev $(compile) --output-file requirements.lock
	@$(bin)/uv pip compile pyproject.toml --constraints requirements.lock $(compile) --output-file requirements-run.lock
	@$(bin)/python -m deploy.embedded.jars
	@echo 'Locked: requirements.lock (everything), requirements-run.lock (what the image needs).'

# No address of an index may stand in a lock: whoever installs says where from.
compile := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
  --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)
