# Replace the servers with your own, then: terraform plan -var-file=prod.tfvars
connections = {
  aws = {
    url      = "https://backup-aws.example.com:11005"
    username = "svc-terraform"
  }
  azure = {
    url      = "https://backup-azure.example.com"
    username = "svc-terraform"
  }
  em = {
    url      = "https://em01.example.com:9398"
    username = "EXAMPLE\\svc-terraform"
  }
  m365 = {
    url      = "https://vb365.example.com:4443"
    username = "EXAMPLE\\svc-terraform"
  }
  vbr = {
    url      = "https://vbr01.example.com:9419"
    username = "EXAMPLE\\svc-terraform"
    # From the console (Help > About > certificate), or from the error of the first run.
    tls = { thumbprint = "0000000000000000000000000000000000000000" }
  }
  vspc = {
    url = "https://vspc.example.com:1280"
  }
}
johns_roles = ["Veeam Restore Operator"]
company_uid = "00000000-0000-0000-0000-000000000000"
