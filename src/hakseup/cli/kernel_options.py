"""What `look` takes when it slides a kernel over one picture."""

from __future__ import annotations

from hakseup.cli.options import Option
from hakseup.words import Words

KERNEL: tuple[Option, ...] = (
    Option(
        "kernel",
        "--kernel",
        "ROWS|NAME",
        Words(
            'slide a kernel over one picture: "0 0 -1; 0 1 0; 0 0 0", or sobel_x, sharpen, gaussian, …',
            '그림 한 장에 커널을 적용합니다. "0 0 -1; 0 1 0; 0 0 0" 또는 sobel_x, sharpen, gaussian 등',
        ),
    ),
    Option(
        "stride",
        "--stride",
        "N",
        Words("how far the kernel moves each time", "커널을 한 번에 옮기는 칸 수"),
    ),
    Option(
        "padding",
        "--padding",
        "valid|same|N",
        Words("zeros around the picture", "그림 둘레에 두르는 0"),
    ),
    Option(
        "transposed",
        "--transposed",
        "",
        Words(
            "lay the kernel's rows as columns, as loops over image[x][y] do",
            "image[x][y]로 도는 반복문처럼 커널의 줄을 열로 놓습니다",
        ),
    ),
    Option(
        "png",
        "--png",
        "FILE",
        Words(
            "where the kernel's picture goes; without it a new file in this folder",
            "커널 그림을 쓸 곳. 없으면 이 폴더의 새 파일",
        ),
    ),
)
