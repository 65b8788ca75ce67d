"""Veeam Backup & Replication."""
