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

.PHONY: lock
lock: ## Write the locks anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@test -x $(bin)/uv || $(MAKE) --no-print-directory venv
	@$(bin)/uv pip compile pyproject.toml --group dev $(compile) --output-file requirements.lock
	@$(bin)/uv pip compile pyproject.toml --constraints requirements.lock $(compile) --output-file requirements-run.lock
	@echo 'Locked: requirements.lock (everything), requirements-run.lock (what the image needs).'

# No address of an index may stand in a lock: whoever installs says where from.
compile := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
  --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)
