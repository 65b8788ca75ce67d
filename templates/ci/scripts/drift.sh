#!/usr/bin/env bash
# drift.sh STACK: looks whether the servers are what the program says, and for accounts that nobody declared, which no
# program sees. Leaves review/comment.md, and in review/outcome `clean` or `drift`. Exit code 1 if the look itself failed,
# so that nobody takes that for the one or the other. Keeps a snapshot of every look in audit/STACK, and says what became
# of the accounts since the last one; the pipeline carries that folder from night to night.
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

audit=audit/$stack
snapshot=$audit/$(date -u +%Y-%m-%dT%H%M%S.%N).json
mkdir -p "$audit"
last=$(find "$audit" -name '*.json' | sort | tail -n 1)
strangers=0
veeam-pulumi who --stack "$stack" --unmanaged --fail-on ORP-1 --save "$snapshot" ${last:+--since "$last"} \
    >review/who.txt || strangers=$?
if [ "$strangers" -gt 1 ]; then
    rm -f "$snapshot" # half of a look: the next one is compared with the one before it
    cat review/who.txt >&2
    echo "error: not every server of stack $stack could be read" >&2
    exit 1
fi
# A name from a server may hold anything: without backticks it stays in its block.
block() { printf '\n### %s\n\n```\n' "$1"; tr '`' "'"; printf '```\n'; }
if [ "$strangers" = 1 ]; then
    block 'Accounts that nobody declared' <review/who.txt >>review/comment.md
elif grep -Eq '^[1-9][0-9]* changes? since the snapshot$' review/who.txt; then
    sed -En '/^[0-9]+ changes? since the snapshot$/,$p' review/who.txt | block 'Since the last look' >>review/comment.md
fi

case "$status-$verdict" in
0-0) if [ "$strangers" = 0 ]; then echo clean; else echo drift; fi >review/outcome ;;
7-* | 0-1) echo drift >review/outcome ;; # 7: there are changes, though none were expected
*)
    echo "error: the drift check of stack $stack failed (pulumi preview: exit code $status)" >&2
    exit 1
    ;;
esac
echo "stack $stack: $(cat review/outcome)"
