# SPDX-License-Identifier: MIT
#
# make            build/hsxfs and build/hsxfs-emulator
# make demo       the main job, on the emulator, no account needed
# make play       a shell in a mount of the same
# make check      every test, and those with programs of ours once more with the sanitized ones, or
#                 CASES='tls pem', or CASES='sanitized-*'; ends with "N passed, N failed, N skipped"
# make mutants    puts faults into a copy, each of which a case must find (or MUTANTS='*brake*'); 6 minutes
# make bench      hsxfs against wrangler, curl and the local disk, as ratios (or BENCHES=calls); 2 minutes
# make analyze    gcc -fanalyzer, clang-tidy and cppcheck over backends/ and fs/
# make install    PREFIX, DESTDIR, BINDIR, MANDIR, DOCDIR as packagers expect; make uninstall
# make deps       installs the Debian packages that are missing (FOR=build, demo, check or bench)
# make SANITIZE=1 the same programs under ASan and UBSan, in build/sanitize/
# make fuzz       T seconds (60) of each fuzz target, or of TARGETS='config flags'; finds go to build/fuzz/
# make FUZZ=afl fuzz-programs   the same targets for AFL++ (see tests/README.md)

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/hsxfs
DESTDIR ?=
CC ?= cc
CFLAGS ?= $(if $(filter 1,$(SANITIZE)),-O1,-O2) -g
PKG_CONFIG ?= pkg-config
INSTALL ?= install
V ?= 0
T ?= 60
FOR ?= check
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

BUILD := build
ifeq ($(SANITIZE),1)
BUILD := build/sanitize
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# As shared libraries gcc's two take each other's options: log_path of one is lost.
SANITIZERS += $(if $(shell $(CC) --version | grep clang),,-static-libasan -static-libubsan)
else ifneq ($(filter 1 afl,$(FUZZ)),)
BUILD := build/$(if $(filter afl,$(FUZZ)),afl,libfuzzer)
CC := $(if $(filter afl,$(FUZZ)),afl-clang-fast,clang)
SANITIZERS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
FUZZER := -fsanitize=fuzzer
else
HARDENING := -D_FORTIFY_SOURCE=2
endif

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1)

BUILD_PACKAGES := gcc libc6-dev make pkg-config libfuse3-dev fuse3 libcurl4-openssl-dev \
	libjansson-dev libsodium-dev libmicrohttpd-dev libssl-dev
DEMO_PACKAGES := $(BUILD_PACKAGES) rsync ca-certificates
CHECK_PACKAGES := $(DEMO_PACKAGES) clang libclang-rt-dev zsh ksh fish busybox-static nginx-light \
	openssl attr jq perl python3 curl procps tmux vim nano ed gawk moreutils git unzip dos2unix nodejs \
	openssh-client faketime binutils strace clang-tidy cppcheck valgrind
PACKAGES_build := $(BUILD_PACKAGES)
PACKAGES_demo := $(DEMO_PACKAGES)
PACKAGES_check := $(CHECK_PACKAGES)
PACKAGES_bench := $(CHECK_PACKAGES) hyperfine time

LIBRARIES := fuse3 libcurl jansson libsodium libcrypto
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wwrite-strings -Wformat=2 -Wpointer-arith
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -MMD -MP -fPIE \
	-fstack-protector-strong $(HARDENING) $(WARNINGS) $(SANITIZERS) $(CFLAGS) $(CPPFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SANITIZERS) $(LDFLAGS)
LIBRARY_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
LIBRARY_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBRARIES))

BACKEND_SOURCES := $(wildcard backends/*.c)
FS_SOURCES := $(filter-out fs/main.c,$(wildcard fs/*.c))
EMULATOR_SOURCES := $(wildcard tests/emulator/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*.c)
FUZZ_SOURCES := $(wildcard tests/fuzz/*.c)

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
CORE_OBJECTS := $(call object,$(BACKEND_SOURCES) $(FS_SOURCES)) $(BUILD)/obj/version.o
FUZZED_OBJECTS := $(filter-out $(call object,backends/http.c fs/caller.c),$(CORE_OBJECTS))
EMULATOR_PROGRAMS := $(if $(EMULATOR_SOURCES),$(BUILD)/hsxfs-emulator $(BUILD)/hsxfs-relay)
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SOURCES))
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))

ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
quiet = @
else ifneq ($(V),1)
quiet = @echo "  $(1)	$@";
endif

all: $(BUILD)/hsxfs $(EMULATOR_PROGRAMS)

$(BUILD)/hsxfs: $(call object,fs/main.c) $(CORE_OBJECTS)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

$(BUILD)/hsxfs-emulator: $(call object,$(filter-out tests/emulator/relay.c,$(EMULATOR_SOURCES)))
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
		$(shell $(PKG_CONFIG) --libs libmicrohttpd jansson)

$(BUILD)/hsxfs-relay: $(call object,tests/emulator/relay.c)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(CORE_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

# Servers and /proc are input: tests/fuzz/lib/{http,caller}.c answer in place of the real ones. The
# program's main is the fuzzer's, or lib/replay.c.
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZED_OBJECTS) \
		$(call object,$(filter-out $(if $(FUZZER),%/replay.c),$(wildcard tests/fuzz/lib/*.c)))
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(FUZZER) $(ALL_LDFLAGS) -Wl,--wrap=arena_new -o $@ $^ $(LIBRARY_LIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(LIBRARY_CFLAGS) -c -o $@ $<

# Written anew only when the version changes, so that one object has it and nothing else is rebuilt.
$(BUILD)/obj/version.c: always
	@mkdir -p $(@D)
	@printf '#include "version.h"\nconst char hsxfs_version[] = "%s";\n' \
		'$(VERSION)' > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/obj/version.o: $(BUILD)/obj/version.c
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -iquote backends -c -o $@ $<

unit: $(UNIT_PROGRAMS)

fuzz-programs: $(FUZZ_PROGRAMS)

# nodejs brings no npm on Debian; a machine whose npm came from elsewhere keeps it, and one with all of
# gdb keeps that, which gdb-minimal would replace.
deps:
	@case "$(FOR)" in build | demo | check | bench) ;; *) \
		echo "FOR=$(FOR): one of build, demo, check, bench" >&2; exit 1 ;; esac
	@missing=; for package in $(PACKAGES_$(FOR)); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
			|| missing="$$missing $$package"; \
	done; \
	if [ -n "$(filter check bench,$(FOR))" ] && ! command -v npm >/dev/null; then missing="$$missing npm"; fi; \
	if [ -n "$(filter check bench,$(FOR))" ] && ! command -v gdb >/dev/null; then missing="$$missing gdb-minimal"; fi; \
	[ -n "$$missing" ] || exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing:$$missing"; \
	$$sudo apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing

demo:
	@$(MAKE) --no-print-directory deps FOR=demo
	@$(MAKE) --no-print-directory all
	@HSXFS_BUILD=$(abspath $(BUILD)) tests/demo

play:
	@$(MAKE) --no-print-directory deps FOR=demo
	@$(MAKE) --no-print-directory all
	@HSXFS_BUILD=$(abspath $(BUILD)) tests/demo --play

# The sanitized programs are a build of their own, which the case fuzz-replay has its programs from, too.
ifeq ($(SANITIZE),1)
check:
	@$(MAKE) --no-print-directory deps FOR=check
	@$(MAKE) --no-print-directory all unit
	@HSXFS_BUILD=$(abspath $(BUILD)) tests/run $(CASES)
else
check:
	@$(MAKE) --no-print-directory deps FOR=check
	@$(MAKE) --no-print-directory $(PARALLEL) all unit
	@$(MAKE) --no-print-directory $(PARALLEL) SANITIZE=1 BUILD=$(BUILD)/sanitize all unit fuzz-programs
	@HSXFS_BUILD=$(abspath $(BUILD)) tests/run --again --sanitized $(abspath $(BUILD))/sanitize $(CASES)
endif

# What has been analyzed is not again until it, or a header that it includes, has changed. gcc 12 does
# not follow what a list owns, so it takes each item put into one for a leak: LeakSanitizer looks for those.
ANALYZED ?= $(wildcard backends/*.c fs/*.c)
ANALYZER_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 $(WARNINGS) -fanalyzer -Wno-analyzer-malloc-leak

analyze: $(ANALYZED:%.c=$(BUILD)/analyze/%.gcc) $(ANALYZED:%.c=$(BUILD)/analyze/%.tidy) \
	$(BUILD)/analyze/cppcheck

$(BUILD)/analyze/%.gcc: %.c
	@mkdir -p $(@D)
	$(call quiet,GCC)gcc $(ANALYZER_CFLAGS) $(LIBRARY_CFLAGS) -MMD -MP -MF $(@:.gcc=.d) \
		-MT '$@ $(@:.gcc=.tidy)' -c -o $@ $<

$(BUILD)/analyze/%.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	$(call quiet,TIDY)clang-tidy --quiet $< -- -std=gnu11 -D_GNU_SOURCE $(LIBRARY_CFLAGS) > $@.log 2>&1 \
		|| { cat $@.log; exit 1; }
	@touch $@

$(BUILD)/analyze/cppcheck: $(BACKEND_SOURCES) $(wildcard backends/*.h fs/*.[ch])
	@mkdir -p $(@D)
	$(call quiet,CPPCHECK)cppcheck --quiet --std=c11 -D_GNU_SOURCE --inline-suppr --error-exitcode=1 \
		--enable=warning,performance,portability backends fs
	@touch $@

bench:
	@$(MAKE) --no-print-directory deps FOR=bench
	@$(MAKE) --no-print-directory all
	@HSXFS_BUILD=$(abspath $(BUILD)) tests/bench/run $(BENCHES)

mutants:
	@$(MAKE) --no-print-directory deps FOR=check
	@tests/mutants/run $(MUTANTS)

fuzz:
	@$(MAKE) --no-print-directory deps FOR=check
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-programs
	@tests/fuzz/run $(T) $(TARGETS)

install: $(BUILD)/hsxfs
	$(INSTALL) -v -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -v -m 0755 $(BUILD)/hsxfs $(DESTDIR)$(BINDIR)/hsxfs
	$(INSTALL) -v -m 0644 fs/hsxfs.1 $(DESTDIR)$(MANDIR)/man1/hsxfs.1
	$(INSTALL) -v -d $(DESTDIR)$(DOCDIR)/examples
	$(INSTALL) -v -m 0644 README.md fs/SEMANTICS.md $(DESTDIR)$(DOCDIR)
	$(INSTALL) -v -m 0644 $(filter-out %.sh,$(wildcard examples/*)) $(DESTDIR)$(DOCDIR)/examples
	$(INSTALL) -v -m 0755 $(wildcard examples/*.sh) $(DESTDIR)$(DOCDIR)/examples

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/hsxfs $(DESTDIR)$(MANDIR)/man1/hsxfs.1
	rm -rf $(DESTDIR)$(DOCDIR)

clean:
	rm -rf build

-include $(shell find $(BUILD)/obj $(BUILD)/analyze -name '*.d' 2>/dev/null)

.PHONY: always all unit fuzz fuzz-programs deps demo play check bench analyze mutants install uninstall clean
# What is built of what a pattern names is kept, too.
.SECONDARY:
.DELETE_ON_ERROR:
