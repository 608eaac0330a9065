"""Reads a directory from a folder, in whichever of the two formats the folder holds."""

from pathlib import Path

from simulator import graph_json, portal_csv
from simulator.directory import Directory, DirectoryError


def read_directory(folder: Path) -> Directory:
    """Return the directory in *folder*: Graph-shaped JSON if it has ``users*.json``, else the portal's CSV exports.

    Raises:
        DirectoryError: There is no such folder, it holds neither format, or a file cannot be understood.
    """
    if not folder.is_dir():
        raise DirectoryError(f"{folder}: no such folder")
    if any(folder.glob("users*.json")):
        return graph_json.read(folder)
    if any(folder.rglob("*.csv")):
        return portal_csv.read(folder)
    raise DirectoryError(f"{folder}: holds neither users.json (Graph) nor CSV files (portal export)")
