"""What the server answers: each module takes a request apart, calls one function and hands the answer on."""
