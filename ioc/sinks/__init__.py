"""Doors to where results go: history, webhooks."""
