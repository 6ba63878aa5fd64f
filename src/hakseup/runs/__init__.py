"""The run folder, and what is remembered across runs."""
