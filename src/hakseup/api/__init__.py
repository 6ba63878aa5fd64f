"""The whole way, stage by stage: the only place that strings the rooms together.

Every function here is one command of the command line, with the same name and the same words.
"""

from hakseup.api.crossval import crossval
from hakseup.api.ready import augmented, demo, load_recipe, look, pixels, tutorial
from hakseup.api.results import compare, draw, evaluate, predict, report, runs
from hakseup.api.resuming import resume
from hakseup.api.run import Run, open_run
from hakseup.api.training import Stopped, train

__all__ = [
    "Run",
    "Stopped",
    "augmented",
    "compare",
    "crossval",
    "demo",
    "draw",
    "evaluate",
    "load_recipe",
    "look",
    "open_run",
    "pixels",
    "predict",
    "report",
    "resume",
    "runs",
    "train",
    "tutorial",
]
