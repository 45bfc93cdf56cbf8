# The two commands that matter: `make bench` and `make test`. `make` alone lists them all.

PYTHON ?= python3
BIN := .venv/bin
# On a machine without a GPU, TORCH_INDEX=https://download.pytorch.org/whl/cpu saves some 3 GB of CUDA packages.
TORCH_INDEX ?=
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

# Where nobody keeps bytecode, each process that a test starts compiles every file again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup bench test test-slow test-release cluster-test cluster-test-losses docs lint lock clean

help: ## Explain the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.runtime ## Install what a benchmark or a training run needs into .venv

bench: .venv/.runtime ## Install, run the benchmark on the embedded synthetic faces, print the table
	$(BIN)/python -m bench.run --suite fer4d

test: .venv/.dev ## Install, run the tests, as many at a time as there are cores
	$(BIN)/python -m pytest -n auto -m 'not slow and not release and not browser and not site'

test-slow: .venv/.dev ## Install, run the tests that start Ray, kill processes, drive a browser, or build the site
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'slow or browser or site'

test-release: .venv/.dev ## Before a release: tests with several nodes, nested clusters, or peers (minutes)
	$(BIN)/python -m pytest -m release

cluster-test: .venv/.dev ## Try a cluster of three hosts on this machine (root, iproute2, openssh-server, rsync)
	bash tests/cluster/three_hosts.sh || [ $$? = 77 ]

cluster-test-losses: .venv/.dev ## Cut hosts off and kill them in the middle of work there (half an hour)
	bash tests/cluster/lost_hosts.sh || [ $$? = 77 ]

docs: .venv/.docs ## Install, build the documents as a site: open site/index.html, no network needed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

lint: .venv/.dev ## Check style, layer rules and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: ## Write requirements.lock anew from the newest versions that pyproject.toml allows
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet -e '.[dev]'
	{ grep '^#' requirements.lock; .venv-lock/bin/pip freeze --exclude-editable | sed 's/+cpu//'; } > requirements.new
	mv requirements.new requirements.lock && rm -rf .venv-lock

clean: ## Remove the environment, caches and unfinished work; results stay
	rm -rf .venv .venv-lock cache work site *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Installing into .venv (a few minutes the first time) ..."
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: .venv/.python pyproject.toml requirements.lock
	$(INSTALL) -e .
	@touch $@

.venv/.dev: .venv/.runtime
	$(INSTALL) -e '.[dev]'
	@touch $@

.venv/.docs: .venv/.runtime
	$(INSTALL) -e '.[docs]'
	@touch $@
