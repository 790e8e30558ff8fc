"""Grafana walls as code: one module per wall, built to the JSON files beside them (`ioc dashboards build`)."""
