"""Cuts strings that are too long for the service."""

import hashlib


def utf8(text: str) -> bytes:
    return text.encode("utf8", "surrogatepass")


def cut(text: str, max_bytes: int, whole: str) -> str:
    """The beginning of `text`, and what the whole of it was."""
    head = utf8(text[:max_bytes])[:max_bytes].decode("utf8", "ignore")
    bytes_of_whole = utf8(whole)
    digest = hashlib.sha256(bytes_of_whole).hexdigest()
    return f"{head}[truncated: {len(bytes_of_whole)} bytes, sha256 {digest}]"
