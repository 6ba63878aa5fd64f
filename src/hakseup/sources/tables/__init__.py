"""Tables: from a file, a known name or a frame to typed columns."""
