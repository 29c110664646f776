# Two commands: `make demo` runs everything on this machine, `make test` proves it.
# Needs Python >= 3.11 with venv, and make; everything else comes from the lock files.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
PYTHONS := src tests docs hatch_build.py

.DEFAULT_GOAL := help
# What was broken off is done again.
.DELETE_ON_ERROR:
.PHONY: help demo test test-python test-web test-browser check figures newest package changelog lock client docs clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

demo: $(VENV)/.run ## set up, start the demo portfolio and print where to look
	@$(BIN)/aegrid-energy demo $(ARGS) || test $$? -eq 130 # ended with Ctrl-C

test: test-web test-python test-browser ## set up and pass every test

test-python: $(VENV)/.test
	@$(BIN)/python -m pytest -q $(ARGS)

test-web: $(VENV)/.test
	@$(BIN)/python hatch_build.py test

test-browser: $(VENV)/.test
	@$(BIN)/python hatch_build.py browser

check: $(VENV)/.check ## floors, purity, names, types, dead code, generated files
	$(BIN)/ruff format --check $(PYTHONS)
	$(BIN)/ruff check $(PYTHONS)
	$(BIN)/lint-imports
	$(BIN)/basedpyright
	$(BIN)/deptry src
	$(BIN)/vulture
	$(BIN)/python -m pytest -q tests/house
	$(BIN)/python hatch_build.py check

figures: $(VENV)/.run ## print every published figure of this machine
	@for name in ingest query live formats; do $(BIN)/aegrid-energy bench $$name; done
	@$(BIN)/python hatch_build.py figures

newest: ## the tests against the newest versions of everything, in an environment of their own
	@$(MAKE) VENV=.venv-newest LOCKED= test

package: $(VENV)/.test ## build wheel and sdist into dist/; install the wheel where nothing else is, and look at it
	@rm -rf dist
	$(BIN)/python -m hatchling build
	@AEGRID_TEST_PACKAGE=$(CURDIR)/dist $(BIN)/python -m pytest -q tests/acceptance/test_package.py $(ARGS)

changelog: $(VENV)/.check ## gather the fragments of changelog.d into CHANGELOG.md (ARGS=--draft only shows)
	@$(BIN)/towncrier build --yes --version "$$($(BIN)/hatchling version)" $(ARGS)

lock: ## renew the hashed lock files (needs uv)
	uv pip compile pyproject.toml --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -q -o requirements/run.lock
	uv pip compile pyproject.toml --extra test --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -q -c requirements/run.lock -o requirements/test.lock
	uv pip compile pyproject.toml --extra test --extra check --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -q -c requirements/test.lock -o requirements/check.lock

client: $(VENV)/.run ## renew the OpenAPI document and the typed client of the web app
	$(BIN)/python -m aegrid_energy.api.export_openapi web/openapi.json
	$(BIN)/python hatch_build.py client

docs: $(VENV)/.run ## renew the page of settings, commands, units, sheets, rights and error codes
	$(BIN)/python docs/write_reference.py

clean: ## remove the environment and what was built
	rm -rf .venv .venv-newest build dist src/aegrid_energy/static web/node_modules

# One environment; its three marks say how much of it is installed. LOCKED= installs the newest instead.
LOCKED ?= yes
WEB    := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

define install
	$(if $(LOCKED),$(BIN)/python -m pip install -q --require-hashes -r requirements/$(1).lock,$(BIN)/python -m pip install -q --upgrade '.$(2)')
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Aegrid Energy needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "'$(PYTHON)' has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up the environment in $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml hatch_build.py requirements/run.lock $(WEB)
	@$(call install,run,)
	@echo "Building the web page and installing the program"
	@$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.lock
	@$(call install,test,[test])
	@touch $@

$(VENV)/.check: $(VENV)/.test requirements/check.lock
	@$(call install,check,[check])
	@touch $@
