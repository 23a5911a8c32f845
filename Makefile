# Everything a person does with this repository. `make help` lists it.
# Each target sets up what it needs first; when all is there that takes less than a second.

PYTHON3 ?= python3
VENV := .venv/bin
SETUP := $(PYTHON3) -m tools.bootstrap --quiet
PACKAGES := ems-common database ems-acquisition ems-cleaning ems-normalization ems-aggregation \
            ems-edge-control ems-api tools/simulator tools/site tools/client
SOURCES := $(addsuffix /src,$(PACKAGES)) tools/bootstrap
# Workers of the test run; the tests share one database server.
TEST_WORKERS ?= auto
TEST_ARGS ?=
BENCHMARKS := $(filter pipeline growth cleaning acquisition api live reports edge signin web,$(basename $(notdir $(wildcard tests/bench/*.py))))

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo demo-up demo-down demo-status doctor test check format test-mysql \
        bench $(addprefix bench-,$(BENCHMARKS)) soak lock golden generated clean

help: ## this list
	@grep -hE '^[.a-z%$$-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install everything, build the front ends
	@$(PYTHON3) -m tools.bootstrap

setup-tests:
	@$(SETUP) --for-tests

demo: ## the whole site in the foreground; Ctrl-C stops it
	@$(SETUP)
	@exec $(VENV)/ems-site run

demo-up: ## the whole site in the background; returns when it is ready
	@$(SETUP)
	@$(VENV)/ems-site up

demo-down: ## stop what demo-up started
	@test ! -x $(VENV)/ems-site || $(VENV)/ems-site down

demo-status: ## what runs, where, and how it is
	@$(SETUP)
	@$(VENV)/ems-site status

doctor: ## what is wrong on this machine, and what to do about it
	@$(SETUP)
	@$(VENV)/ems-site doctor

test: setup-tests ## every test, from a fresh clone on
	@$(VENV)/python -m pytest -n $(TEST_WORKERS) -m "not soak" --durations 40 --durations-min 5 -rR $(TEST_ARGS)
	@test ! -f package.json || npm run --silent unit

check: setup-tests ## format, lint, types, import rules, generated files
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy $(SOURCES)
	@$(VENV)/python -m pytest -p no:cacheprovider tests/site/test_imports.py tests/site/test_generated.py
	@test ! -f package.json || npm run --silent types
	@test ! -f package.json || npm run --silent lint

format: setup-tests ## put all code into the house format
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

test-mysql: setup-tests ## the database tests on a real MySQL 9 (downloaded from Debian once)
	@$(VENV)/python -m ems_site.debian_packages mysql var/mysql-root
	@$(VENV)/python -m pytest -n $(TEST_WORKERS) -m "db and not soak and not broker and not browser" \
	    --mysql-root var/mysql-root $(TEST_ARGS)

bench: $(addprefix bench-,$(BENCHMARKS)) ## all benchmarks, one after the other

$(addprefix bench-,$(BENCHMARKS)): bench-%: setup-tests ## one benchmark: prints a table, writes bench-results/
	@$(VENV)/python -m tests.bench.$*

soak: setup-tests ## minutes or hours: leaks and drift
	@$(VENV)/python -m pytest -m soak --timeout 0 $(TEST_ARGS)

lock: setup-tests ## solve requirements.lock anew from all pyproject.toml files (UPGRADE=1 takes newer versions)
	@$(VENV)/python -m ems_site.lock $(if $(UPGRADE),--upgrade)

generated: setup-tests ## write the files that are made from the code (.env.example, docs/settings.md)
	@$(VENV)/python -m ems_site.generated

golden: setup-tests ## accept the present reports as the golden ones; review the diff
	@EMS_GOLDEN=write $(VENV)/python -m pytest -m "not soak" -k golden $(TEST_ARGS)

# Only a shell is needed, for those who use nothing but Docker.
.env: ## fresh passwords for docker compose
	@umask 077; for name in EMS_DB EMS_ADMIN EMS_DEMO_ADMIN EMS_DEMO_MANAGER; do \
	  echo "$${name}_PASSWORD=$$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"; \
	done > $@
	@echo "wrote .env; the accounts' passwords are in it"

clean: demo-down ## remove what set-up and the demo made (the demo's data too)
	@rm -rf var node_modules ems-web/dist ems-admin/dist .venv bench-results test-results
