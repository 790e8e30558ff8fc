"""The pages officers and operators look at."""
