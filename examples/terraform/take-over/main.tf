# Everything that is on the servers comes under Terraform 1.14 or later, and nothing is sent to a server. Import blocks
# and resource blocks are written by `terraform query`; see estate.tfquery.hcl. The servers are named by the environment.
#
#   terraform query -generate-config-out=estate.tf     writes a block for each object
#   terraform plan                                     only imports
#   terraform apply                                    takes them over; then delete the import blocks
#
# Before the first `terraform destroy`, or before a block leaves the configuration: what was imported is deleted like
# anything else. The provider keeps it as long as protect_imported says so. Terraform writes estate.tf itself, and without
# any `lifecycle`: where a destroy is to be an error, put this line before the closing brace of the block:
#
#   lifecycle { prevent_destroy = true }

terraform {
  required_version = ">= 1.14"
  required_providers {
    veeam = {
      source  = "veeam-pulumi/veeam"
      version = ">= 0.1.0"
    }
  }
}

provider "veeam" {
  protect_imported = true
}
