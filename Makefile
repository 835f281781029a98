# `make demo` and `make test` need nothing but Python 3.11+, git and make. `make` alone lists all targets.
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test check format build release lab hub bench audit peers clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

demo: .venv/.basic ## a whole round: release, hand in, grade, feedback, marks
	@$(BIN)/course demo

test: .venv/.full ## all tests, a process for each core
	@$(BIN)/pytest -n auto --dist loadfile

check: .venv/.basic ## the quick loop: lint, format, types, build check, fast tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/course build --check
	@$(BIN)/pytest -q -n auto --dist loadfile -m "not slow"

format: .venv/.basic ## put code into its usual form
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

build: .venv/.basic ## texts -> source notebooks and visible cases
	@$(BIN)/course build

release: .venv/.basic ## texts -> notebooks for students
	@$(BIN)/course release

lab: .venv/.basic ## JupyterLab with nbgrader's extensions, on the demo course
	@scripts/lab.sh

hub: ## JupyterHub for a class, on this machine (as root)
	@deploy/jupyterhub/hub try

bench: .venv/.basic ## how fast training and grading are
	@for part in training grading_cost class_grading; do $(BIN)/python -m benchmarks.$$part || exit 1; done

audit: .venv/.basic ## test the tests: known mistakes, mutants, right variants
	@$(BIN)/course audit

peers: .venv/.basic ## PyTorch (CPU), for tests and benchmarks that compare with it
	@scripts/peers.sh

clean: ## remove what the course made while it ran (not .venv)
	@rm -rf build/demo build/exchange dist .mypy_cache .ruff_cache .pytest_cache

.venv/.basic: pyproject.toml constraints.txt
	@scripts/environment.sh grading,dev
	@touch $@

.venv/.full: .venv/.basic
	@scripts/environment.sh grading,dev,cluster,postgres,hub,e2e
	@touch $@
