"""Truth and probabilities in, numbers and intervals out."""
