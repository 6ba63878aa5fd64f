"""Pictures: decoding, the split, sealed labels, preparation, batches, and what `look` finds in them."""
