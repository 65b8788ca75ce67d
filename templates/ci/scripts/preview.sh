#!/usr/bin/env bash
# preview.sh STACK: previews a stack and leaves review/comment.md. Exit code 1 if the preview failed, the policy pack
# refused it, or one of the gates in FAIL_ON is violated. Changes nothing, and sends no request to any server.
set -euo pipefail
stack=$1
export PATH="$PWD/.venv/bin:$PATH"
mkdir -p review
failed=0

# For the job's log, and for the policies: what they say is not in the JSON.
pulumi preview --stack "$stack" --non-interactive --color never --diff \
    --policy-pack policy --policy-pack-config policy.json 2>&1 | tee review/preview.txt || failed=1

# `pulumi` says itself what went wrong; a preview that failed is reviewed as such.
pulumi preview --stack "$stack" --non-interactive --json --show-sames >review/preview.json || failed=1
veeam-pulumi review review/preview.json --fail-on "${FAIL_ON:-protected}" --out review/comment.md || failed=1

policies=$(sed -n '/^Policies:/,/^$/p' review/preview.txt | sed 's/~~~/~ ~/g')
if [ -n "$policies" ]; then
    printf '\n### Policies\n\n~~~\n%.4000s\n~~~\n' "$policies" >>review/comment.md
fi
exit "$failed"
