# Who can log in to a company's backups: an operator of the AWS appliance, two people and a service account of the
# backup server, that server in Enterprise Manager, and a company's administrator on the Service Provider Console. What
# differs between environments is in variables.tf.

terraform {
  required_version = ">= 1.11" # the first with write-only arguments
  required_providers {
    veeam = {
      source  = "veeam-pulumi/veeam"
      version = ">= 0.1.0"
    }
  }
}

# The passwords of the logins stay out of the configuration: VEEAM_AWS_PASSWORD, VEEAM_EM_PASSWORD and so on.
provider "veeam" {
  connections = var.connections
}

# Backup for AWS keeps accounts of its own. The password is write-only: Terraform hands it on and keeps it nowhere.
# Raise the version, and the next apply sends it again; this server wants to know the one before.
resource "veeam_aws_user" "operator" {
  name                = "operator"
  description         = "Dept-02"
  password_wo         = var.passwords.operator
  password_wo_version = var.password_version
  current_password_wo = var.old_operator_password
}

# Backup & Replication gives roles to accounts that exist in Windows or Active Directory.
resource "veeam_vbr_user" "john" {
  name  = "TECH\\john"
  roles = var.johns_roles
}

resource "veeam_vbr_user" "mary" {
  name  = "TECH\\mary"
  roles = ["Veeam Restore Operator", "Veeam Tape Operator"]
}

resource "veeam_vbr_user" "reports" {
  name               = "TECH\\svc-reports"
  roles              = ["Veeam Backup Viewer"]
  is_service_account = true
}

# Enterprise Manager collects data from backup servers, with an account that it is given here.
resource "veeam_em_backup_server" "vbr01" {
  description            = "Columbus"
  dns_name_or_ip_address = "172.17.53.48"
  port                   = 9392
  username               = "172.17.53.48\\Administrator"
  password_wo            = var.passwords.vbr01
  password_wo_version    = var.password_version
  wcf_port               = 9405
}

# Service Provider Console keeps the accounts of the companies that it serves.
resource "veeam_vspc_user" "smith" {
  organization_uid    = var.company_uid
  user_name           = "s.smith"
  password_wo         = var.passwords.smith
  password_wo_version = var.password_version
  role                = "CompanyAdministrator"
  profile = {
    first_name = "Stan"
    last_name  = "Smith"
    title      = "Mr"
    email      = "s.smith@alpha.com"
  }
}

output "operator" {
  value = veeam_aws_user.operator.id
}

output "people" {
  value = { john = veeam_vbr_user.john.id, mary = veeam_vbr_user.mary.id }
}

output "vbr01" {
  value = veeam_em_backup_server.vbr01.id
}

output "smith" {
  value = veeam_vspc_user.smith.id
}
