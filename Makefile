PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
TASK = @"$(PYTHON)" tools/environment.py

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

lab:  ## install what is missing and open JupyterLab on notebook 01 (ARGS="--port 8890")
	$(TASK) lab $(ARGS)

test:  ## run all tests, notebooks and browser included (ARGS="tests/test_show.py -x")
	$(TASK) test $(ARGS)

site:  ## run the notebooks and write them to site/ as HTML
	$(TASK) site $(ARGS)

bench:  ## measure how fast the sliders answer
	$(TASK) bench $(ARGS)

constraints:  ## write constraints.txt from a fresh environment (ARGS="torch==2.13.0")
	$(TASK) constraints $(ARGS)

.PHONY: help lab test site bench constraints
