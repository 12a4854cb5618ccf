# The front door: every command a person or CI types. CMake does the work (CMakePresets.json).
PRESET ?= release
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
BUILD  := $(if $(filter release,$(PRESET)),build,build/$(PRESET))
SUDO   := $(if $(filter 0,$(shell id -u)),,sudo)
SOURCES = $(shell git ls-files --cached --others --exclude-standard '*.cc' '*.h' '*.hpp' '*.c')

.PHONY: help setup build all demo test asan tsan lint tidy format bench soak fuzz install uninstall clean goldens

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo "  variables: PRESET=release|debug|asan|tsan|fuzz  PREFIX=$(PREFIX)  JOBS=$(JOBS)"

setup: ## install the missing Debian packages of docs/packages.txt
	@SUDO="$(SUDO)" sh tests/setup.sh docs/packages.txt

build: setup ## build/bin/prof, build/bin/benchcmp, build/lib/libprof.so
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) -Wno-dev > /dev/null
	@cmake --build $(BUILD) --parallel $(JOBS) --target $(or $(TARGETS),tools)

all: ## the same, and all that the tests need
	@$(MAKE) --no-print-directory build TARGETS=all

demo: ## record real programs, print top, draw a flame graph, compare benchmarks
	@$(MAKE) --no-print-directory build TARGETS="tools demo_programs"
	@PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" bash tests/demo.sh

test: all ## every test
	@ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS) $(CTEST_FLAGS)

asan: ## every test under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory test PRESET=asan

tsan: ## the threaded tests under the thread sanitizer
	@$(MAKE) --no-print-directory all PRESET=tsan
	@ctest --test-dir build/tsan --output-on-failure --label-regex threads

lint: setup ## formatting, folder dependencies, one list of packages
	@bash tests/lint.sh

tidy: all ## clang-tidy over all sources
	@python3 tests/lint/tidy.py build

format: ## apply clang-format
	@clang-format-14 -i $(SOURCES)

bench: all ## speed and memory beside the peers, as ratios (BENCH="reading comparing recording")
	@PATH="$(CURDIR)/$(BUILD)/bin:$$PATH" python3 tests/bench/run.py $(BENCH)

soak: all ## the long forms of the suite's short tests
	@$(BUILD)/bin/agent_test "[.soak]"
	@$(BUILD)/bin/unwind_test "[.soak]"
	@$(BUILD)/bin/e2e_test "[.soak]"
	@$(BUILD)/bin/record_test "[.soak]"
	@python3 tests/soak/suites.py $(BUILD)/bin/prof; test $$? -ne 1
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600)

fuzz: ## run every fuzz target for FUZZ_SECONDS (default 10) on the committed corpora
	@$(MAKE) --no-print-directory all PRESET=fuzz
	@bash tests/fuzz/run.sh build/fuzz/bin $(or $(FUZZ_SECONDS),10)

goldens: all ## write the expected outputs anew; read the diff before committing it
	@PROF_UPDATE_GOLDENS=1 ctest --test-dir $(BUILD) --label-regex golden --output-on-failure

install: build ## into PREFIX (DESTDIR is honoured)
	@cmake --install $(BUILD) --prefix $(PREFIX)
	@test -n "$(DESTDIR)$(SUDO)" || ldconfig # so that programs linked with -lprof find it

uninstall: ## remove what `make install` wrote
	@test -f $(BUILD)/install_manifest.txt || { echo "nothing to remove: $(BUILD)/install_manifest.txt is missing" >&2; exit 1; }
	@sed 's|^|$(DESTDIR)|' $(BUILD)/install_manifest.txt | xargs rm -fv

clean: ## remove build/
	@rm -rf build
