# Everything a developer does here; `make help` lists it. Works with GNU make and a Python from 3.11 on.
SHELL := /bin/sh
PYTHON := .venv/bin/python
TOOLS := .venv/bin
MEMBERS := shared services/intake services/tickets services/workflow services/notifier services/portal-api deploy/local
# folders that hold Python code at the moment
CODE := $(patsubst %/balcao,%/balcao,$(wildcard $(addsuffix /balcao,$(MEMBERS)))) $(wildcard deploy/*.py) tests
ARGS ?=
# test processes side by side; they share one database and one broker
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup up demo test dead-letters check format lint types imports compose dockerfile manifests secrets locks generated \
        bench chaos fuzz screenshots mail-score lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with all dependencies (quick when nothing changed)
	@deploy/local/setup.sh

up: setup ## start everything on this machine and keep it running until Ctrl-C
	@$(PYTHON) -m balcao.local up

demo: setup ## start everything and run the main job by real mails and requests; ONCE=1 ends afterwards
	@ONCE=$(ONCE) $(PYTHON) -m balcao.local.demo

test: setup ## run the tests; ARGS="-k word" is handed to pytest
	$(PYTHON) -m pytest -n $(WORKERS) $(ARGS)

dead-letters: setup ## list what no handler could take, with reasons; ARGS="show --queue Q" and so on for more
	$(PYTHON) -m balcao.shared.deadletters $(or $(ARGS),list)

check: lint types imports compose dockerfile manifests secrets locks generated ## all checks that need no running servers
	@echo "check: all fine"

format: setup ## put the code into shape
	$(TOOLS)/ruff check --fix-only --quiet .
	$(TOOLS)/ruff format .

lint: setup
	$(TOOLS)/ruff check .
	$(TOOLS)/ruff format --check .

types: setup
	$(TOOLS)/mypy $(CODE)

imports: setup
	$(TOOLS)/lint-imports --no-logo

compose: setup
	$(TOOLS)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(TOOLS)/yamllint --strict --config-file deploy/yamllint.yml docker-compose.yml deploy

# hadolint comes as a wheel for the common machines only
dockerfile: setup
	@if [ -x $(TOOLS)/hadolint ]; then $(TOOLS)/hadolint --config deploy/hadolint.yml deploy/Dockerfile; \
	else echo "dockerfile: no hadolint for this machine, left out"; fi

manifests: setup
	$(PYTHON) deploy/check_deployment.py

# a line that only looks like one: end it with "pragma: allowlist secret" in a comment
# (passwords in Python are ruff's S105 to S107, which know a word from a value; tests and what people read may name them)
secrets: setup
	@git ls-files -z ':!locks' ':!services/portal-api/web/package-lock.json' ':!tests' ':!*.py' ':!*.md' | xargs -0 $(TOOLS)/detect-secrets-hook
	@git ls-files -z tests '*.py' '*.md' | xargs -0 $(TOOLS)/detect-secrets-hook --disable-plugin KeywordDetector

locks: setup
	@if grep -nE '://|^ *-(-index|-extra-index|-find-links|i |f )' locks/*.txt services/portal-api/web/package-lock.json; then \
		echo "locks: addresses don't belong here"; exit 1; fi

# AsyncAPI, OpenAPI and other generated files must be what their source says
generated: setup
	$(PYTHON) deploy/generate.py --check
	$(PYTHON) deploy/features.py --check

bench: setup ## measure, into var/bench/latest.json
	$(PYTHON) -m tests.bench.run $(ARGS)

fuzz: setup ## thousands of broken mails through the reader; COUNT=, SEED=, CORPUS=folder of more mails
	$(PYTHON) -m tests.fuzz.run --count $(or $(COUNT),10000) --seed $(or $(SEED),1) $(if $(CORPUS),--corpus $(CORPUS))

mail-score: setup ## score the reading of mails with a scorer of yours; SCORER=folder with score.py and its mails
	@test -f "$(SCORER)/score.py" || { echo "mail-score: name the scorer's folder: make mail-score SCORER=path" >&2; exit 2; }
	PYTHONPATH=. $(PYTHON) "$(SCORER)/score.py" tests.support.mail_scoring:parse --trim tests.support.mail_scoring:strip $(ARGS)

screenshots: setup ## every page on desktop, phone and in the dark, into var/screenshots; ARGS="--docs" renews the docs' too
	$(PYTHON) -m tests.screenshots.run $(ARGS)

chaos: setup ## kill every process at random moments under load and count what was lost or doubled; STEPS= of the model
	$(PYTHON) -m tests.chaos.run $(ARGS)
	$(PYTHON) -m tests.model.run --steps $(or $(STEPS),100000) --seed $(or $(SEED),1)

lock: setup ## compile locks/ from the members' dependencies; UPGRADE=1 takes newer versions
	@UPGRADE=$(UPGRADE) deploy/local/lock.sh
	@deploy/local/setup.sh

clean: ## remove what can be made again, the local stack's data aside
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
