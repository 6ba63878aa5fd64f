"""Networks for tables: many small networks side by side, and the default network of a table."""
