# Set-up around plain cargo commands: everything below works without make once the set-up is done.
.PHONY: demo test test-kernels setup lint fmt fuzz bench-collector bench-enforcement bench-model bench-server eval soak lab

# From nothing to three verdicts on real containers; without root it replays a recording and says so.
demo: setup
	cargo build $(if $(shell command -v clang),--workspace,--workspace --exclude plumbline-collector)
	deploy/with-docker.sh cargo run --quiet -p plumbline-tests --bin demo -- $(DEMO)

# Every test; those that need root, BTF or Docker are shown as ignored or skipped where these are missing.
test: setup
	deploy/setup.sh runtimes kernels browser python sinks dashboards policies shells
	tests/python/setup.sh
	tests/grafana/setup.sh
	tests/axe/setup.sh
	tests/debian/setup.sh
	tests/kernels/setup.sh 5.15 6.1
	cargo build --workspace --all-targets
	deploy/with-docker.sh $(if $(shell command -v cargo-nextest),cargo nextest run --workspace,cargo test --workspace)

# What containers do on each kernel that is supported, every test of it, in virtual machines. Of `make test` it is
# a part, on two of them. Some hours.
test-kernels: setup
	deploy/setup.sh kernels
	tests/kernels/setup.sh 5.15 6.1 6.8 6.12
	cargo build --workspace --all-targets
	KERNEL_TESTS=all cargo test --workspace --no-fail-fast --test kernel --test enforcement -- on_linux

# What watching costs, beside auditd and bpftrace on the same machine; needs root, and a machine that is idle.
bench-collector: setup
	deploy/setup.sh bench
	cargo build --release -p plumbline-collector -p plumbline-server -p plumbline-tests --bin plumbline-collector --bin plumbline-server --bin bench-collector
	deploy/with-docker.sh target/release/bench-collector $(BENCH)

# How soon what breaks a policy is dead, and whether it ran an instruction of its own; needs root.
bench-enforcement: setup
	cargo build --release -p plumbline-collector -p plumbline-server -p plumbline -p plumbline-tests --bin plumbline-collector --bin plumbline-server --bin plumbline --bin bench-enforcement
	deploy/with-docker.sh target/release/bench-enforcement $(BENCH)

# What judging costs, beside half-space trees and an isolation forest (from PyPI) on the same events.
bench-model:
	deploy/setup.sh python
	cargo build --release -p plumbline-tests --bin bench-model
	target/release/bench-model

# What serving costs, beside a null sink that receives the same streams; needs a machine that is idle.
bench-server:
	cargo build --release -p plumbline-server -p plumbline-tests --bin plumbline-server --bin bench-server
	target/release/bench-server $(BENCH)

# What the model says of the recordings in tests/lab/corpus, beside other detectors; writes tests/lab/RESULTS.md.
eval:
	deploy/setup.sh python
	cargo build --release -p plumbline-tests --bin eval
	target/release/eval $(EVAL)

# The collector: ten minutes of storms and short-lived containers, nothing lost, memory flat; then 500 containers, below
# 64 MiB. The server: 15 minutes of a fleet at work, memory flat.
soak: setup
	cargo build --release -p plumbline-collector -p plumbline-server -p plumbline-tests --bin plumbline-collector --bin plumbline-server --bin bench-collector --bin bench-server
	deploy/with-docker.sh sh -c 'target/release/bench-collector --soak 10 && target/release/bench-collector --crowd 500'
	target/release/bench-server --soak 15

# The corpus of recordings in tests/lab/corpus, made anew: images from Debian packages, then an hour and a half of
# containers at work and under attack; needs root.
lab: setup
	deploy/setup.sh lab
	cargo build --release -p plumbline-collector -p plumbline-tests --bin plumbline-collector --bin lab
	deploy/with-docker.sh sh -c 'target/release/lab build && target/release/lab record $(LAB)'

# Kernel records and DNS messages of any bytes, batches, stored values, documents to apply, and files that declare something or
# are documents, for so many seconds each. The stable compiler is told to take the flags that cargo-fuzz gives; what the
# targets depend on is built once for all of them, in the versions of the workspace.
FUZZ ?= 60
RUN_FUZZ = RUSTC_BOOTSTRAP=1 cargo fuzz run --target-dir $(CURDIR)/target/fuzz
fuzz:
	command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
	cd collector && $(RUN_FUZZ) kernel -- -max_total_time=$(FUZZ) -max_len=4096
	cd server && for target in batch value document; do \
		mkdir -p fuzz/corpus/$$target && \
		$(RUN_FUZZ) $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(FUZZ) -max_len=16384 -rss_limit_mb=2048 || exit 1; \
	done
	cd cli && mkdir -p fuzz/corpus/file && \
		$(RUN_FUZZ) file fuzz/corpus/file tests/golden tests/fixtures -- \
			-max_total_time=$(FUZZ) -max_len=16384 -rss_limit_mb=2048

setup:
	deploy/setup.sh build containers

# What CI checks beside the tests.
lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	deploy/deny.sh

fmt:
	cargo fmt
