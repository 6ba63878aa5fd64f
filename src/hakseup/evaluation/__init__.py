"""One way to predict; scores; the seal on the test part; comparisons; mistakes."""
