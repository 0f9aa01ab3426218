"""Keys and certificates."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from lxd_relation import KeyPair, KeyPairError
from lxd_relation._key_pair import FileStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_certificate_is_a_clients_and_no_authoritys():
    pair = KeyPair.generate("my-charm-0")
    command = ["openssl", "x509", "-noout", "-text"]
    shown = subprocess.run(command, input=pair.certificate, capture_output=True, text=True)
    for line in ("CN = my-charm-0", "CA:FALSE", "TLS Web Client Authentication", "secp384r1"):
        assert line in shown.stdout
    assert pair.private_key not in repr(pair)


def test_a_long_name_is_cut():
    assert KeyPair.generate("a" * 100).certificate


def test_openssl_is_missing_or_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeyPairError, match="cannot run openssl"):
        KeyPair.generate("my-charm-0")
    (tmp_path / "openssl").write_text("#!/bin/sh\necho out of order >&2\nexit 1\n")
    (tmp_path / "openssl").chmod(0o755)
    with pytest.raises(KeyPairError, match="out of order"):
        KeyPair.generate("my-charm-0")


def test_what_is_no_certificate_is_refused():
    with pytest.raises(ValueError, match="PEM"):
        KeyPair("", "nonsense")


def test_a_file_is_replaced_as_a_whole(tmp_path: Path):
    store = FileStore(tmp_path / "pairs")
    old, new = KeyPair.generate("old"), KeyPair.generate("new")
    for pairs in ([old], [old, new], [new], []):
        store.save(pairs)
        assert store.load() == pairs
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]
