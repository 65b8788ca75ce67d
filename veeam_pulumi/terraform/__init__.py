"""The Terraform head: a provider of plugin protocol 6 over the same resources as the Pulumi head.

Needs the extra `veeam-pulumi[terraform]`. `plugin.py` is the process, `provider.py` its calls, `managed.py` a resource
in Terraform's terms, `schema.py` what Terraform has to know of it, `values.py` and `messages.py` what travels.
"""
