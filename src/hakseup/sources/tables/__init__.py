"""Tables: what lies in a file or a frame, read into typed columns."""
