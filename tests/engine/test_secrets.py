"""Pulumi's passphrase format."""

from pathlib import Path

import pytest

from veeam_pulumi.engine import EngineError
from veeam_pulumi.engine.secrets import Crypter, passphrase

# made by the CLI (passphrase "conformance")
SALT = "v1:zlvSbSxNDn4=:v1:lpMpJyQVP+QrqqqV:6ftRrK7zvX2ftIdYkqseH8Lqi8JFIg=="
SEALED = "v1:QpMgBWpHcMxa8D9f:LoOxtkWUNhKvWTw5B2KH2iK76mk="


def test_reads_what_the_cli_wrote() -> None:
    assert Crypter("conformance", SALT).decrypt(SEALED)


def test_round_trip() -> None:
    crypter = Crypter("pw")
    sealed = crypter.encrypt("größe")
    assert "größe" not in sealed
    assert sealed != crypter.encrypt("größe")
    assert Crypter("pw", crypter.salt).decrypt(sealed) == "größe"


@pytest.mark.parametrize(
    ("phrase", "salt"), [("wrong", SALT), ("conformance", "v1:abc"), ("conformance", "v1:!!:v1:x:y")]
)
def test_refusals(phrase: str, salt: str) -> None:
    with pytest.raises(EngineError):
        Crypter(phrase, salt)


def test_where_the_passphrase_comes_from(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("from file\n")
    both = {"PULUMI_CONFIG_PASSPHRASE": "", "PULUMI_CONFIG_PASSPHRASE_FILE": "phrase"}
    assert passphrase(both, tmp_path) == ""
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": "phrase"}, tmp_path) == "from file"
    with pytest.raises(EngineError, match="PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"):
        passphrase({}, tmp_path)
    with pytest.raises(EngineError, match="cannot be read"):
        passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": "absent"}, tmp_path)
