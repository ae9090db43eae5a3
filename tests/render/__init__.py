"""From an original and a spec to bytes."""
