"""What a convolution does to one picture, to look at: kernels that slide, pooling, dropout, edges, and drawings of each.

    from hakseup import vision
    vision.convolve("five.png", "sobel_x")
    vision.draw_kernel("five.png", "0 0 -1; 0 1 0; 0 0 0").savefig("five-kernel.png")

Pictures are paths, bytes, PIL images or arrays (h, w), (h, w, 1) or (h, w, 3).
"""

from hakseup.vision.drawing import draw_dropout, draw_edges, draw_kernel, draw_pooling
from hakseup.vision.edges import canny, gaussian_blur
from hakseup.vision.kernels import KERNELS, kernel
from hakseup.vision.pictures import read
from hakseup.vision.pooling import average_pool, dropout, max_pool
from hakseup.vision.sliding import Step, convolve, padded, steps

__all__ = [
    "KERNELS",
    "Step",
    "average_pool",
    "canny",
    "convolve",
    "draw_dropout",
    "draw_edges",
    "draw_kernel",
    "draw_pooling",
    "dropout",
    "gaussian_blur",
    "kernel",
    "max_pool",
    "padded",
    "read",
    "steps",
]
