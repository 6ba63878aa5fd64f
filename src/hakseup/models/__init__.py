"""Networks: a list of layers (`sequential`), ready ones (`catalog`), their pictures (`drawing`), what they must beat (`baselines`)."""
