# make demo | test | test-full | test-gpu | lint | format | bench | bench-counts | bench-gpu | fuzz [SECONDS=60] | clean
# The targets for a GPU install CuPy by CUDA=13, or CUDA=12.
# Each target makes its own virtual environment in .venv and installs there what it needs, once.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
SECONDS ?= 60
CUDA ?= 13
BIN := .venv/bin

# Two test processes share two cores: each gets one BLAS thread.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DELETE_ON_ERROR:
.PHONY: demo test test-full test-gpu lint format bench bench-counts bench-gpu fuzz clean

demo: .venv/installed-examples
	$(BIN)/python examples/digits.py

test: lint
	$(BIN)/pytest -n 2

test-full: .venv/installed-dev
	$(BIN)/pytest -n 2 --full

test-gpu: .venv/installed-dev .venv/installed-cuda$(CUDA)
	$(BIN)/pytest -m gpu -rs tests

lint: .venv/installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

format: .venv/installed-dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: .venv/installed-bench benchmarks/run.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/peers.py --write

bench-counts: .venv/installed-compile benchmarks/counts.py
	$(BIN)/python benchmarks/counts.py

bench-gpu: .venv/installed-dev .venv/installed-cuda$(CUDA) benchmarks/gpu.py
	$(BIN)/python benchmarks/gpu.py

fuzz: .venv/installed-dev tests/fuzz.py
	$(BIN)/python tests/fuzz.py --seconds $(SECONDS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/installed-%: pyproject.toml | .venv/created
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch $@

.venv/created:
	@test -n '$(PYTHON)' || { echo 'diffpy needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	@touch $@
