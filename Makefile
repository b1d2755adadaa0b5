# make        set up and run the main job: the default study, to results/<study>/
#             (CONFIG=FILE another study, TARGET=NAME a part of it)
# make test   set up and run the tests (SLOW=1 adds the statistical ones)
# make month  fetch what is newest, record it as a release, run the study on it, and put what it says
#             into the ledger (docs/months.md); stops where a release looks wrong
# make freeze keep this run in the ledger as the frozen one
# make release  a checked archive of source and results for a stranger; refuses what is not complete
# make browser-test  the pages of the run in results/ in a real Chromium: widths, keyboard, axe
# make cluster-test  the tests that need Slurm (on this machine, as root: docs/cluster.md)
# make check  style, import contracts, format and lint of the workflow, types of the API
# make bench  speed, accuracy and growth against peers, as ratios (those that are installed)
# make docs   the documentation as a site, in site/, with the rules as they are and figures of the runs in
#             results/
# make data   derive data/ again from raw files: make data RAW=folder
# make lock   resolve the dependencies again into requirements.txt
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_COMPILE_BYTECODE := 1
# One thread a process: faster at these sizes, and the generic solvers that tests compare with stop
# at digits that depend on it.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
MARK := -m "not cluster and not browser$(if $(SLOW),, and not slow)"

.PHONY: run again month freeze test cluster-test browser-test check release docs lock bench data clean

STUDY := $(if $(CONFIG),--configfile $(CONFIG))
# A run that was killed goes on: what it had locked is freed, unless a run is alive in this folder.
FREE := python -m evaluation.study.running snakemake --unlock --quiet all $(STUDY)

# The panel first: what reads only months that did not change is then known to need no run.
run: $(READY)
	@$(FREE)
	$(if $(TARGET),,snakemake build_panel $(STUDY))
	snakemake $(TARGET) $(STUDY)

# A second run must find nothing to do.
again: $(READY)
	snakemake --dry-run | tee /dev/stderr | grep -q "Nothing to be done"

# One after the other: each is planned by what the one before it left, compared by contents.
month: $(READY)
	@$(FREE)
	snakemake pull --forcerun pull $(STUDY)
	snakemake record $(STUDY)
	snakemake month $(STUDY)

freeze: $(READY)
	@$(FREE)
	snakemake freeze $(STUDY)

test: $(READY)
	pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(MARK)

check: $(READY)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	pytest --quiet tests/workflow/test_lint.py
	lint-imports
	mypy

# A run that is not of this code would have something to do.
release: $(READY)
	@snakemake --dry-run $(STUDY) 2>&1 | grep -q "Nothing to be done" || { echo "The run in results/ is not of these figures and this code: run make first"; exit 1; }
	python -m building.release $(if $(CONFIG),--config $(CONFIG))

# Nothing is fetched: what the site is made with comes with the set-up.
docs: $(READY)
	python -m building.rules
	python -m building.website

# On the run in results/, in the distribution's Chromium (Debian: apt-get install chromium).
browser-test: $(READY)
	$(PIP) --quiet --require-hashes -r building/browser.txt
	pytest -m browser -s tests/browser

# On a Slurm of this one machine, as root: docs/cluster.md.
cluster-test: $(READY)
	pytest -m cluster tests/cluster

bench: $(READY)
	python benchmarks/placebo_fits.py
	python benchmarks/family_fits.py
	python benchmarks/placebo_starts.py
	python benchmarks/growth.py
	python benchmarks/variance_line.py
	python benchmarks/pull.py

data: $(READY)
	snakemake build_data --config raw=$(RAW)

# uv is used where it is on the PATH (faster); pip needs nothing else. Of pip's own lines those on
# what it downloads and installs are shown; its errors go past the filter, and its failure stops.
PIP := $(BIN)/python -m pip --disable-pip-version-check install
STEPS := (Downloading|Using cached) [^ ]+(whl|gz) .*|Installing collected packages
$(READY): SHELL := bash
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Set-up, once, into $(VENV): some 280 MB to download, 1.1 GB on disk"
	@echo "1 of 3: an empty environment with $$($(PYTHON) --version)"
	@set -o pipefail; if command -v uv >/dev/null 2>&1 && [ ! -x $(BIN)/uv ]; then \
	    uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && \
	    echo "2 of 3: $$(grep -c == requirements.txt) packages at most, those of requirements.txt, by uv" && \
	    VIRTUAL_ENV=$(VENV) uv pip install --require-hashes -r requirements.txt && \
	    echo "3 of 3: this project" && \
	    VIRTUAL_ENV=$(VENV) uv pip install --quiet --no-deps --no-build-isolation -e . ; \
	else \
	    $(PYTHON) -m venv $(VENV) && \
	    echo "2 of 3: $$(grep -c == requirements.txt) packages at most, those of requirements.txt, by pip" && \
	    $(PIP) --require-hashes -r requirements.txt | { grep --line-buffered -oE '$(STEPS)' || true; } && \
	    echo "3 of 3: this project" && \
	    $(PIP) --quiet --no-deps --no-build-isolation -e . ; \
	fi
	@touch $@
	@echo "Set-up done"

# One version of a package for every Python: another numpy or scipy gives other last digits.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra docs --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --universal --python-version 3.11 --fork-strategy fewest --custom-compile-command "make lock" --quiet -o requirements.txt
	$(BIN)/uv pip compile building/browser.in -c requirements.txt --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-annotate --universal --python-version 3.11 --custom-compile-command "make lock" --quiet -o building/browser.txt

clean:
	rm -rf results/*/ .snakemake
