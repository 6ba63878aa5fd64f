"""What can be wrong with a folder of pictures, in words."""

from __future__ import annotations

from pathlib import Path

from hakseup.errors import DataError
from hakseup.sources.classes import listed
from hakseup.sources.found import Part
from hakseup.words import Words

# What files with pictures are called; others are known by their first bytes.
PICTURES = frozenset(
    f".{suffix}"
    for suffix in (
        "png",
        "apng",
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "webp",
        "bmp",
        "dib",
        "tif",
        "tiff",
        "gif",
        "pgm",
        "ppm",
    )
)


def part_among_classes(root: Path, parts: list[Path], others: list[Path]) -> DataError:
    """A folder named like a part stands among class folders."""
    names, beside = listed([p.name for p in parts]), listed([o.name for o in others])
    return DataError(
        "part-among-classes",
        Words(
            f"In {root}, '{names.en}' stands beside '{beside.en}': is it a class or a part of the data?",
            f"{root}에 '{names.ko}' 폴더가 '{beside.ko}' 폴더와 나란히 있습니다. 클래스인지 데이터의 한 부분인지 알 수 "
            "없습니다.",
        ),
        Words(
            "A class: rename the folder. A part: put the class folders into train/ and test/.",
            "클래스라면 폴더 이름을 바꾸세요. 부분이라면 클래스 폴더를 train/과 test/ 안에 넣으세요.",
        ),
    )


def no_class_folders(folder: Path, files: list[Path], part: Part | None) -> DataError:
    """No folders where class folders were expected; `files` lie there, `part` is what the folder's name means."""
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    if pictures:
        hint = Words(
            "Put the pictures of each class into a folder named after it, or give a CSV list with the columns "
            "path and label.",
            "클래스마다 그 이름의 폴더를 만들어 그림을 나누어 넣거나, path와 label 열이 있는 CSV 목록을 주세요.",
        )
        if part in ("validation", "test"):
            hint = Words(
                "Sort its pictures into class folders, or give the folder with the training pictures alone: a test "
                "part is then set aside from it.",
                "그림을 클래스 폴더로 나누거나, 학습 그림이 든 폴더만 주세요. 그러면 거기서 테스트 부분을 떼어 놓습니다.",
            )
        return DataError(
            "no-class-folders",
            Words(
                f"{folder} holds pictures ({len(pictures):,}) but no class folders, so nothing says what they show.",
                f"{folder}에 그림 {len(pictures):,}장이 있지만 클래스 폴더가 없어 무엇의 그림인지 알 수 없습니다.",
            ),
            hint,
        )
    usable = [path.name for path in files if path.suffix.lower() in (".npz", ".csv", ".tsv", ".parquet")]
    nearby = None
    if usable:
        nearby = Words(f"Did you mean {folder / usable[0]}?", f"{folder / usable[0]} 파일을 뜻하셨나요?")
    if files:
        return DataError(
            "no-pictures",
            Words(f"{folder} holds no pictures.", f"{folder}에 그림이 없습니다."),
            nearby,
        )
    return DataError(
        "empty-folder", Words(f"The folder {folder} is empty.", f"{folder} 폴더가 비어 있습니다."), nearby
    )


def stranger(key: str, part: Path, known: list[str]) -> DataError:
    """A class outside train/ that train/ does not have."""
    names = listed(known)
    return DataError(
        "unknown-class-folder",
        Words(
            f"{part} holds the class '{key}', which train/ does not have. Classes of train/: {names.en}.",
            f"{part}에 있는 클래스 '{key}'이(가) train/에는 없습니다. train/의 클래스: {names.ko}.",
        ),
        Words(
            "Rename the folder, or add training pictures of this class.",
            "폴더 이름을 고치거나 이 클래스의 학습 그림을 더하세요.",
        ),
    )


def empty_part(folder: Path) -> DataError:
    """A part without pictures."""
    return DataError(
        "empty-part",
        Words(f"{folder} holds no pictures.", f"{folder}에 그림이 없습니다."),
        Words(
            "Add pictures, or remove the folder: without a test part one is set aside from the training pictures.",
            "그림을 넣거나 폴더를 지우세요. 테스트 부분이 없으면 학습 그림에서 떼어 놓습니다.",
        ),
    )


def empty_class(folder: Path, others: int) -> DataError:
    """A class without pictures; `others` files were refused in it."""
    other_en = f" (other files: {others})" if others else ""
    other_ko = f"(다른 파일 {others}개)" if others else ""
    return DataError(
        "empty-class",
        Words(
            f"The class folder {folder} holds no pictures{other_en}.",
            f"클래스 폴더 {folder}에 그림이 없습니다{other_ko}.",
        ),
        Words(
            "Add pictures, remove the folder, or choose the other classes with --classes.",
            "그림을 넣거나 폴더를 지우거나 --classes로 다른 클래스만 고르세요.",
        ),
    )
