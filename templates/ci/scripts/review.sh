#!/usr/bin/env bash
# review.sh STACK FOLDER: judges review/preview.json by the gates in FAIL_ON, and it and the files in FOLDER by the
# policies; both take approvals from policy.json. Leaves review/comment.md. Exit code 1 if anything is refused.
# Gates, policies and approvals are those at hand; of FOLDER, where the proposed files are, nothing is run.
set -euo pipefail
folder=$2
export PATH="$PWD/.venv/bin:$PATH"
mkdir -p review
touch review/preview.json
failed=0

veeam-pulumi review review/preview.json --config policy.json --fail-on "${FAIL_ON:-protected}" \
    --out review/comment.md || failed=1
veeam-pulumi policy "$folder" --resources review/preview.json --config policy.json >review/policies.txt 2>&1 || failed=1
cat review/policies.txt

if [ -s review/policies.txt ]; then
    # Cut by characters, not by bytes; the fence cannot be closed from within.
    python3 - review/policies.txt >>review/comment.md <<'PYTHON'
import pathlib, sys
said = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace").replace("~~~", "~ ~")
print(f"\n### Policies\n\n~~~\n{said[:4000].rstrip()}\n~~~")
PYTHON
fi
exit "$failed"
