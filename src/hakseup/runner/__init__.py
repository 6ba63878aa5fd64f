"""Tutorial code as it was written: read a document, run its blocks in a process of their own, tell what came out.

`documents` reads, `kernel` runs, `inside` is what the running process loads first, `figures` and `lessons` look at
what came out and at the code, `fix` writes the document for today's libraries, `run` strings them together. Nothing
here is loaded before it is used: the running process imports this package too.
"""
