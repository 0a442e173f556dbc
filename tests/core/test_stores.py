"""What programs keep is known by its path, whichever way its slashes lean; the programs themselves are no store."""

from __future__ import annotations

import pytest

from app.core.stores import store_of
from app.core.vocabulary import credential_file


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("C:\\Users\\x\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data", "stored browser passwords"),
        ("~/.mozilla/firefox/…/key4.db", "stored browser passwords"),
        ("~/.config/google-chrome/Default/Cookies", "browser cookies"),
        ("~/Library/Application Support/Google/Chrome/Local State", "browser keys"),
        ("%APPDATA%/Electrum/wallets/default_wallet", "wallets"),
        ("~/.bitcoin/wallet.dat", "wallets"),
        ("…/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn/…", "wallets"),
        ("…/Local Extension Settings/nngceckbapebfimnlniiiahkandclblb", "stored passwords"),
        ("~/passwords.kdbx", "stored passwords"),
        ("%APPDATA%/discord/Local Storage/leveldb/…", "chat sessions"),
        ("~/Library/Keychains/login.keychain-db", "the keychain"),
        ("~/Library/Application Support/BraveSoftware/Brave-Browser", "browser data"),
    ],
)
def test_a_store_is_called_by_what_it_holds(path: str, holds: str) -> None:
    assert store_of(path) == holds
    assert credential_file(path) == holds


@pytest.mark.parametrize(
    "path",
    [
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
        "/opt/google/chrome/chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "~/.mozilla/firefox/profiles.ini",
        "~/.bitcoin/bitcoin.conf",
        "src/cookies.js",
        "cookies",
        "local/state",
        "x" * 2_000,
        "",
    ],
)
def test_programs_settings_and_ordinary_files_are_none(path: str) -> None:
    assert store_of(path) is None
