"""How the code deals with secrets: compared in constant time, made by the operating system, never written out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_DEPLOYED = ("domain", "routes", "storage", "outbound", "scim")
_SECRET = ("secret", "signature", "password", "hmac", "api_key", "operator_key", "seal", "bearer")


def _words(node: ast.AST) -> str:
    """The names in an expression, without what its texts say."""
    names = [each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    names += [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    return " ".join(names).lower()


def careless_comparisons(source: str) -> Iterator[int]:
    """The lines on which a secret is compared so that the time tells how much of it is right."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops):
            continue
        sides = [_words(each) for each in (node.left, *node.comparators)]
        if any(word in side for word in _SECRET for side in sides):
            yield node.lineno


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("if shown.secret == token.secret_hash: pass", [1]),
        ("x = 1\nok = _hash(secret) != kept", [2]),
        ("ok = signature_of(body) == given", [1]),
        ("ok = shown == services.operator_key", [1]),
        ("ok = hmac.compare_digest(a.secret, b.secret)", []),
        ("ok = name == 'password'", []),
        ("ok = secret is None", []),
    ],
)
def test_careless_comparisons_are_found(source: str, lines: list[int]) -> None:
    """A secret with ``==`` is; words in texts, and ``is None``, are not."""
    assert list(careless_comparisons(source)) == lines


@pytest.mark.parametrize("package", _DEPLOYED)
def test_secrets_are_compared_in_constant_time(package: str) -> None:
    """Nowhere in what is deployed with ``==``."""
    files = sorted((_ROOT / package).glob("**/*.py"))
    assert [(file.name, line) for file in files for line in careless_comparisons(file.read_text("utf-8"))] == []
