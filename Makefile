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
CPPFLAGS    += -Iinclude -Isrc
WARNINGS    := -Wall -Wextra -Wconversion -Wshadow -Werror
CXXSTD      := -std=c++20
ifneq ($(SANITIZE),)
CXXFLAGS    += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
LDFLAGS     += -fsanitize=$(SANITIZE)
else
LINK_SMALL  := -static-libstdc++ -static-libgcc
endif
# What is installed is built without exceptions and run-time types; test programs need both.
HOUSE       := -fno-exceptions -fno-rtti -DHB_VERSION='"$(VERSION)"' -DHB_SYSCONFDIR='"$(sysconfdir)"' -DHB_LOCALSTATEDIR='"$(localstatedir)"'
LIBMNL      = $(shell $(PKG_CONFIG) --libs libmnl)
LIBCRYPTO   = $(shell $(PKG_CONFIG) --libs libcrypto)
LIBPCAP     = $(shell $(PKG_CONFIG) --libs libpcap)
GTEST       = $(shell $(PKG_CONFIG) --libs gmock_main gtest) -pthread

objects      = $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard $(foreach d,$(1),src/$(d)/*.cpp)))
PURE_ROOMS  := base wire core ipc control
DAEMON      := $(call objects,base wire auth config core ipc control engine supervisor writer heartbeat)
HBCTL       := $(call objects,base wire auth config control hbctl) $(B)/obj/src/core/text.o
HBDUMP      := $(call objects,base wire auth config hbdump)
# Everything but the mains, for tests.
LIBRARY     := $(filter-out %/main.o,$(call objects,base wire auth config core ipc control engine supervisor writer hbctl hbdump))

.PHONY: all
all: $(B)/heartbeat $(B)/hbctl $(B)/hbdump

$(B)/heartbeat: $(DAEMON)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $(LINK_SMALL) -o $@ $^ $(LIBMNL) $(LIBCRYPTO)
$(B)/hbctl: $(HBCTL)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $(LINK_SMALL) -o $@ $^ $(LIBCRYPTO)
$(B)/hbdump: $(HBDUMP)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $(LINK_SMALL) -o $@ $^ $(LIBPCAP) $(LIBCRYPTO)

$(B)/obj/src/%.o: src/%.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(CXX) $(CXXSTD) $(CPPFLAGS) $(HOUSE) $(WARNINGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/tests/%.o: tests/%.cpp
	@mkdir -p $(@D)
	@echo "  CXX   $<"
	$(Q)$(CXX) $(CXXSTD) $(CPPFLAGS) -Itests -DHB_VERSION='"$(VERSION)"' -DHB_SYSCONFDIR='"$(sysconfdir)"' -DHB_LOCALSTATEDIR='"$(localstatedir)"' $(WARNINGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(B)/libhb.a: $(LIBRARY)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# One unit test program per room: build/tests/unit-wire from tests/unit/wire/*.cpp.
UNIT_ROOMS  := $(notdir $(patsubst %/,%,$(wildcard tests/unit/*/)))
# Wrapped system calls: tests/wrap/NAME.cpp, the calls it replaces in tests/wrap/NAME.wrap, one a line.
WRAP_TESTS  := $(patsubst tests/wrap/%.cpp,%,$(wildcard tests/wrap/*.cpp))

.SECONDEXPANSION:
$(addprefix $(B)/tests/unit-,$(UNIT_ROOMS)): $(B)/tests/unit-%: $$(patsubst %.cpp,$(B)/obj/%.o,$$(wildcard tests/unit/$$*/*.cpp)) $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP) $(GTEST)
$(addprefix $(B)/tests/wrap-,$(WRAP_TESTS)): $(B)/tests/wrap-%: $(B)/obj/tests/wrap/%.o tests/wrap/%.wrap $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) $$(sed 's/^/-Wl,--wrap=/' tests/wrap/$*.wrap) -o $@ $(B)/obj/tests/wrap/$*.o $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP) $(GTEST)

SIM := $(patsubst %.cpp,$(B)/obj/%.o,$(wildcard tests/sim/*.cpp tests/sim/scenario/*.cpp))
$(B)/tests/sim: $(SIM) $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(SIM) $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO)

# Small programs of the lab (probes, responders): build/lab/NAME from tests/lab/NAME.cpp.
LAB := $(patsubst tests/lab/%.cpp,$(B)/lab/%,$(wildcard tests/lab/*.cpp))
$(LAB): $(B)/lab/%: $(B)/obj/tests/lab/%.o $(B)/libhb.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $< $(B)/libhb.a $(LIBMNL) $(LIBCRYPTO) $(LIBPCAP)

TESTS := $(addprefix $(B)/tests/unit-,$(UNIT_ROOMS)) $(addprefix $(B)/tests/wrap-,$(WRAP_TESTS))
.PHONY: tests
tests: $(TESTS) $(B)/tests/sim $(LAB)

.PHONY: sim
sim: $(B)/tests/sim
	$(B)/tests/sim $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS))

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
