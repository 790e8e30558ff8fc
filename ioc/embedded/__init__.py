"""What a machine without services needs: a broker in one binary, a province to look at."""
