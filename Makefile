# The first Python that is new enough: tomllib came with 3.11.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import tomllib' 2>/dev/null && echo $$python && break; done)
TASK = @"$(or $(PYTHON),python3)" tools/environment.py

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

lab:  ## install what is missing and open JupyterLab on notebook 01 (ARGS="--port 8890")
	$(TASK) lab $(ARGS)

real:  ## fetch a real language model, once (100 MB to download, 640 on disk)
	$(TASK) real $(ARGS)

test:  ## run all tests, notebooks and browser included (ARGS="tests/test_show.py -x")
	$(TASK) test $(ARGS)

test-lowest:  ## test the lowest versions that pyproject.toml allows (ARGS="torch==2.13.0", for uv)
	$(TASK) test-lowest $(ARGS)

test-newest:  ## test the newest versions that pyproject.toml allows
	$(TASK) test-newest $(ARGS)

check:  ## run ruff, and the tests without notebooks, browser and what is slow: two to three minutes
	$(TASK) check $(ARGS)

site:  ## run the notebooks and write them to site/ as pages whose sliders need no Python
	$(TASK) site $(ARGS)

slides:  ## the same, as slides to teach from, in slides/
	$(TASK) slides $(ARGS)

colab:  ## write copies of the notebooks for Google Colab to colab/, each with a cell that installs
	@"$(or $(PYTHON),python3)" tools/publish.py colab

badges:  ## write README's badges from the repository's address in pyproject.toml
	@"$(or $(PYTHON),python3)" tools/publish.py badges

bench:  ## measure how fast the sliders answer
	$(TASK) bench $(ARGS)

constraints:  ## write constraints.txt from scratch (ARGS="torch==2.13.0")
	$(TASK) constraints $(ARGS)

.PHONY: help lab real test test-lowest test-newest check site slides colab badges bench constraints
