# The project's commands. `make help` lists them.
.DEFAULT_GOAL := help
# Runs /bin/bash with umask 077: only the user can read what a recipe writes.
SHELL := plugins/shell
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
# Every verb starts several Pythons. Without saved bytecode, each of them compiles its
# libraries again, which takes longer than most of the work.
unexport PYTHONDONTWRITEBYTECODE

STARTED := $(shell date +%s)
PYTHON ?=
BIN := .venv/bin
MELTANO := $(BIN)/meltano
SANDBOX := .meltano/utilities/sandbox/venv/bin/sandbox
ENVIRONMENT ?= demo
BY ?= 7d
VERBOSE ?=
CI ?=
SEEDS ?= 200
# Of run, full-refresh and backfill.
SOURCE ?=
STREAM ?=
SINCE ?=
UNTIL ?=
SQL ?= select table_schema, table_name from analytics.INFORMATION_SCHEMA.TABLES
export SQL
SCHEMA = $(BIN)/check-jsonschema --quiet --builtin-schema vendor.
# What others install.
MEASURED := $(wildcard extract/tap-*) load/target-bigquery
PACKAGES := $(MEASURED) transform/launcher analyze/page analyze/api plugins/utilities/sandbox
# Those that take longest come first, so that all processors are busy until the end.
CHECKS := check-sql-style check-sql check-types check-tests lint
# How many checks run at the same time. Make 4 prints the lines of each one together.
PROCESSORS = $(shell getconf _NPROCESSORS_ONLN)
BY_TARGET := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# What PACKAGE=tap-linear means: the folder with its tests, or nothing.
PACKAGE ?=
TESTED := $(firstword $(wildcard $(addsuffix /$(PACKAGE)/tests,extract load transform analyze plugins/utilities)) $(wildcard $(PACKAGE)/pytests))
export MELTANO_ENVIRONMENT := $(ENVIRONMENT)
export MELTANO_PROJECT_ROOT := $(CURDIR)
# The sandbox also has the sources that are optional elsewhere.
ifeq ($(ENVIRONMENT),demo)
# From sources.toml, by `make definitions`: credentials in the sandbox
export HUBSPOT_ACCESS_TOKEN := pat-sandbox
export GOOGLE_HEALTH_CLIENT_ID := sandbox-client
export GOOGLE_HEALTH_CLIENT_SECRET := sandbox-client-secret
export GOOGLE_HEALTH_REFRESH_TOKEN := sandbox-refresh-token
export NOTION_ACCESS_TOKEN := ntn_sandbox
# End of credentials in the sandbox
endif
# The sandbox's clients follow its ports. The other environments ignore them.
ifeq ($(ENVIRONMENT),demo)
ifneq ($(SANDBOX_API_PORT),)
API := http://127.0.0.1:$(SANDBOX_API_PORT)
# From sources.toml, by `make definitions`: addresses in the sandbox
export TAP_LINEAR_API_URL ?= $(API)/linear/graphql
export TAP_GITHUB_PRS_API_URL ?= $(API)/github
export TAP_HUBSPOT_CRM_API_URL ?= $(API)/hubspot
export TAP_GOOGLE_HEALTH_API_URL ?= $(API)/google_health/v4
export TAP_GOOGLE_HEALTH_TOKEN_URL ?= $(API)/google_health/token
export TAP_NOTION_API_URL ?= $(API)/notion
# End of addresses in the sandbox
endif
ifneq ($(SANDBOX_BIGQUERY_PORT),)
export TARGET_BIGQUERY_API_ENDPOINT ?= http://127.0.0.1:$(SANDBOX_BIGQUERY_PORT)
export DBT_BIGQUERY_API_ENDPOINT ?= $(TARGET_BIGQUERY_API_ENDPOINT)
export API_API_ENDPOINT ?= $(TARGET_BIGQUERY_API_ENDPOINT)
export PIPELINE_API_ENDPOINT ?= $(TARGET_BIGQUERY_API_ENDPOINT)
endif
endif
# The page reads what dbt wrote.
ifneq ($(DBT_BIGQUERY_API_ENDPOINT),)
export PAGE_API_ENDPOINT ?= $(DBT_BIGQUERY_API_ENDPOINT)
endif
# pipeline.py need not repeat what `install` does.
export THROUGHLINE_TIDIED := 1

# A variable of a workflow that is not set arrives as an empty one; Meltano 4.4 takes the
# empty text for an address. Without it, the line of .env or Meltano's default applies.
ifeq ($(strip $(MELTANO_STATE_BACKEND_URI)),)
unexport MELTANO_STATE_BACKEND_URI
endif

# Not empty if .venv holds a Python that the project does not support (or one that
# was removed since): then `rebuild` removes what was installed with it.
STALE := $(shell [ ! -e .venv ] || plugins/find-python $(BIN)/python > /dev/null 2>&1 || echo rebuild)

# The environment `demo` needs the sandbox; the others report what they lack.
define needs-sandbox
@if [ "$(ENVIRONMENT)" = demo ] && ! $(SANDBOX) status > /dev/null 2>&1; then \
  echo "The sandbox is not running: start it with \`make up\`, or name another ENVIRONMENT." >&2; \
  exit 1; \
fi
endef

##@ Try it
demo: export MELTANO_ENVIRONMENT = demo
demo: export PIPELINE_PARALLEL_SOURCES ?= 3
# dbt's own log file has what is on the screen, not each statement and event.
demo: export DBT_LOG_LEVEL_FILE ?= info
# About twenty lines on the screen and all in the log; VERBOSE=1 and CI print all.
ifeq ($(VERBOSE)$(CI),)
demo: export PIPELINE_LOG_FILE = .meltano/logs/demo.log
demo: QUIET = --log-level=warning
endif
demo: install  ## Load and build the sandbox's company, and show the result
	@$(SANDBOX) up
	@$(MELTANO) $(QUIET) invoke pipeline:nightly
	@$(SANDBOX) summary --started $(STARTED) $(if $(QUIET),--totals)

up: install  ## Start the sandbox
	@$(SANDBOX) up

down:  ## Stop the sandbox
	@if [ -x $(SANDBOX) ]; then $(SANDBOX) down; fi

status: install  ## Show the last runs of each source, and what needs a person
	$(needs-sandbox)
	@$(MELTANO) --log-level=warning invoke pipeline:status

sandbox-status:  ## Show what is running in the sandbox
	@$(SANDBOX) status

query:  ## Query the local BigQuery: make query SQL='select …'
	@$(SANDBOX) query "$$SQL"

advance:  ## Advance the sandbox's company by a period: make advance BY=7d
	@$(SANDBOX) advance $(BY)

##@ Run it (ENVIRONMENT=demo, dev, staging or prod)
doctor: install  ## Check credentials, datasets and this machine before the first run
	$(needs-sandbox)
	@$(MELTANO) --log-level=warning invoke pipeline:doctor

run: install  ## Sync every configured source (or SOURCE, if it is configured) and build every model
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:$(if $(SOURCE),scheduled --source "$(SOURCE)",nightly)

sync: install  ## Sync every configured source; FULL_REFRESH=1 reads everything again
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:sync

sync-%: install  ## Sync one source: make sync-linear
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:sync --source "$*"

full-refresh: install  ## Read one source or stream again: make full-refresh SOURCE=linear STREAM=issues
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:sync --source "$(SOURCE)" --full-refresh "$(SOURCE)$(addprefix .,$(STREAM))"

backfill: install  ## Read a range of dates, and keep the bookmark: make backfill SOURCE=linear SINCE=2026-01-31 UNTIL=2026-03-01
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:backfill --source "$(SOURCE)" --since "$(SINCE)" --until "$(UNTIL)"

reconcile: install  ## Look for rows that were deleted permanently (weekly)
	$(needs-sandbox)
	@$(MELTANO) invoke pipeline:reconcile

dbt: install  ## Build and test every model
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:build

dbt-run: install  ## Build every model without testing it
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:run

dbt-test: install  ## Test what is built
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:test

dbt-compile: install  ## Write the models' SQL to transform/target/compiled without running it
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:compile

dbt-docs: install  ## Write the models' documentation to transform/target
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:docs
	@echo "Read it: make dbt-docs-serve"

dbt-docs-serve: install  ## Serve the documentation on http://127.0.0.1:8080 until Ctrl-C
	@$(MELTANO) invoke dbt-bigquery:docs-serve

dbt-debug: install  ## Check dbt's settings and its connection
	$(needs-sandbox)
	@$(MELTANO) invoke dbt-bigquery:debug

dbt-clean: install  ## Remove what dbt wrote to transform/target and transform/logs
	@$(MELTANO) invoke dbt-bigquery:clean

page: install  ## Write the report page to output/page.html
	$(needs-sandbox)
	@$(MELTANO) run page:build

freshness: install  ## Show the age of each raw table
	$(needs-sandbox)
	@$(MELTANO) run dbt-bigquery:freshness

api: install  ## Serve the marts over HTTP on this machine: http://127.0.0.1:8000/docs
	$(needs-sandbox)
	@$(MELTANO) invoke api:serve

##@ Work on it
ifeq ($(PACKAGE),)
test: dev  ## Run every check and every test; one package's tests: make test PACKAGE=tap-linear
	@$(MAKE) --jobs=$(PROCESSORS) $(BY_TARGET) $(CHECKS)
	@$(BIN)/pytest --numprocesses=logical --dist=loadfile
else
test: dev
	@if [ -z "$(TESTED)" ]; then \
	  echo "PACKAGE=$(PACKAGE) is none of: $(notdir $(PACKAGES)) transform" >&2; exit 1; \
	fi
	@$(BIN)/pytest --numprocesses=logical --dist=loadfile $(TESTED)
endif

test-unit: dev  ## Run the short tests that start no process and no server
	@$(BIN)/pytest --unit -rfE --numprocesses=logical --dist=loadfile

coverage: dev  ## Measure the branch coverage of the packages that others install
	@$(BIN)/pytest --numprocesses=logical --dist=loadfile --cov --cov-report= extract/common/tests $(addsuffix /tests,$(MEASURED))
	@$(BIN)/coverage report --skip-covered

lint: dev  ## Check style, words and generated files (seconds)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python plugins/words.py
	@$(BIN)/python plugins/definitions.py --check
	@$(BIN)/python plugins/error_lines.py check
	@$(BIN)/python transform/scripts/staging.py check
	@$(BIN)/zizmor --quiet --offline --strict-collection .github
	@$(SCHEMA)github-workflows .github/workflows/*.yml
	@$(SCHEMA)github-actions .github/actions/*/action.yml
	@$(SCHEMA)github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	@$(SCHEMA)dependabot .github/dependabot.yml
	@if [ -x $(BIN)/actionlint ]; then PATH="$(CURDIR)/$(BIN):$$PATH" actionlint -pyflakes=; \
	elif command -v actionlint > /dev/null; then actionlint -pyflakes=; \
	else echo "Skipped: actionlint has no package for this machine; install it to check the workflows with it"; fi
	@if [ -x $(BIN)/shellcheck ]; then \
	  git grep -lIE '^#!.*[ /](ba)?sh$$' | xargs $(BIN)/shellcheck; \
	else echo "Skipped: shellcheck has no package for this machine: the shell scripts are not checked"; fi
	@$(BIN)/hadolint --failure-threshold style orchestrate/container/Dockerfile
	@$(BIN)/kubernetes-validate --strict --quiet $(filter-out %/kustomization.yaml,$(wildcard orchestrate/kubernetes/*.yaml))

format: dev  ## Format the code and fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: $(filter-out check-sql,$(CHECKS))  ## Lint and type-check everything

check-types: dev  ## Check the types and the dependencies of each package
	@$(BIN)/mypy $(addsuffix /src,$(PACKAGES))
	@for package in $(PACKAGES); do \
	  (cd "$$package" && "$(CURDIR)/$(BIN)/deptry" src $$(ls -d src/*/common/ 2> /dev/null)); \
	done

check-tests: dev  ## Check the types of the tests, the scripts and the benchmarks
	@$(BIN)/python plugins/check_types.py

check-sql-style: dev  ## Check the style of the models' SQL
	@$(BIN)/python transform/scripts/lint_sql.py

check-sql: dev  ## Check the SQL of every model with Google's analyzer
	@$(BIN)/python transform/scripts/check_sql.py

bench-target: dev  ## Compare the speed of target-bigquery with plain pyarrow
	@$(BIN)/python load/target-bigquery/benchmarks/bench_target.py

bench-tap-linear: dev  ## Measure tap-linear on 100,000 issues
	@$(BIN)/python extract/tap-linear/benchmarks/large_workspace.py

bench-tap-github-prs: dev  ## Measure tap-github-prs on 50,000 pull requests
	@$(BIN)/python extract/tap-github-prs/benchmarks/large_repository.py

bench-first-load: dev  ## Measure a first load of 1,000 pull requests
	@$(BIN)/python extract/tap-github-prs/benchmarks/first_load.py

bench-walk: dev  ## Run random faults, kills and settings: make bench-walk SEEDS=200
	@$(BIN)/python tests/faults/bench_walk.py --seeds $(SEEDS)

bench-kills: dev  ## Kill every tap at random moments: make bench-kills SEEDS=20
	@$(BIN)/python tests/faults/bench_walk.py --kills --seeds $(SEEDS)

bench-sandbox: dev  ## Measure how fast the sandbox answers
	@$(BIN)/python plugins/utilities/sandbox/benchmarks/bench_sandbox.py

bench-transform: dev  ## Measure a build of 20,000 issues and 20,000 pull requests
	@$(BIN)/python transform/benchmarks/bench_build.py

bench-api: dev  ## Measure the HTTP API on the local BigQuery
	@$(BIN)/python analyze/api/benchmarks/bench_api.py

contracts: dev  ## Download the vendors' published schemas for the contract tests
	@$(BIN)/python tests/contract/download.py

definitions: dev  ## Generate the plugins' Meltano definitions from their --about
	@$(BIN)/python plugins/definitions.py

openapi: dev  ## Generate the OpenAPI document of the HTTP API
	@$(BIN)/python analyze/api/scripts/openapi.py

requirements: dev  ## Update the pinned versions after a change of a pyproject.toml or .in file
	@plugins/requirements/compile

install: .venv/.meltano .meltano/.plugins  ## Install Meltano and the plugins
	@$(BIN)/python orchestrate/housekeeping.py

dev: install .venv/.dev  ## Install what the tests need

clean: down  ## Remove everything installed and built; keep bookmarks and the sandbox's data
	@if [ -d .meltano ]; then \
	  find .meltano -mindepth 1 -maxdepth 1 ! -name 'meltano.db*' ! -name sandbox -exec rm -rf {} +; \
	fi
	@rm -rf .venv transform/target transform/logs output/page.html
	@echo "Kept .env, the bookmarks of every environment and the sandbox's data; \`make clean-state\` deletes the last two."

clean-state: down  ## Delete the bookmarks of EVERY environment and the sandbox's data
	@rm -rf .meltano
	@echo "Deleted: the next run of each environment loads everything."

help:  ## List these targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z%-]+:.*## / {sub("%", "SOURCE", $$1); printf "  make %-21s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# With the pip of that Python, if it has one: a pip in .venv takes seconds to install.
.venv/.meltano: plugins/requirements/meltano.txt $(STALE)
	@python=$${PYTHON:-$$(plugins/find-python)}; \
	  echo "Installing Meltano into .venv ($$("$$python" --version))"; \
	  "$$python" -m venv .venv --without-pip; \
	  install="install -qq --disable-pip-version-check $$(grep -o '^uv==[^ ;]*' $<)"; \
	  if ! "$$python" -m pip --python $(BIN)/python $$install 2> /dev/null; then \
	    $(BIN)/python -m ensurepip > /dev/null; \
	    $(BIN)/python -m pip $$install; \
	  fi
	@$(BIN)/uv pip install -q --python .venv -r $<
	@touch $@

# All at once: an installation waits for the package index most of its time.
.meltano/.plugins: .venv/.meltano $(wildcard plugins/requirements/*.txt) $(addsuffix /pyproject.toml,$(PACKAGES))
	@echo "Installing the plugins"
	@$(MELTANO) --log-level=$(if $(VERBOSE)$(CI),info,warning) install --parallelism=10
	@touch $@

.venv/.dev: .venv/.meltano plugins/requirements/dev.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@echo "Installing the development tools"
	@$(BIN)/uv pip install -q --python .venv -r plugins/requirements/dev.txt
	@$(BIN)/uv pip install -q --python .venv --no-deps $(addprefix -e ,$(PACKAGES))
	@touch $@

rebuild:
	@echo "Removing .venv: its Python is not supported or no longer exists"
	@rm -rf .venv .meltano/.plugins .meltano/*/*/venv

.PHONY: demo up down status sandbox-status query advance doctor run sync \
  full-refresh backfill reconcile dbt dbt-run dbt-test dbt-compile dbt-docs dbt-docs-serve dbt-debug dbt-clean \
  page freshness api test test-unit coverage lint format check check-types check-tests check-sql check-sql-style \
  bench-target bench-tap-linear bench-tap-github-prs bench-first-load bench-sandbox bench-transform bench-walk bench-kills bench-api \
  contracts definitions openapi requirements install dev clean clean-state help
.PHONY: rebuild
