"""Reads a directory from a folder, in whichever of the two formats the folder holds."""

from pathlib import Path
from typing import Protocol

from simulator import portal_csv
from simulator.directory import Directory, DirectoryError
from simulator.graph_json import GraphFolder


class Source(Protocol):
    """A directory as it was at first, and after each of its changes."""

    @property
    def number_of_deltas(self) -> int:
        """Return how many changes there are."""
        ...

    def at(self, deltas: int) -> Directory:
        """Return the directory after so many changes.

        Raises:
            DirectoryError: A file cannot be understood.
        """
        ...


class Snapshot:
    """A directory that is read anew each time, and of which nothing else is known."""

    number_of_deltas = 0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def at(self, deltas: int) -> Directory:  # noqa: ARG002  an export has none
        """Return the directory as the files have it now."""
        return portal_csv.read(self._folder)


def open_source(folder: Path) -> Source:
    """Return the source in *folder*: Graph-shaped JSON if it has ``users*.json``, else the portal's CSV exports.

    Raises:
        DirectoryError: There is no such folder, or it holds neither format.
    """
    if not folder.is_dir():
        raise DirectoryError(f"{folder}: no such folder")
    if any(folder.glob("users*.json")):
        return GraphFolder(folder)
    if any(folder.rglob("*.csv")):
        return Snapshot(folder)
    raise DirectoryError(f"{folder}: holds neither users.json (Graph) nor CSV files (portal export)")


def read_directory(folder: Path) -> Directory:
    """Return the directory in *folder* as it was at first.

    Raises:
        DirectoryError: There is no such folder, it holds neither format, or a file cannot be understood.
    """
    return open_source(folder).at(0)
