"""What people do with an alert, one idea per file; `act` is what all of them go through."""
