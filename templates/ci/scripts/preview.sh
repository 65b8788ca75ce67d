#!/usr/bin/env bash
# preview.sh STACK: previews a stack and leaves review/preview.json. Exit code 1 if the preview failed; what it means is
# for review.sh to say. Runs the program at hand, changes nothing, and sends no request to any server.
set -euo pipefail
stack=$1
export PATH="$PWD/.venv/bin:$PATH"
mkdir -p review
# `pulumi` says itself what went wrong; a preview that failed is reviewed as such.
pulumi preview --stack "$stack" --non-interactive --json --show-sames >review/preview.json
