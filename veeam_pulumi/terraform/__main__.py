"""`python -m veeam_pulumi.terraform`: what `terraform-provider-veeam` runs."""

from .plugin import main

main()
