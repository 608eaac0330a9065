"""What is looked at before a command begins: tenant URL, token, and whether files can be written to their places."""

import os
import re
from pathlib import Path

import httpx
import typer

_TOKEN = re.compile(r"[!-~]+")


def scim_url(value: str) -> str:
    """Return a tenant URL as it was given, if requests can be sent there at all."""
    try:
        url = httpx.URL(value.strip())
    except httpx.InvalidURL as error:
        raise typer.BadParameter(f"{value!r} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise typer.BadParameter(f"{value!r} is no URL such as https://your.host/scim")
    return value.strip()


def secret(value: str) -> str:
    """Return a token without the blanks around it. What is wrong with one is told without showing it."""
    token = value.strip()
    if not token:
        raise typer.BadParameter("the token is empty")
    if token.lower().startswith("bearer "):
        raise typer.BadParameter("give the token without the word Bearer, which is added as Entra adds it")
    if not _TOKEN.fullmatch(token):
        raise typer.BadParameter("the token has characters that no header can carry: blanks, line breaks or accents")
    return token


def writable(path: Path | None) -> Path | None:
    """Return *path* if a file can be written there, so that no long run ends without its report."""
    if path is None:
        return None
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder")
    _require_folder(path.parent)
    return path


def writable_folder(path: Path) -> Path:
    """Return *path* if files can be written into a folder of that name."""
    _require_folder(path)
    return path


def _require_folder(path: Path) -> None:
    """Refuse a folder that is none, or in which nothing can be made; it need not be there yet."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    if not there.is_dir():
        raise typer.BadParameter(f"{there} is no folder")
    if not os.access(there, os.W_OK):
        raise typer.BadParameter(f"{there} cannot be written to")
