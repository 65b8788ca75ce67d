# Who can log in to a company's backups, and what they can do there: an object of most kinds, on all six products. What
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

# The appliance for Azure keeps accounts too, with a role each.
resource "veeam_azure_user" "kate" {
  name                = "kate"
  role                = "RestoreOperator"
  password_wo         = var.passwords.kate
  password_wo_version = var.password_version
}

# Backup for Microsoft 365: who can restore whose mailboxes and files.
resource "veeam_m365_restore_role" "desk" {
  organization   = "contoso.onmicrosoft.com"
  name           = "Service desk"
  role_type      = "EntireOrganization"
  operators      = [{ group = "desk@contoso.example" }]
  excluded_items = [{ user = "sales@contoso.example" }]
}

# Backup & Replication gives roles to accounts that exist in Windows or Active Directory: its own, and from 13.1 on
# roles that are made here. This one restores files to where they were, and nothing else.
resource "veeam_vbr_role" "files" {
  name             = "Restore files"
  manage_backups   = false
  manage_restores  = true
  inventory_scope  = { entire_inventory = true }
  repository_scope = { all_repositories = true }
  restore_permissions_scope = {
    restore_backup_scope = { entire_backup_scope = true }
    restore_options      = { all_options = false, restore_options = ["FileLevelRestore"] }
  }
  restore_target_scope = {
    entire_backup_scope = false
    restore_targets     = { original_location = true }
  }
}

resource "veeam_vbr_user" "john" {
  name  = "TECH\\john"
  roles = var.johns_roles
}

resource "veeam_vbr_user" "mary" {
  name  = "TECH\\mary"
  roles = [veeam_vbr_role.files.id]
}

resource "veeam_vbr_user" "reports" {
  name               = "TECH\\svc-reports"
  roles              = ["Veeam Backup Viewer"]
  is_service_account = true
}

# Enterprise Manager collects data from backup servers, with an account that it is given here. Who can log in to it
# reaches all of them.
resource "veeam_em_backup_server" "vbr01" {
  description            = "Columbus"
  dns_name_or_ip_address = "172.17.53.48"
  port                   = 9392
  username               = "172.17.53.48\\Administrator"
  password_wo            = var.passwords.vbr01
  password_wo_version    = var.password_version
  wcf_port               = 9405
}

resource "veeam_em_account" "ops" {
  name  = "TECH\\ops"
  type  = "Group"
  roles = ["Portal User"]
}

# Service Provider Console keeps the accounts of the companies that it serves, and keys for machines. Its own operators
# come from Windows, by rules.
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

resource "veeam_vspc_api_key" "invoices" {
  user                = veeam_vspc_user.smith.id
  description         = "invoices"
  is_read_access_only = true
}

resource "veeam_vspc_local_user_rule" "operators" {
  name         = "VSPC\\ops"
  type         = "group"
  role_type    = "portalOperator"
  sid          = "S-1-5-21-1004336348-1177238915-682003330-1001"
  company_uids = [var.company_uid]
}

output "operator" {
  value = veeam_aws_user.operator.id
}

output "kate" {
  value = veeam_azure_user.kate.id
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
