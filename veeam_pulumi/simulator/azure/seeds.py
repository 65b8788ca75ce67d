"""What an appliance is installed with."""

from __future__ import annotations

ADMIN, ADMIN_PASSWORD = "Admin", "Simulated-4zure-Appliance"
IDENTITY_PROVIDER = "https://idp.lab.local/entity"
# Accounts that other products made for themselves; their roles cannot be given.
OF_OTHER_PRODUCTS = (("vbr-integration", "IntegrationOperator"), ("updater", "VeeamUpdater"))
