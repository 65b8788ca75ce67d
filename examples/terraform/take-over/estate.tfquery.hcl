# One list for each type and connection. Without `limit` Terraform stops at 100 objects.

list "veeam_vbr_user" "vbr" {
  provider = veeam
  limit    = 1000
}

list "veeam_em_backup_server" "em" {
  provider = veeam
  limit    = 1000
}

list "veeam_aws_user" "aws" {
  provider = veeam
  limit    = 1000
}

# A filter names an argument of the resource type.
list "veeam_vspc_user" "administrators" {
  provider = veeam
  limit    = 1000

  config {
    role = "CompanyAdministrator"
  }
}
