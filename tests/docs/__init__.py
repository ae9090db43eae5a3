"""What is written agrees with what is."""
