"""Veeam Service Provider Console."""
