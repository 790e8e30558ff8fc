"""The doors through which feeds arrive."""
