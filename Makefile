# One command does everything, set-up included. ARGS is passed on: make run ARGS="--port 9000", make test ARGS="-k ledger".
SHELL := /bin/bash
PYTHON_BIN := .venv/bin
ARGS ?=

.PHONY: run test check bench lock web setup clean
.DEFAULT_GOAL := run

run:  ## start the service on its own database; the sample city is loaded if the database is empty
	@scripts/setup.sh run
	@scripts/web.sh build
	@exec $(PYTHON_BIN)/geo-service up $(ARGS)

test:  ## every test: browser code, then Python
	@scripts/setup.sh dev
	@scripts/web.sh build
	@scripts/web.sh test
	@HOME="$${HOME:-$(CURDIR)/build/home}" exec $(PYTHON_BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

check:  ## everything that can be said without running the code
	@scripts/setup.sh dev
	@scripts/check.sh

bench:  ## measure; prints a table, never fails by the clock
	@scripts/setup.sh dev
	@scripts/web.sh build
	@exec $(PYTHON_BIN)/geo-service bench $(ARGS)

lock:  ## pin the newest versions that pyproject.toml allows (LOCK_ARGS=--upgrade), with hashes and without addresses
	@scripts/lock.sh $(LOCK_ARGS)

web:  ## build the browser application, if its sources changed
	@scripts/setup.sh run
	@scripts/web.sh build

setup:  ## only the set-up, with what the tests need
	@scripts/setup.sh dev
	@scripts/web.sh build

clean:  ## remove what was built here; data is not touched
	rm -rf .venv build geo_service/web/dist geo_service/web/node_modules *.egg-info \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
