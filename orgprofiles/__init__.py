"""Who takes part: organisations, units, professionals, legal bases."""
