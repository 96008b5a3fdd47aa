"""Where a command is to write, tried before the work for it is done."""

from pathlib import Path

from services.matcher.commands.ending import Ending, Refused
from services.matcher.files import unwritable


def check_place(path: Path | str) -> None:
    """Refuse where no file can be put there."""
    if why := unwritable(path):
        raise Refused(f"{path} cannot be written: {why}", Ending.BAD_FILE)


def check_folder(path: Path | str) -> None:
    """Refuse where no files can be put into this folder."""
    if why := unwritable(Path(path) / "a file"):
        raise Refused(f"nothing can be put into {path}: {why}", Ending.BAD_FILE)


def make_folder(path: Path | str) -> None:
    """Make the folder, unless it is there. Refuse where that cannot be, or where no files can be put into it."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise Refused(f"the folder {path} cannot be made: {wrong.strerror}", Ending.BAD_FILE) from wrong
    check_folder(path)
