"""The pure rule engine: events and ticks in, alert transitions out."""
