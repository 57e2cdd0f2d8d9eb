# Two commands on a bare machine: `make run` and `make test`. Everything else is optional.

PORT ?= 8000
PRACTICE_PORT ?= 8001
CANDIDATES = $(PYTHON) python3 python3.12 python3.11 python3.13
FITS = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PY = .venv/bin/python
APPS = infusion_center patients regimens visits billing
# Enough of a production environment for `check --deploy`; nothing is contacted.
LIKE_PRODUCTION = DATABASE_URL=postgresql://nobody@nowhere/none REDIS_URL=redis://nowhere/0 BEHIND_TLS=on \
	SECRET_KEY=not-a-secret-only-long-enough-for-the-deployment-check-1234567890 \
	ALLOWED_HOSTS=example.org PUBLIC_URL=https://example.org

.PHONY: help run practice test bench lint venv clean

help:
	@echo "make run    the whole product with a demo day, on http://localhost:$(PORT)  (PORT=8001 for another)"
	@echo "make practice  the same apart from real data, on http://localhost:$(PRACTICE_PORT): nothing is sent"
	@echo "make test   every test, on a real PostgreSQL and Redis"
	@echo "make lint   style, types, deployment checks, missing migrations"
	@echo "make bench  the benchmarks"
	@echo "make clean  remove .venv and caches; data in .embedded stays"

run: .venv/runtime.stamp
	@$(PY) manage.py up --port $(PORT)

practice: .venv/runtime.stamp
	@PRACTICE=on $(PY) manage.py up --port $(PRACTICE_PORT)

test: .venv/tests.stamp
	@$(PY) -m pytest -n 2 --maxschedchunk 1 $(ARGS)

bench: .venv-bench/stamp
	@.venv-bench/bin/python -m benchmarks $(ARGS)

lint: .venv/tests.stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy $(APPS)
	$(LIKE_PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

venv: .venv/tests.stamp

clean:
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache staticfiles

.venv/bin/python:
	@for python in $(CANDIDATES); do \
		if $$python -c '$(FITS)' 2>/dev/null; then exec $$python -m venv .venv; fi; \
	done; echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv)."; exit 1

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

# Only what the product runs on: packages of the tests would be measured along (their memory is 5 MB).
.venv-bench/stamp: requirements.txt | .venv/bin/python
	@$(PY) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/tests.stamp: tests/requirements.txt .venv/runtime.stamp
	$(PY) -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
