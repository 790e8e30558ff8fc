"""What must be so: one module per family of conditions, each reading an event or the clock for one memory."""
