# The same words for people and for CI. PYTHON=… names an interpreter, ARGS=… goes to the command.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench up manage
export PYTHON
ARGS ?=
NAME ?=
PY := .venv/bin/python

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: ## try it: no account, no server, nothing but Python 3.11
	@sh .ci/setup requirements.lock
	@exec $(PY) manage.py demo $(ARGS)

test: ## run the whole suite, on all cores
	@sh .ci/setup requirements-dev.lock
	$(PY) -m pytest -n auto --durations=10 $(ARGS)

check: ## format, lint, types, import contracts, missing migrations, deployment checks
	@sh .ci/setup requirements-dev.lock
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	.venv/bin/lint-imports
	$(PY) -m mypy .
	DJANGO_SETTINGS_MODULE=tests.settings $(PY) manage.py makemigrations --check --dry-run
	sh .ci/check-deploy
	sh .ci/check-tree

bench: ## measure: all benchmarks, or one with NAME=…
	@sh .ci/setup requirements-dev.lock
	@$(PY) manage.py bench $(NAME) $(ARGS)

up: ## the production shape, from the settings in .env or the environment
	@sh .ci/setup requirements.lock
	@exec $(PY) manage.py up $(ARGS)

manage: ## any Django command: make manage ARGS="import_report report.csv --advertiser acme"
	@sh .ci/setup requirements.lock
	@exec $(PY) manage.py $(ARGS)
