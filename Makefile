# Every habit by name. Each target does its own set-up.
#   make demo      run the main job with synthetic people, then show their pages (ONCE=1: end after it)
#   make attack    eight frauds that others suffer, tried on the real procedures and told step by step: half a minute
#   make test      the tests that need nothing but what `make setup` installs: under 6 minutes
#   make test-all  all tests: browser, fuzzing, training, published vectors, evaluation images; installs what it needs
#                  from Debian and PyPI
#   make test-booth  the booth and its review: sealing, confinement, canary scans, Chromium, red lines: 8 minutes
#   make test-log  the log: tree, proofs, tiles, publishing, what is served, Go's verifier, object store, vectors: 6 minutes
#   make test-flows  the procedures: rules and tables, flows, notices, commands; what is killed and raced too: 25 minutes
#   make screenshots  every page in every state, on a phone (light, dark, Arabic) and a desk, in build/screenshots: 2 minutes
#   make test-browser  the pages in real Chromium: every page in every state, applying, reviewing, passkeys: 9 minutes
#   make check     lint, types, import contracts, that every table of states is drawn as it is, every page translated
#   make fix       format, and mend what can be mended by itself
#   make bench     measure the main job; needs the evaluation images beside the checkout, as the next two do
#   make bench-face      error rates of comparison, and its cost beside peers and the floor: 10 minutes
#   make bench-quality   error versus discard for each component of quality: 15 minutes
#   make bench-liveness  draw heads that turn and attacks on the head turn, and measure both: 20 minutes
#   make calibrate       thresholds of the default model pack: 15 minutes
#   make bench-document  reading of documents: rates and cost, beside other readers; resumes: 45 minutes
#   make bench-booth     cost of the booth beside the same examination in-process, and under load: 3 minutes
#   make bench-log       appending to the log beside bare SQLite; publishing and verifying it, and memory; hashing beside
#                        pymerkle, proofs, and verification beside the floor: 15 minutes
#   make bench-record    registrations and look-ups a second in a record of 10,000, 1 and 10 million lines, beside
#                        SQLite's bare driver, and how that changes with size: an hour, 30 GB of disk
#   make bench-pages     bytes and seconds of pages, and of applying step by step, on slow networks and an old phone:
#                        12 minutes
#   make train-mrz  train the networks that find and read the machine readable zone: one to two hours
#   make lock      lock dependencies anew
PY := .venv/bin/python
# One thread for each numerical library: two workers on two cores, and the worker of the booth does the same.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
ONCE ?=
# Two workers, a file at a time: each opens a record of its own, and a process opens one.
PYTEST ?= $(PY) -m pytest -q -n 2 --dist loadfile

.PHONY: setup demo attack test test-booth test-browser test-flows test-log test-all check fix bench bench-main bench-face bench-quality bench-liveness bench-document bench-booth bench-log bench-pages bench-record calibrate train-mrz lock screenshots

setup:
	@tools/setup

demo: setup
	@.venv/bin/lineproof demo $(if $(ONCE),--once,)

attack: setup
	@.venv/bin/lineproof attack

test: setup
	$(PYTEST) -m "not browser and not shared and not fuzz and not long"

test-booth: setup
	tools/install-browser
	tools/install-strace
	$(PYTEST) tests/booth tests/key_process tests/ports/test_examiner.py tests/redlines \
	    tests/flows/test_keeping.py tests/flows/test_open_evidence.py tests/browser/test_sealing_in_chromium.py \
	    tests/browser/test_capture_in_chromium.py tests/browser/test_review_in_chromium.py

test-browser: setup
	tools/install-browser
	$(PYTEST) tests/browser tests/doors

test-flows: setup
	tools/install-strace
	$(PYTEST) tests/line tests/holder tests/flows tests/messages tests/ports/test_messages.py tests/ports/test_network.py \
	    tests/redlines tests/transparency/test_monitor.py tests/decision/test_policy_clocks.py tests/cli

test-log: setup
	tools/install-go
	tools/install-strace
	tools/install-seaweedfs
	$(PYTEST) tests/transparency tests/tiles tests/ports/test_tile_store.py tests/flows/test_publish_log.py \
	    tests/flows/test_publish_to_object_store.py \
	    tests/flows/test_append_entries.py tests/flows/test_append_killed.py tests/flows/test_rotate_log_key.py \
	    tests/flows/test_receipts.py tests/flows/test_monitored.py tests/flows/test_log_upgrade.py \
	    tests/doors/test_log*.py tests/doors/test_receipt.py tests/cli/test_log*.py

test-all: setup
	tools/install-browser
	tools/install-training
	tools/install-strace
	tools/install-softhsm
	tools/install-go
	tools/install-seaweedfs
	$(PYTEST)

screenshots: setup
	tools/install-browser
	$(PY) -m tools.screenshots build/screenshots

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	LINEPROOF_RECORD=.venv/check-record $(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	$(PY) tools/draw_tables.py --check
	$(PY) tools/words.py --check

fix: setup
	$(PY) tools/draw_tables.py
	-$(PY) tools/words.py
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: bench-main

bench-main: setup
	$(PY) -m bench.main

bench-face: setup
	tools/install-peers
	$(PY) -m bench.face

bench-quality: setup
	$(PY) -m bench.quality --plot docs/figures/quality.svg

bench-liveness: setup
	$(PY) -m bench.liveness

bench-document: setup
	tools/install-document-peers
	$(PY) -m bench.document

bench-booth: setup
	$(PY) -m bench.booth

bench-log: setup
	tools/install-log-peers
	$(PY) -m bench.log
	$(PY) -m bench.log_proofs

bench-pages: setup
	tools/install-browser
	$(PY) -m bench.pages
	$(PY) -m bench.applying

bench-record: setup
	$(PY) -m bench.record

train-mrz:
	tools/train-mrz

calibrate: setup
	$(PY) -m bench.calibrate

lock: setup
	$(PY) -m piptools compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate --output-file requirements/runtime.txt requirements/runtime.in
	$(PY) -m piptools compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate --output-file requirements/development.txt requirements/development.in
