"""What the scaling policy does on traces of load, beside policies that are naive."""
