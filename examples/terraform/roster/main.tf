# Fifty people on three products, from one file that anybody can read: people.yaml. The servers are named by the
# environment alone (VEEAM_VBR_URL, VEEAM_VBR_USERNAME, VEEAM_VBR_PASSWORD and so on).

terraform {
  required_version = ">= 1.11" # the first with write-only arguments
  required_providers {
    veeam = {
      source  = "veeam-pulumi/veeam"
      version = ">= 0.1.0"
    }
  }
}

variable "passwords" {
  description = "The first password of each account of `aws` and `vspc`, by name. Not kept anywhere."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

variable "company_uid" {
  description = "The company of the Service Provider Console."
  type        = string
  default     = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
}

locals {
  people = yamldecode(file("${path.module}/people.yaml"))
}

resource "veeam_vbr_user" "person" {
  for_each = local.people.vbr

  name  = each.key
  roles = each.value
}

resource "veeam_aws_user" "person" {
  for_each = local.people.aws

  name        = each.key
  description = each.value
  password_wo = var.passwords[each.key]
}

resource "veeam_vspc_user" "person" {
  for_each = local.people.vspc

  organization_uid = var.company_uid
  user_name        = each.key
  password_wo      = var.passwords[each.key]
  role             = each.value.role
  profile = {
    first_name = each.value.first_name
    last_name  = each.value.last_name
  }
}

output "accounts" {
  description = "How many there are on each product."
  value = {
    vbr  = length(veeam_vbr_user.person)
    aws  = length(veeam_aws_user.person)
    vspc = length(veeam_vspc_user.person)
  }
}
