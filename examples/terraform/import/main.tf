# Users that somebody made in a console come under Terraform as they are: nothing is sent to a server.
#
#   terraform plan -generate-config-out=generated.tf     writes the resource block of john
#   terraform apply                                      takes both over
#
# What is imported is deleted by a destroy, like anything else: prevent_destroy makes that an error. Add it to the block
# that is written, too.
#
# Once they are in the state, the import blocks and the data source may go. The servers are named by the environment.

terraform {
  required_version = ">= 1.11"
  required_providers {
    veeam = {
      source  = "veeam-pulumi/veeam"
      version = ">= 0.1.0"
    }
  }
}

data "veeam_vbr_users" "all" {}

locals {
  ids = { for user in data.veeam_vbr_users.all.users : user.name => user.id }
}

# There is no block for him yet: the plan writes one.
import {
  to = veeam_vbr_user.john
  id = local.ids["TECH\\john"]
}

import {
  to = veeam_vbr_user.mary
  id = local.ids["TECH\\mary"]
}

resource "veeam_vbr_user" "mary" {
  name  = "TECH\\mary"
  roles = ["Veeam Restore Operator"]

  lifecycle {
    prevent_destroy = true
  }
}

# An earlier form of this file called her `restorer`. Who has applied that keeps her, under the new name.
moved {
  from = veeam_vbr_user.restorer
  to   = veeam_vbr_user.mary
}
