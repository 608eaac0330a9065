"""Makes up directories of any size, and what happens in them over time, always the same for the same seed."""
