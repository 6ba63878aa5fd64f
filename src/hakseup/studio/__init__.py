"""The page's server: the same functions, run folders and reports as the command line, over HTTP on this machine.

Who owns what: `workspace` is the only place that turns a name from outside into a path; `guard` stands before every
request (token, Host, Origin, size, language); `galleries` changes data sets, `undo` takes it back; `jobs` starts
processes, `follow` tells what a training is doing; `models` keeps trained networks in memory; `routes/` reads a
request, calls one function and answers; `app` puts it together and `server` listens.
"""
