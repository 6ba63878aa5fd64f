"""What the process that runs a document loads before the first block: old names, windows, shell lines.

Nothing of it reaches another process. Every module here loads only the standard library at first, because the
process may be another Python than ours (a comparison with Keras on TensorFlow).
"""
