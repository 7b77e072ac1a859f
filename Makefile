# What people type here; the generated project has a Makefile of its own.
PYTHON = .venv/bin/python
# Half of a test's time is waiting for containers. Files are handed out in the order that tests/conftest.py gives them.
WORKERS = $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) < 4 ? $$(getconf _NPROCESSORS_ONLN) + 1 : 4)))

.DEFAULT_GOAL := help
.PHONY: help demo test soak images lint bench bench-images bench-backups bench-proxy bench-clusters docs shape lock clean bootstrap

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: bootstrap ## Generate a project and run its main job on real input (ENGINE=none: without Docker)
	$(PYTHON) scripts/demo.py

test: lint ## The checks and tests that this machine can run; REQUIRE_ENGINE=1 fails what needs an engine and has none
	$(PYTHON) -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

soak: bootstrap ## Every test, with long counts: 2,000 frames, dozens of kills, 5 million rows
	SOAK=1 HYPOTHESIS_PROFILE=soak $(PYTHON) -m pytest

images: ## Local equivalents of all base images, from Debian packages and PyPI
	tests/images/build.sh

lint: bootstrap ## Formatting, types, Dockerfiles, shell scripts, workflows
	scripts/lint.sh

# A trial that leaves docs/ alone: make bench BENCH="--output build --rows 100000 --repeats 1 --quick"
bench: bootstrap ## Measure persistence beside the other ways, in a new project's containers; the figures go to docs/
	$(PYTHON) scripts/bench.py $(BENCH)
	$(PYTHON) scripts/write_docs.py

# A trial that leaves docs/ alone: make bench-images BENCH="--output build --repeats 1 --data 200"
bench-images: bootstrap ## Measure how images build, beside the guides' way: time, size, context; the figures go to docs/
	PYTHONPATH=scripts $(PYTHON) benchmarks/images.py $(BENCH)

# A trial: make bench-backups BENCH="--against v1 --rows 100000"
bench-backups: bootstrap ## Measure backup, verification and restore beside another commit's, in one run
	PYTHONPATH=scripts:tests/stack $(PYTHON) benchmarks/backups.py $(BENCH)

bench-proxy: bootstrap ## Measure JupyterLab through a server's proxy beside the direct way, in one run
	PYTHONPATH=scripts:tests/stack $(PYTHON) benchmarks/proxy.py $(BENCH)

# A trial: make bench-clusters BENCH="--parts 4 --repeats 1"
bench-clusters: bootstrap ## Measure the same job by pandas, DuckDB and Dask on one machine, in one run
	PYTHONPATH=scripts $(PYTHON) benchmarks/clusters.py $(BENCH)

docs: bootstrap ## Write the table of types and the benchmark's figures into docs/persistence.md
	$(PYTHON) scripts/write_docs.py

shape: bootstrap ## What is handed over, beside the most that it may be; the modules of the helper package
	$(PYTHON) scripts/shape.py

lock: bootstrap ## The newest versions that both pyproject.toml files allow, in every lock
	$(PYTHON) scripts/lock.py

clean: ## Remove what make made here
	rm -rf .venv build tests/lint/node_modules

bootstrap:
	@scripts/bootstrap.sh
