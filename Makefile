# Every target, one file; products only under build/. `make help` lists the targets.
VERSION     := 4.0.0
B           ?= build
CXX         ?= g++
prefix      ?= /usr
sysconfdir  ?= /etc
localstatedir ?= /var
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
mandir      ?= $(prefix)/share/man
docdir      ?= $(prefix)/share/doc/heartbeat
DESTDIR     ?=
PKG_CONFIG  ?= pkg-config
SANITIZE    ?=
V           ?=
Q           := $(if $(V),,@)

CXXFLAGS    ?= -O2 -g
override CPPFLAGS += -Iinclude -Isrc $(WIDE)
# Where a long has 32 bits: large files, and times after 2038 (glibc 2.34). Not in hbdump, which shares a time with libpcap.
ifeq ($(shell $(CXX) -dM -E -x c++ /dev/null | grep -c __LP64__),0)
WIDE        := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
endif
WARNINGS    := -Wall -Wextra -Wconversion -Wshadow -Werror
CXXSTD      := -std=c++20
ifneq ($(SANITIZE),)
override CXXFLAGS += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
override LDFLAGS += -fsanitize=$(SANITIZE)
else
LINK_SMALL  := -static-libstdc++ -static-libgcc
endif
# A build that counts what it runs, for `make coverage`.
COVERAGE    ?=
ifneq ($(COVERAGE),)
override CXXFLAGS += --coverage -O0
override LDFLAGS += --coverage -Wl,--wrap=_exit,--wrap=chroot,--wrap=prctl $(B)/obj/coverage_hook.o
endif
# What is installed is built without exceptions and run-time types; test programs need both.
PLACES      := -DHB_VERSION='"$(VERSION)"' -DHB_SYSCONFDIR='"$(sysconfdir)"' -DHB_LOCALSTATEDIR='"$(localstatedir)"'
HOUSE       := -fno-exceptions -fno-rtti $(PLACES)
LIBMNL      = $(shell $(PKG_CONFIG) --libs libmnl)
LIBCRYPTO   = $(shell $(PKG_CONFIG) --libs libcrypto)
LIBPCAP     = $(shell $(PKG_CONFIG) --libs libpcap)
GTEST       = $(shell $(PKG_CONFIG) --libs gmock_main gtest) -pthread

objects      = $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard $(foreach d,$(1),src/$(d)/*.cpp src/$(d)/*/*.cpp)))
PURE_ROOMS  := base wire core ipc control policy
DAEMON      := $(call objects,base wire auth net config core ipc control policy tools kernel scripts engine supervisor writer heartbeat)
HBCTL       := $(call objects,base wire auth net config hbctl)
# It reads authkeys, and asks the kernel nothing.
HBDUMP      := $(filter-out %/load.o %/machine.o %/unit.o %/network.o %/place.o,$(call objects,base wire auth config hbdump))
# Everything but the mains, for tests.
LIBRARY     := $(filter-out %/main.o,$(call objects,base wire auth net config core ipc control policy tools kernel scripts engine supervisor writer hbctl hbdump))

.PHONY: all
all: $(B)/heartbeat $(B)/hbctl $(B)/hbdump ## build/heartbeat build/hbctl build/hbdump

# Bound at the start: a function that is called for the first time at a takeover must not look for itself in files.
$(B)/heartbeat: $(DAEMON)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -Wl,-z,now $(LINK_SMALL) -o $@ $^ $(LIBMNL) $(LIBCRYPTO)
$(B)/hbctl: $(HBCTL)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $(LINK_SMALL) -o $@ $^ $(LIBMNL) $(LIBCRYPTO)
$(B)/hbdump: $(HBDUMP)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $(LINK_SMALL) -o $@ $^ $(LIBPCAP) $(LIBCRYPTO)

$(B)/obj/src/%.o: src/%.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(CXX) $(CXXSTD) $(CPPFLAGS) $(HOUSE) $(WARNINGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/src/hbdump/%.o $(B)/obj/tests/unit/hbdump/%.o: WIDE :=
TEST_CXX    = $(CXX) $(CXXSTD) $(CPPFLAGS) -Itests $(PLACES) $(WARNINGS) $(CXXFLAGS)
$(B)/obj/tests/%.o: tests/%.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(TEST_CXX) -MMD -MP -c -o $@ $<
# GoogleTest is most of what there is to compile: its header is read once, and its programs are not optimised.
GTEST_CXX   = $(TEST_CXX) -O0 -U_FORTIFY_SOURCE
GTEST_OBJ  := $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard tests/unit/*/*.cpp tests/wrap/*.cpp))
$(GTEST_OBJ): $(B)/obj/%.o: %.cpp $(B)/gtest.hpp.gch
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(GTEST_CXX) -include $(B)/gtest.hpp -MMD -MP -c -o $@ $<
$(B)/gtest.hpp.gch: tests/gtest.hpp
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	@cp $< $(B)/gtest.hpp
	$(Q)$(GTEST_CXX) -x c++-header -o $@ $<

$(B)/libhb.a: $(LIBRARY)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# One unit test program per room: build/tests/unit-wire from tests/unit/wire/*.cpp.
UNIT_ROOMS  := $(notdir $(patsubst %/,%,$(wildcard tests/unit/*/)))
# Wrapped system calls: tests/wrap/NAME.cpp, the calls it replaces in tests/wrap/NAME.wrap, one a line.
WRAP_TESTS  := $(patsubst tests/wrap/%.cpp,%,$(wildcard tests/wrap/*.cpp))

unit_objects = $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard tests/unit/$(1)/*.cpp))
.SECONDEXPANSION:
$(addprefix $(B)/tests/unit-,$(UNIT_ROOMS)): $(B)/tests/unit-%: $$(call unit_objects,$$*) $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP) $(GTEST)
$(addprefix $(B)/tests/wrap-,$(WRAP_TESTS)): $(B)/tests/wrap-%: $(B)/obj/tests/wrap/%.o tests/wrap/%.wrap $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $$(sed 's/^/-Wl,--wrap=/' tests/wrap/$*.wrap) -o $@ $(B)/obj/tests/wrap/$*.o $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP) $(GTEST)

# The same test objects once more, with a library that AddressSanitizer and UBSan watch: build/sanitized/tests/unit-wire. It comes first:
# an inline function that test and library both have is then the library's. A room is compiled as few files (tests/tools/together.py).
SANITIZED    = $(B)/sanitized
WATCHED     := -fsanitize=address,undefined -fno-omit-frame-pointer
room_sources  = $(filter-out %/main.cpp,$(wildcard src/$(1)/*.cpp src/$(1)/*/*.cpp))
# What runs most comes first, and is optimised a little: without it unit tests of the core run for minutes.
WATCHED_OFTEN := core wire base auth
WATCHED_ROOMS := $(WATCHED_OFTEN) supervisor config engine scripts kernel hbctl hbdump net ipc control policy tools writer
WATCHED_LIBRARY := $(WATCHED_ROOMS:%=$(SANITIZED)/together/%.o)
$(WATCHED_LIBRARY): $(SANITIZED)/together/%.o: $$(call room_sources,$$*) tests/tools/together.py
	@mkdir -p $(@D)
	@echo "  CXX   src/$* with sanitizers"
	$(Q)python3 tests/tools/together.py $@ "$(CXX)" "$(CXXSTD) $(CPPFLAGS) $(subst ",\",$(HOUSE)) -w $(if $(filter $*,$(WATCHED_OFTEN)),-O1,-O0) -g1 $(WATCHED)" $(call room_sources,$*)
$(SANITIZED)/together/hbdump.o: WIDE :=
WATCHED_LINK = $(CXX) $(LDFLAGS) $(WATCHED) -o $@ $(WATCHED_LIBRARY) $(filter $(B)/obj/%.o,$^) $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP)
$(addprefix $(SANITIZED)/tests/unit-,$(UNIT_ROOMS)): $(SANITIZED)/tests/unit-%: $$(call unit_objects,$$*) $(WATCHED_LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(WATCHED_LINK) $(GTEST)
$(addprefix $(SANITIZED)/tests/wrap-,$(WRAP_TESTS)): $(SANITIZED)/tests/wrap-%: $(B)/obj/tests/wrap/%.o tests/wrap/%.wrap $(WATCHED_LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(WATCHED_LINK) $$(sed 's/^/-Wl,--wrap=/' tests/wrap/$*.wrap) $(GTEST)

SIM := $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard tests/sim/*.cpp tests/sim/scenario/*.cpp))
$(B)/tests/sim: $(SIM) $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(SIM) $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO)

$(SANITIZED)/tests/sim: $(SIM) $(WATCHED_LIBRARY)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(WATCHED_LINK)

# Small programs of the lab (probes, responders): build/lab/NAME from tests/lab/NAME.cpp.
LAB := $(patsubst tests/lab/%.cpp,$(B)/lab/%,$(wildcard tests/lab/*.cpp))
$(LAB): $(B)/lab/%: $(B)/obj/tests/lab/%.o $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $< $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP)

TESTS := $(addprefix $(B)/tests/unit-,$(UNIT_ROOMS)) $(addprefix $(B)/tests/wrap-,$(WRAP_TESTS))
.PHONY: tests sanitized
tests: $(TESTS) $(B)/tests/sim $(LAB)
sanitized: $(patsubst $(B)/tests/%,$(SANITIZED)/tests/%,$(TESTS)) $(SANITIZED)/tests/sim

.PHONY: sim
sim: $(B)/tests/sim ## the simulator: endless, or SEED=N to repeat one run, or SEEDS=N
	$(B)/tests/sim $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS))

# A letter is a fault, a tick is half a keepalive; docs/simulator.md, Every schedule. `make check` runs a part of it.
.PHONY: explore
explore: $(B)/tests/sim ## every schedule of DEPTH=2 faults at every GRID=1 ticks in the simulated worlds WORLD=all: hours
	$(B)/tests/sim --explore $(or $(WORLD),all) --depth $(or $(DEPTH),2) --grid $(or $(GRID),1)

# A quarter of an hour: not part of `make check`.
.PHONY: sim-breakages
sim-breakages: $(B)/tests/sim ## breaks the code in many small ways; the simulator must catch each
	@python3 tests/sim/breakages.py --build $(B) --libraries "$(LIBMNL) $(LIBCRYPTO)" \
	    --compiler "$(CXX)" --flags="$(CXXSTD) $(CPPFLAGS) $(HOUSE) $(CXXFLAGS)" $(WORDS)

# Some minutes for ten mutants.
.PHONY: mutants
mutants: tests ## SEED=1 [COUNT=100] [WORDS=src/wire]: random small changes of the code; unit tests or simulator must notice each
	@python3 tests/tools/mutants.py --build $(B) --seed $(or $(SEED),1) --count $(or $(COUNT),100) --compiler "$(CXX)" --linker "$(CXX) $(LDFLAGS)" \
	    --flags="$(CXXSTD) $(CPPFLAGS) $(HOUSE) -O0" --test-flags="$(CXXSTD) $(CPPFLAGS) $(PLACES) $(CXXFLAGS)" \
	    --libraries="$(LIBMNL) $(LIBCRYPTO)" --test-libraries="$(LIBMNL) $(LIBCRYPTO) $(LIBPCAP) $(GTEST)" $(WORDS)

# A build of its own beside the other one, which counts. As root with the namespace tests.
.PHONY: coverage
coverage: deps ## lines and branches of each room that unit tests, wraps, SEEDS=100 of the simulator and the namespace tests run
	@$(MAKE) --no-print-directory -j2 B=$(B)/coverage COVERAGE=1 $(B)/coverage/obj/coverage_hook.o
	@$(MAKE) --no-print-directory -j2 B=$(B)/coverage COVERAGE=1 all tests
	@python3 tests/tools/coverage.py --build $(B)/coverage --seeds $(or $(SEEDS),100)
$(B)/obj/coverage_hook.o: tests/tools/coverage_hook.cpp
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CXXSTD) $(WARNINGS) -g -DHB_ENGINE_COUNTERS='"$(abspath $(B))/engine"' -c -o $@ $<

# Everything below is for people: each target that `make help` names carries its sentence after ##.
.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1~\2/p' $(firstword $(MAKEFILE_LIST)) | sort | column -t -s '~'
	@echo '  Variables: DESTDIR prefix sysconfdir localstatedir CXX CXXFLAGS B=build/asan SANITIZE=address,undefined V=1'

# As root: what debian/control names and this machine lacks. Otherwise: only says what is missing.
.PHONY: deps
deps:
	@tests/tools/install-deps debian/control

.PHONY: check check-package
check: deps ## build with two jobs and run every test (root: the namespace tests too)
	@tests/tools/install-deps debian/control clang-format-14
	@$(MAKE) --no-print-directory -j2 all tests
	@python3 tests/run.py --build $(B)
# What a package build can run: no root, no network, no further packages.
check-package: tests
	@python3 tests/run.py --build $(B) --without netns --without mixed --without faults

# A build of its own beside the other one. Without the tests that run installed programs on hosts.
.PHONY: check-sanitize
check-sanitize: deps ## unit tests, wraps and 100 seeds of the simulator with AddressSanitizer and UBSan
	@$(MAKE) --no-print-directory -j2 B=$(B)/sanitize SANITIZE=address,undefined tests
	@UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 python3 tests/run.py --build $(B)/sanitize --seeds 100 \
	    --without house --without netns --without mixed --without faults --without explore

# What `make check` has compiled, once more with a watched library: faster, and sees less of the tests themselves.
.PHONY: check-watched
check-watched: deps ## unit tests, wraps and 50 seeds of the simulator with AddressSanitizer and UBSan in our own code
	@$(MAKE) --no-print-directory -j2 tests sanitized
	@python3 tests/run.py --build $(B) --sanitized $(addprefix --without ,house sim netns mixed faults)

.PHONY: check-mixed
check-mixed: deps ## every test of a mixed cluster with Debian's heartbeat 3.0.6, about 20 minutes (root)
	@$(MAKE) --no-print-directory -j2 all $(LAB)
	@python3 tests/peer/run.py

.PHONY: check-faults
check-faults: deps ## every fault FAULT_RUNS=100 times on real daemons, two owners counted by the millisecond (root)
	@$(MAKE) --no-print-directory -j2 all $(LAB)
	@python3 tests/faults/run.py

.PHONY: demo
demo: deps ## two hosts, a client and a web server in namespaces: watch a crash and a return (root)
	@$(MAKE) --no-print-directory -j2 all $(LAB)
	@python3 tests/demo/demo.py

.PHONY: bench
bench: deps ## the same faults on ours and on its peers; medians and ratios (root)
	@$(MAKE) --no-print-directory -j2 all $(LAB)
	@python3 tests/bench/bench.py

.PHONY: bench-faults
bench-faults: deps ## the faults on ours, 3.0.6 and keepalived: ms with two owners and with none, FAULT_RUNS=3 times (root)
	@$(MAKE) --no-print-directory -j2 all $(LAB)
	@python3 tests/faults/bench.py

.PHONY: acceptance acceptance-rolling
acceptance: deps deb ## the walk-through word by word on two booted Debian hosts, and an upgrade from 3.0.6 (root)
	@tests/acceptance/run.sh $(B)
acceptance-rolling: deps deb ## two booted Debian hosts with 3.0.6, upgraded one at a time, and back again (root)
	@PARTS=rolling tests/acceptance/run.sh $(B)

.PHONY: fuzz
fuzz: ## TARGET=NAME [SECONDS=60]: tests/fuzz/NAME.cpp with libFuzzer
	@tests/tools/fuzz "$(TARGET)" "$(or $(SECONDS),60)"

.PHONY: lint
lint: ## manual pages, shell and Python
	mandoc -T lint -W warning man/*.[1578]
	shellcheck -x $(SHELL_FILES)
	python3 -m compileall -q $(wildcard tests/*.py tests/*/*.py) && find tests -name __pycache__ -exec rm -r {} +
SHELL_FILES = .ci/run tests/tools/install-deps tests/tools/fuzz $(wildcard tests/acceptance/*.sh debian/heartbeat.*inst debian/heartbeat.*rm) \
    debian/tests/takeover debian/tests/version system/heartbeat.init

# --- installation ---------------------------------------------------------------------------------------
bindir      ?= $(prefix)/bin
datadir     ?= $(prefix)/share/heartbeat
unitdir     ?= /lib/systemd/system
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
hadir       := $(sysconfdir)/ha.d
statedir    := $(localstatedir)/lib/heartbeat
MANUALS     := $(wildcard man/*.[1578])
# hbctl under the names of 3.0.6, and its page under these names.
BY_HBCTL    := cl_status hb_standby hb_takeover req_resource mach_down
INSTALL     ?= install
at           = $(Q)$(INSTALL) -D -m $(1) $(2) $(DESTDIR)$(3)
# The same for files that name our own places.
placed       = $(Q)mkdir -p $(DESTDIR)$(dir $(3)) && sed -e 's,/usr/sbin/,$(sbindir)/,g' -e 's,/etc/ha.d,$(hadir),g' \
                   <$(2) >$(DESTDIR)$(3) && chmod $(1) $(DESTDIR)$(3)

.PHONY: install
install: all ## DESTDIR= prefix=/usr sysconfdir=/etc localstatedir=/var
	$(call at,755,$(B)/heartbeat,$(sbindir)/heartbeat)
	$(call at,755,$(B)/hbctl,$(sbindir)/hbctl)
	$(call at,755,$(B)/hbdump,$(bindir)/hbdump)
	$(Q)mkdir -p $(DESTDIR)$(libexecdir)/heartbeat $(DESTDIR)$(datadir)
	$(Q)ln -sfr $(DESTDIR)$(sbindir)/heartbeat $(DESTDIR)$(libexecdir)/heartbeat/heartbeat
	$(Q)ln -sfr $(DESTDIR)$(sbindir)/hbctl $(DESTDIR)$(bindir)/cl_status
	$(Q)for n in $(filter-out cl_status,$(BY_HBCTL)); do \
	    ln -sfr $(DESTDIR)$(sbindir)/hbctl $(DESTDIR)$(datadir)/$$n || exit 1; done
	$(call placed,755,system/heartbeat.init,$(sysconfdir)/init.d/heartbeat)
	$(call placed,644,system/heartbeat.service,$(unitdir)/heartbeat.service)
	$(call at,644,system/heartbeat.logrotate,$(sysconfdir)/logrotate.d/heartbeat)
	$(call at,644,system/heartbeat.tmpfiles,$(tmpfilesdir)/heartbeat.conf)
	$(call at,644,system/resource.d.README,$(hadir)/resource.d/README)
	$(Q)$(INSTALL) -d -m 755 $(DESTDIR)$(statedir)
	$(call at,644,doc/samples/authkeys,$(docdir)/authkeys)
	$(Q)for f in ha.cf haresources; do gzip -9n <doc/samples/$$f >$(DESTDIR)$(docdir)/$$f.gz && \
	    chmod 644 $(DESTDIR)$(docdir)/$$f.gz || exit 1; done
	$(call at,644,README.md,$(docdir)/README.md)
	$(Q)for m in $(MANUALS); do $(INSTALL) -D -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/} || exit 1; done
	$(Q)mkdir -p $(DESTDIR)$(mandir)/man1 && for m in $(BY_HBCTL); do \
	    ln -sf ../man8/hbctl.8 $(DESTDIR)$(mandir)/man1/$$m.1 || exit 1; done

.PHONY: uninstall
uninstall: ## what install put there; configuration and state stay
	rm -f $(addprefix $(DESTDIR),$(sbindir)/heartbeat $(sbindir)/hbctl $(bindir)/hbdump $(bindir)/cl_status \
	    $(addprefix $(datadir)/,$(filter-out cl_status,$(BY_HBCTL))) $(libexecdir)/heartbeat/heartbeat \
	    $(sysconfdir)/init.d/heartbeat $(sysconfdir)/logrotate.d/heartbeat $(unitdir)/heartbeat.service \
	    $(tmpfilesdir)/heartbeat.conf $(hadir)/resource.d/README \
	    $(docdir)/authkeys $(docdir)/ha.cf.gz $(docdir)/haresources.gz $(docdir)/README.md)
	rm -f $(foreach m,$(MANUALS),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	    $(BY_HBCTL:%=$(DESTDIR)$(mandir)/man1/%.1)
	-rmdir $(addprefix $(DESTDIR),$(libexecdir)/heartbeat $(datadir) $(docdir)) 2>/dev/null

# The package is built in a copy, so that the checkout stays as it is. DEB_BUILD_OPTIONS= runs the tests as well.
.PHONY: deb
deb: deps ## build/heartbeat_*.deb
	@rm -rf $(B)/deb && mkdir -p $(B)/deb/heartbeat-$(VERSION) && rm -f $(B)/heartbeat_*.deb
	@tar --exclude=./build --exclude=./.git --exclude=__pycache__ -cf - . | tar -xf - -C $(B)/deb/heartbeat-$(VERSION)
	@mkdir -p $(B)/test-logs
	@echo "  DEB   full log in $(B)/test-logs/deb.log"
	@cd $(B)/deb/heartbeat-$(VERSION) && env -u MAKEFLAGS -u MAKELEVEL -u B DEB_BUILD_OPTIONS="$(or $(DEB_BUILD_OPTIONS),nocheck parallel=2)" \
	    dpkg-buildpackage -us -uc -b >$(abspath $(B))/test-logs/deb.log 2>&1 || { tail -n 40 $(abspath $(B))/test-logs/deb.log; exit 1; }
	@mv $(B)/deb/*.deb $(B)/deb/*.changes $(B)/deb/*.buildinfo $(B)/ && ls $(B)/heartbeat_*.deb

.PHONY: clean
clean: ## remove build/
	rm -rf build

-include $(shell find $(B)/obj $(SANITIZED) -name '*.d' 2>/dev/null)
