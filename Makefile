# What people type. Everything lands inside this folder; only pip's own download cache is shared.
.PHONY: help setup run test test-odoo check bench train train-scorer train-delivery word-errors lock
.DEFAULT_GOAL := help
PY = $$(scripts/any-python)
MIANSHI = .venv/bin/mianshi

help:
	@echo "make run     set up what is missing, then serve on http://127.0.0.1:8000 (PORT= changes the port)"
	@echo "make setup   both environments, secrets, tables, demo data, dialogue model"
	@echo "make test    set up, then run every test"
	@echo "make test-odoo  the Odoo connector against the Odoo 19 of ODOO_URL and ODOO_KEY, with the connection cut everywhere"
	@echo "make check   format, lint, types, imports"
	@echo "make bench   the benchmarks, into benchmarks/results.json"
	@echo "make train   train the dialogue model, stale or not"
	@echo "make train-scorer  train the answer scorer from data/, into scoring/heads and docs/model-card.md"
	@echo "make train-delivery  train the delivery scorer from data/; AUDIO=path reads the recordings anew first"
	@echo "make word-errors AUDIO=path TEXTS=path  how many words of read English are heard wrongly"
	@echo "make lock    write the lock files from the environments as they are installed"

setup:
	@python=$(PY) && "$$python" scripts/environments.py
	@$(MIANSHI) setup

run: setup
	@exec $(MIANSHI) up

test:
	@python=$(PY) && "$$python" scripts/environments.py --dev
	@$(MIANSHI) setup
	@.venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

test-odoo:
	@.venv/bin/python -m tests.odoo_live

check:
	@python=$(PY) && "$$python" scripts/environments.py --dev
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench:
	@python=$(PY) && "$$python" scripts/environments.py --dev
	@$(MIANSHI) setup
	@.venv/bin/python -m benchmarks

train:
	@$(MIANSHI) setup --train

train-scorer: setup
	@OMP_NUM_THREADS=1 .venv/bin/python -m scoring.training

train-delivery: setup
	@OMP_NUM_THREADS=1 .venv/bin/python -m scoring.delivery_training "$(AUDIO)"

word-errors: setup
	@OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.word_errors "$(AUDIO)" "$(TEXTS)" $(COUNT)

lock:
	@.venv/bin/python scripts/lock.py
