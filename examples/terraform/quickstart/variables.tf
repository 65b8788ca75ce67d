variable "connections" {
  description = "The servers. The defaults are the simulated ones of `make sim`; prod.tfvars has a form for your own."
  type = map(object({
    url      = string
    username = optional(string)
    tls      = optional(object({ ca_file = optional(string), thumbprint = optional(string) }))
  }))
  default = {
    aws = {
      url      = "https://127.0.0.1:9401"
      username = "Admin"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
    vbr = {
      url      = "https://127.0.0.1:9402"
      username = "LAB\\svc-backup"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
    em = {
      url      = "https://127.0.0.1:9403"
      username = "LAB\\svc-backup"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
    vspc = {
      url      = "https://127.0.0.1:9404"
      username = "VSPC\\svc-backup"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
    azure = {
      url      = "https://127.0.0.1:9405"
      username = "Admin"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
    m365 = {
      url      = "https://127.0.0.1:9406"
      username = "LAB\\svc-backup"
      tls      = { ca_file = "../../../build/simulator/ca.pem" }
    }
  }
}

variable "passwords" {
  description = "The passwords of the accounts that are managed here."
  type        = object({ operator = string, kate = string, vbr01 = string, smith = string })
  ephemeral   = true
  sensitive   = true
}

variable "password_version" {
  description = "Raise it after a change of `passwords`: that sends them."
  type        = number
  default     = 1
}

variable "old_operator_password" {
  description = "The operator's password up to now, to change it."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "johns_roles" {
  type    = set(string)
  default = ["Veeam Backup Operator"]
}

variable "company_uid" {
  type    = string
  default = "79817d6d-4b00-4e22-b673-8758f02fa0ef"
}
