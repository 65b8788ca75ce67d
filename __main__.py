"""The Pulumi program of this project: the quickstart stack."""

import stacks.quickstart  # noqa: F401
