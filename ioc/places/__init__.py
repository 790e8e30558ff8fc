"""Where things are: communes, boundaries, distance."""
