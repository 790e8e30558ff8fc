"""What people did with alerts: inbox, acceptance, outbox, in SQL."""
