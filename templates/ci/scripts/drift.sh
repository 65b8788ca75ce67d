#!/usr/bin/env bash
# drift.sh STACK: looks whether the servers are what the program says. Leaves review/comment.md, and in review/outcome
# `clean` or `drift`. Exit code 1 if the look itself failed, so that nobody takes that for the one or the other.
set -euo pipefail
stack=$1
export PATH="$PWD/.venv/bin:$PATH"
mkdir -p review
rm -f review/outcome
status=0
pulumi preview --stack "$stack" --non-interactive --refresh --run-program --expect-no-changes --json --show-sames \
    >review/preview.json || status=$?
verdict=0
veeam-pulumi review review/preview.json --fail-on drift --out review/comment.md || verdict=$?

case "$status-$verdict" in
0-0) echo clean >review/outcome ;;
7-* | 0-1) echo drift >review/outcome ;; # 7: there are changes, though none were expected
*)
    echo "error: the drift check of stack $stack failed (pulumi preview: exit code $status)" >&2
    exit 1
    ;;
esac
echo "stack $stack: $(cat review/outcome)"
