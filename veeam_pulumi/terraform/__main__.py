"""`python -m veeam_pulumi.terraform`: what `terraform-provider-veeam` runs."""

import gc

# Importing makes many objects that stay: looking for garbage among them every 700 is a sixth of a start.
gc.set_threshold(200_000, 50, 100)

from .plugin import main  # noqa: E402

main()
