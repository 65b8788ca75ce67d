"""The policy pack of this repository: the rules are in veeam_pulumi/policy, what they mean in docs/policy.md."""

from pathlib import Path

from veeam_pulumi.policy.pack import serve

serve(Path(__file__).resolve().parent)
