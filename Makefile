# One block a folder says what it may include and what it may link: see docs/architecture.md.
#
#	make                  the module, the worker, the store's program, ssoctl
#	make install          DESTDIR= prefix=/usr
#	make check            the tests that need neither root nor network (./tests/run does all of them)
#	make bench            the figures of the README
#	make fuzz SECONDS=60  each fuzzer for so long
#	make deb              the Debian package, in the build folder
#	SANITIZE=1            address and undefined behaviour sanitizers, in a build folder of its own
#	FUZZ=1                the same with clang, and with what libFuzzer needs to see
#	COVERAGE=DIR          clang, and every program counts into files of that folder what it runs
#	WERROR=1              warnings are errors

prefix     ?= /usr
libexecdir ?= $(prefix)/libexec
bindir     ?= $(prefix)/bin
mandir     ?= $(prefix)/share/man
docdir     ?= $(prefix)/share/doc/pam_sso
pamdir     ?= $(prefix)/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/security
workerdir  := $(libexecdir)/pam_sso

VERSION := 0.1.0
CC      ?= cc
B       ?= build$(if $(FUZZ),/fuzz,$(if $(SANITIZE),/sanitize))
ifdef FUZZ
CC       := clang
SANITIZE := 1
endif
# The counters are the file, mapped when the program starts: so they outlast its limits, its sandbox, _exit() and
# a signal, and the program knows nothing of them.
ifdef COVERAGE
CC       := clang
COUNTING := -fprofile-instr-generate=$(COVERAGE)/%m%c.profraw -fcoverage-mapping -mllvm -runtime-counter-relocation \
	-Wno-unused-command-line-argument
endif

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wwrite-strings -Wpointer-arith -Wundef -Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARDEN  := -fstack-protector-strong -fstack-clash-protection -fPIC \
	$(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
comma   := ,
SAN     := $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(FUZZ),-fsanitize=fuzzer-no-link)
# A program's own functions stand before those of its libraries: ours named as one of theirs (jansson, which
# libjwt calls, has a json_string too) would be called in its place.
HIDDEN  := -fvisibility=hidden
CPPFLAGS += -D_GNU_SOURCE -DPAM_SSO_VERSION='"$(VERSION)"' -DPAM_SSO_WORKER='"$(workerdir)/sso-worker"' \
	-DPAM_SSO_STORE='"$(workerdir)/sso-store"'
COMPILE  = $(CC) -std=gnu11 $(CPPFLAGS) $(WARN) $(HARDEN) $(CFLAGS) $(SAN) $(COUNTING) -MMD -MP
LINK     = $(CC) $(CFLAGS) $(SAN) $(COUNTING) -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS)
STRICT  := $(if $(SANITIZE),,-Wl$(comma)--no-undefined)

# folder     may include (its own -iquote list)            may link
I_base    := pam_sso/base
I_config  := pam_sso/config $(I_base)
I_account := pam_sso/account $(I_config)
I_session := pam_sso/session $(I_account)
I_limits  := pam_sso/limits $(I_session)
L_common  := -linih
I_oidc    := pam_sso/oidc $(I_base)
L_oidc    := -lcjson -ljwt -lcrypto
I_sandbox := pam_sso/sandbox $(I_base)
L_sandbox := -lseccomp
I_worker  := pam_sso/worker $(I_oidc) pam_sso/sandbox
L_worker  := -lcurl -lqrencode $(L_oidc) $(L_sandbox) $(L_common)
I_store   := pam_sso/store pam_sso/sandbox $(I_base)
L_store   := -lhiredis -lssl -lcrypto $(L_sandbox) $(L_common)
I_stats   := pam_sso/stats $(I_session)
I_module  := pam_sso/module pam_sso/stats $(I_limits)
# inih goes into the module: finding and mapping it cost a host more than loading all the rest. A packager
# whose distribution has no archive says INIH=-linih.
INIH      ?= -l:libinih.a
L_module  := -lpam $(INIH)
I_tools   := tools $(I_stats)
I_check   := tools/check $(I_tools)
L_tools   := $(L_common)

objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
COMMON  := $(foreach folder,base config account session limits stats,$(call objects,pam_sso/$(folder))) \
	$(B)/po/messages.o
OIDC    := $(call objects,pam_sso/oidc)
SANDBOX := $(call objects,pam_sso/sandbox)
WORKER  := $(call objects,pam_sso/worker)
STORE   := $(call objects,pam_sso/store)
MODULE  := $(call objects,pam_sso/module)
TOOLS   := $(call objects,tools) $(call objects,tools/check)

.PHONY: all check bench fuzz fuzzers install uninstall deb clean
all: $(B)/pam_sso.so $(B)/sso-worker $(B)/sso-store $(B)/ssoctl

# The module alone exports something, by its version script.
define folder
$(B)/$(1)/%.o: $(1)/%.c
	@mkdir -p $$(@D)
	$$(COMPILE) $$(if $$(filter module,$(2)),,$$(HIDDEN)) $$(addprefix -iquote ,$$(I_$(2))) -c -o $$@ $$<
endef
$(foreach name,base config account session limits stats oidc sandbox worker store module, \
	$(eval $(call folder,pam_sso/$(name),$(name))))
$(eval $(call folder,tools,tools))
$(eval $(call folder,tools/check,check))

# The catalogues of all languages, in one table.
$(B)/po/messages.c: po/to-c.awk $(wildcard po/*.po)
	@mkdir -p $(@D)
	LC_ALL=C awk -f $^ >$@.new
	@mv $@.new $@
$(B)/po/messages.o: $(B)/po/messages.c
	$(COMPILE) $(HIDDEN) -iquote pam_sso/base -c -o $@ $<

# Archives, so that a program takes from them only what it uses.
$(B)/common.a: $(COMMON)
	@rm -f $@; $(AR) rcs $@ $^
$(B)/oidc.a: $(OIDC)
	@rm -f $@; $(AR) rcs $@ $^
$(B)/sandbox.a: $(SANDBOX)
	@rm -f $@; $(AR) rcs $@ $^
$(B)/store.a: $(STORE)
	@rm -f $@; $(AR) rcs $@ $^
$(B)/tools.a: $(TOOLS)
	@rm -f $@; $(AR) rcs $@ $^

$(B)/pam_sso.so: $(MODULE) $(B)/common.a pam_sso/module/exports.map
	$(LINK) -shared $(STRICT) -Wl,--version-script=pam_sso/module/exports.map \
		-o $@ $(MODULE) $(B)/common.a $(L_module)
$(B)/sso-worker: $(WORKER) $(B)/oidc.a $(B)/sandbox.a $(B)/common.a
	$(LINK) -pie $(STRICT) -o $@ $(WORKER) $(B)/oidc.a $(B)/sandbox.a $(B)/common.a $(L_worker)
$(B)/sso-store: $(STORE) $(B)/sandbox.a $(B)/common.a
	$(LINK) -pie $(STRICT) -o $@ $(STORE) $(B)/sandbox.a $(B)/common.a $(L_store)
$(B)/ssoctl: $(TOOLS) $(B)/common.a
	$(LINK) -pie $(STRICT) -o $@ $(TOOLS) $(B)/common.a $(L_tools)

# A unit test is one program a file; it sees all that is pure or needs libc alone.
I_unit := tests/unit pam_sso/oidc pam_sso/store pam_sso/stats tools tools/check $(I_limits)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
$(B)/tests/unit/test_%: tests/unit/test_%.c $(B)/tools.a $(B)/oidc.a $(B)/store.a $(B)/common.a
	@mkdir -p $(@D)
	$(COMPILE) $(addprefix -iquote ,$(I_unit)) -o $@ $< \
		$(SAN) $(B)/tools.a $(B)/oidc.a $(B)/store.a $(B)/common.a -lcmocka $(L_oidc) $(L_common)

# A pam test is one program a file, and a host: it loads the real module through libpam, with a worker
# that plays transcripts. Its own getpwnam_r() and syslog() are the machine's for the module, which
# _FORTIFY_SOURCE would turn into macros.
$(B)/module.a: $(MODULE)
	@rm -f $@; $(AR) rcs $@ $^
PAM_TESTS := $(patsubst tests/pam/%.c,$(B)/tests/pam/%,$(wildcard tests/pam/test_*.c))
$(B)/tests/pam/fake_worker: tests/pam/fake_worker.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -g -o $@ $<
$(B)/tests/pam/stage.o: tests/pam/stage.c
	@mkdir -p $(@D)
	$(COMPILE) -U_FORTIFY_SOURCE -c -o $@ $<
$(B)/tests/pam/test_%: tests/pam/test_%.c $(B)/tests/pam/stage.o $(B)/module.a $(B)/tools.a $(B)/common.a \
		$(B)/pam_sso.so $(B)/tests/pam/fake_worker
	@mkdir -p $(@D)
	$(COMPILE) -U_FORTIFY_SOURCE -iquote tests/pam $(addprefix -iquote ,$(I_module) tools/check) -rdynamic -o $@ $< \
		$(B)/tests/pam/stage.o $(B)/module.a $(B)/tools.a $(B)/common.a -lcmocka $(L_module)

# A libaudit that fails to order, found before the machine's by libpam, too.
AUDIT := $(B)/tests/pam/libaudit.so.1
$(AUDIT): tests/pam/fake_libaudit.c tests/pam/fake_libaudit.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -Wl,-soname,$(@F) -o $@ $<
$(B)/tests/pam/test_audit_fails: $(AUDIT)
$(B)/tests/pam/test_audit_fails: private L_module := -Wl,--no-as-needed $(AUDIT) -Wl,--as-needed \
	-Wl,-rpath,'$$ORIGIN' $(L_module)

# What the kernel's audit hears, under a kernel of its own.
$(B)/tests/audit/test_audit: tests/audit/test_audit.c $(B)/tests/pam/stage.o $(B)/module.a $(B)/common.a \
		$(B)/pam_sso.so $(B)/tests/pam/fake_worker
	@mkdir -p $(@D)
	$(COMPILE) -iquote tests/pam $(addprefix -iquote ,$(I_module)) -rdynamic -o $@ $< \
		$(B)/tests/pam/stage.o $(B)/module.a $(B)/common.a -lcmocka $(L_module)

# A host that signs in thousands of times, for tests/load.
$(B)/tests/load/logins: tests/load/logins.c $(B)/tests/pam/stage.o $(B)/pam_sso.so $(B)/tests/pam/fake_worker
	@mkdir -p $(@D)
	$(COMPILE) -iquote tests/pam -rdynamic -o $@ $< $(B)/tests/pam/stage.o -lcmocka -lpam

check: $(UNIT) $(PAM_TESTS)
	@for t in $(UNIT) $(PAM_TESTS); do $$t || exit 1; done
	tests/pam/linkage $(B)/pam_sso.so

# A fuzzer is one program a file. It plays inputs from files, as tests/run fuzz does and AFL++ does (CC=afl-clang-fast);
# with FUZZ=1 it is libFuzzer that makes them (clang, libclang-rt-dev).
$(B)/worker.a: $(WORKER)
	@rm -f $@; $(AR) rcs $@ $^
I_fuzz   := tests/fuzz $(I_unit) pam_sso/sandbox pam_sso/worker pam_sso/module
FUZZERS  := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_RUN := $(if $(FUZZ),-fsanitize=fuzzer,$(B)/tests/fuzz/replay.o)
FUZZ_LIB := $(addprefix $(B)/,worker.a module.a store.a sandbox.a oidc.a common.a)
SECONDS  ?= 60
$(B)/tests/fuzz/replay.o: tests/fuzz/replay.c
	@mkdir -p $(@D)
	$(COMPILE) -iquote tests/fuzz -c -o $@ $<
$(B)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_LIB) $(filter %.o,$(FUZZ_RUN))
	@mkdir -p $(@D)
	$(COMPILE) $(addprefix -iquote ,$(I_fuzz)) -o $@ $< $(FUZZ_RUN) \
		$(FUZZ_LIB) -Wl,--as-needed $(L_worker) $(L_store)
# Our verdicts, for test_beside_others.py.
$(B)/tests/fuzz/judge: tests/fuzz/judge.c $(B)/oidc.a $(B)/common.a
	@mkdir -p $(@D)
	$(COMPILE) $(addprefix -iquote ,$(I_fuzz)) -o $@ $< $(SAN) $(B)/oidc.a $(B)/common.a $(L_oidc)
fuzzers: $(FUZZERS)
fuzz:
	+$(MAKE) B=$(B)/fuzz FUZZ=1 fuzzers
	tests/fuzz/run $(B)/fuzz $(SECONDS)

# What the worker's sandbox refuses, tried from inside it.
$(B)/tests/worker/sandbox_probe: tests/worker/sandbox_probe.c \
		$(B)/sandbox.a $(B)/common.a
	@mkdir -p $(@D)
	$(COMPILE) $(addprefix -iquote ,$(I_sandbox)) -o $@ $^ $(L_sandbox)

# Preloaded into a program, it makes one call fail. The program's own functions are what it stands before.
$(B)/tests/faults/faults.so: tests/faults/faults.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -shared -o $@ $<

# The benchmark's page is replaced only by a whole one.
I_bench := pam_sso/oidc $(I_session)
BENCH := $(addprefix $(B)/tests/bench/,load login sessions verify)
$(B)/tests/bench/%: tests/bench/%.c $(B)/oidc.a $(B)/common.a
	@mkdir -p $(@D)
	$(COMPILE) $(addprefix -iquote ,$(I_bench)) -o $@ $< $(SAN) \
		$(B)/oidc.a $(B)/common.a -Wl,--as-needed -lpam $(L_oidc) $(L_common)
bench: all $(BENCH)
	tests/machine --net --need 'bench redis' tests/bench/run $(B) >$(B)/benchmarks.md
	mv $(B)/benchmarks.md docs/benchmarks.md

# The worker and the store's program cannot be read: so a process of their user, another worker say, never sees
# into them, not even before they have made themselves undumpable. Their user comes from sysusers.d, or from useradd,
# which is not a build's to run. Nothing goes to /etc: without an issuer there is no configuration, and whose file is
# whose is never a question. `ssoctl init` writes the first one; the documented one stands in the examples.
INSTALL    ?= install -D -m 0644
sysusers   ?= $(prefix)/lib/sysusers.d
tmpfiles   ?= $(prefix)/lib/tmpfiles.d
units      ?= $(prefix)/lib/systemd/system
pamconfigs ?= $(prefix)/share/pam-configs
examples   := $(docdir)/examples
completions ?= $(prefix)/share/bash-completion/completions
www        ?= $(prefix)/share/pam_sso/www
MANUAL     := pam_sso.8 pam_sso.conf.5 ssoctl.1
UNITS      := pam_sso-refresh.service pam_sso-refresh.timer pam_sso-stats.service \
	pam_sso-stats.timer pam_sso-watch.service

install: all
	$(INSTALL) $(B)/pam_sso.so $(DESTDIR)$(pamdir)/pam_sso.so
	$(INSTALL) -m 0711 $(B)/sso-worker $(DESTDIR)$(workerdir)/sso-worker
	$(INSTALL) -m 0711 $(B)/sso-store $(DESTDIR)$(workerdir)/sso-store
	$(INSTALL) -m 0755 $(B)/ssoctl $(DESTDIR)$(bindir)/ssoctl
	for unit in $(UNITS); do \
		sed 's|/usr/bin/|$(bindir)/|' conf/systemd/$$unit | \
			$(INSTALL) /dev/stdin $(DESTDIR)$(units)/$$unit || exit 1; \
	done
	$(INSTALL) conf/sysusers.d/pam_sso.conf $(DESTDIR)$(sysusers)/pam_sso.conf
	$(INSTALL) conf/tmpfiles.d/pam_sso.conf $(DESTDIR)$(tmpfiles)/pam_sso.conf
	$(INSTALL) conf/pam-configs/pam_sso $(DESTDIR)$(pamconfigs)/pam_sso
	$(INSTALL) conf/bash-completion/ssoctl $(DESTDIR)$(completions)/ssoctl
	$(INSTALL) conf/www/callback.html $(DESTDIR)$(www)/callback.html
	for page in $(MANUAL); do \
		$(INSTALL) docs/man/$$page $(DESTDIR)$(mandir)/man$${page##*.}/$$page || exit 1; \
	done
	$(INSTALL) -t $(DESTDIR)$(examples) conf/pam_sso.conf conf/pam_sso.map
	$(INSTALL) -t $(DESTDIR)$(examples)/pam.d conf/pam.d/*.example
	$(INSTALL) -t $(DESTDIR)$(examples)/sshd_config.d conf/sshd_config.d/pam_sso.conf

uninstall:
	rm -f $(DESTDIR)$(pamdir)/pam_sso.so $(DESTDIR)$(bindir)/ssoctl $(DESTDIR)$(completions)/ssoctl
	rm -f $(foreach page,$(MANUAL),$(DESTDIR)$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(page))
	rm -f $(DESTDIR)$(sysusers)/pam_sso.conf $(DESTDIR)$(tmpfiles)/pam_sso.conf $(DESTDIR)$(pamconfigs)/pam_sso
	rm -f $(addprefix $(DESTDIR)$(units)/,$(UNITS))
	rm -f $(DESTDIR)$(www)/callback.html
	rmdir --ignore-fail-on-non-empty $(DESTDIR)$(www) $(dir $(DESTDIR)$(www)) 2>/dev/null || true
	rm -rf $(DESTDIR)$(workerdir) $(DESTDIR)$(docdir)

# Built in a copy, so that nothing but the package is left here. Its tests are `make check`.
deb: export DEB_BUILD_OPTIONS ?= nocheck noautodbgsym
deb: export DEB_BUILD_PROFILES ?= nocheck
deb:
	@mkdir -p $(B)
	copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && mkdir "$$copy/pam-sso" && \
		tar -c --exclude-vcs --exclude=./build --exclude=node_modules --exclude=__pycache__ . | \
			tar -x -C "$$copy/pam-sso" && \
		(cd "$$copy/pam-sso" && env -u MAKEFLAGS -u MAKELEVEL -u B dpkg-buildpackage -b -us -uc) && \
		mv "$$copy"/*.deb $(B)/

clean:
	rm -rf build

-include $(shell find $(B)/pam_sso $(B)/tools $(B)/tests -name '*.d' 2>/dev/null)
