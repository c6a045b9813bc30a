"""Who is whose neighbour, and what neighbours share."""
