"""The Terraform head: a provider of plugin protocol 6 over the same resources as the Pulumi head.

Needs the extra `veeam-pulumi[terraform]`. `plugin.py` is the process, `grpc.py` and `messages.py` how it is called,
`provider.py` its calls, `managed.py` a resource in Terraform's terms, `schema.py` what Terraform has to know of it,
`values.py` how values travel.
"""
