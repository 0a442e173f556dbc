"""What browsers, wallets, keychains, password managers and chats keep on a machine: which paths and words name it.

Sources: where each program says that it keeps its data, and the addresses of extensions in the browsers' stores.
"""

from __future__ import annotations

import re
from functools import lru_cache

PASSWORDS = "stored browser passwords"
COOKIES = "browser cookies"
KEYS = "browser keys"
PROFILE = "browser data"
WALLETS = "wallets"
VAULTS = "stored passwords"
CHATS = "chat sessions"
KEYCHAIN = "the keychain"

KINDS = frozenset({PASSWORDS, COOKIES, KEYS, PROFILE, WALLETS, VAULTS, CHATS, KEYCHAIN})
"""What `store_of` may say."""

WALLET_EXTENSIONS: dict[str, str] = {
    "nkbihfbeogaeaoehlefnkodbefgpgknn": "MetaMask",
    "ejbalbakoplchlghecdalmeeeajnimhm": "MetaMask",
    "ibnejdfjmmkpcnlpebklmnkoeoihofec": "TronLink",
    "fhbohimaelbohpjbbldcngcnapndodjp": "Binance",
    "hnfanknocfeofbddgcijnmhnfnkdnaad": "Coinbase",
    "bfnaelmomeimhlpmgjnjophhpkkoljpa": "Phantom",
    "fnjhmkhhmkbjkkabndcnnogagogbneec": "Ronin",
    "egjidjbpglichdcondbcbdnbeeppgdph": "Trust",
    "aholpfdialjgjfhomihkjbmgjidlcdno": "Exodus",
    "dmkamcknogkgcdfhhbddcghachkejeap": "Keplr",
    "acmacodkjbdgmoleebolmdjonilkdbch": "Rabby",
    "mcohilncbfahbmgdjkbpemcciiolgcge": "OKX",
    "afbcbjpbpfadlkmhmclhkeeodmamcflc": "Math",
    "ffnbelfdoeiohenkjibnmadjiehjhajb": "Yoroi",
    "lpfcbjknijpeeillifnkikgncikgfhdo": "Nami",
    "aiifbnbfobpmeekipheeijimdpnlpgpp": "Station",
    "bhhhlbepdkbapadjdnnojkbgioiodbic": "Solflare",
    "pocmplpaccanhmnllbbkpgfliimjljgo": "Slope",
    "aeachknmefphepccionboohckonoeemg": "Coin98",
    "ejjladinnckdgjemekebdpeokbikhfci": "Petra",
    "efbglgofoippbgcjepnhiblaibcnclgk": "Martian",
    "opcgpfmipidbgpenhmajoajpbobppdil": "Sui",
    "hmeobnfnfcmdkdcmlblgagmfpfboieaf": "XDEFI",
    "ppbibelpcjmhbdihakflkdcoccbgbkpo": "UniSat",
    "kpfopkelmapcoipemfendmdcghnegimn": "Liquality",
    "hpglfhgfnhbgpjdenjgmdgoeiappafln": "Guarda",
    "cjelfplplebdjjenllpjcblmjkfcffne": "Jaxx",
    "kncchdigobghenbbaddojjnnaogfppfj": "iWallet",
    "amkmjjmmflddogmhpjloimipbofnfjih": "Wombat",
    "jbdaocneiiinmjbjlgalhcelgbejmnid": "Nifty",
    "fnnegphlobjdpkhecapkijjdkgcjhkib": "Harmony",
    "ookjlbkiijinhpmnjffcofjonbfbgaoc": "Temple",
    "jiidiaalihmmhddjgbnbgdfflelocpak": "BitKeep",
    "cnmamaachppnkjgnildpdmkaakejnhae": "Auro",
    "jojhfeoedkpkglbfimdfabpdfjaoolaf": "Polymesh",
    "fcfcfllfndlomdhbehjjcoimbgofdncg": "Leap",
    "nknhiehlklippafakaeklbeglecifhad": "Nabox",
    "nhnkbkgjikgcigadomkphalanndcapjk": "Clover",
    "cphhlgmgameodnhkjdmkpanlelnlohao": "NeoLine",
    "blnieiiffboillknjnepogjhkgnoapac": "Equal",
    "aodkkagnadcbobfpggfnjeongemjbjca": "BoltX",
    "flpiciilemghbmfalicajoolhkkenfel": "ICONex",
}
"""Wallets as extensions of browsers, by their identifier."""

VAULT_EXTENSIONS: dict[str, str] = {
    "aeblfdkhhhdcdjpifhhbdiojplfjncoa": "1Password",
    "nngceckbapebfimnlniiiahkandclblb": "Bitwarden",
    "hdokiejnpimakedhajhdlcegeplioahd": "LastPass",
    "fdjamakpfbbddfjaooikfcpapjohcfmg": "Dashlane",
    "bfogiafebfohielmmehodmfbbebbbpei": "Keeper",
    "fooolghllnmhmmndgjiamiiodkpenpbb": "NordPass",
    "pnlccmojcmeohlpggmfnbbiapkmbliob": "RoboForm",
    "bhghoamapcdpbohphigoooaddinpkbai": "Authenticator",
    "oboonakemofpalcgghocfoadofidjkkk": "KeePassXC",
    "ghmbeldphafepmbegfdlkpapadhbakde": "Proton Pass",
}
"""Password managers, likewise."""

WORDS = (
    *("login data", "key4.db", "logins.json", "cookies.sqlite", "local state", "google/chrome", "bravesoftware"),
    *("local extension settings", "wallet.dat", "exodus.wallet", ".electrum", ".bitcoin", "library/keychains"),
)
"""Parts of such paths, as code writes them in one piece; lower case."""

_LONGEST = 1_024  # characters of a path that are looked at
_PROFILE_FOLDERS = (
    r"google/chrome(?: beta| dev| sxs| canary)?|google-chrome(?:-beta|-unstable)?"
    r"|\.config/(?:chromium|vivaldi|opera|brave)"
    r"|bravesoftware(?:/brave-browser)?|microsoft/edge|microsoft edge|opera software/opera[^/]*|vivaldi/user data"
    r"|yandex/yandexbrowser|chromium/user data|\.mozilla/firefox|(?:mozilla/)?firefox/profiles|library/safari"
    r"|thunderbird/profiles"
)
# Paths are lower case, with `/`. The first that fits counts.
_PATHS: tuple[tuple[str, str], ...] = (
    (PASSWORDS, r"(?:^|/)(?:login data(?: for account)?|key[34]\.db|logins(?:-backup)?\.json|signons\.sqlite)$"),
    (PASSWORDS, rf"(?:{_PROFILE_FOLDERS})/.*/web data$"),
    (COOKIES, r"(?:^|/)(?:cookies\.sqlite|cookies\.binarycookies)$|/(?:network|default|profile[^/]*)/cookies$"),
    (COOKIES, rf"(?:{_PROFILE_FOLDERS})/.*cookies$"),
    (KEYS, r"(?:^|/)local state$"),
    (WALLETS, rf"\b(?:{'|'.join(WALLET_EXTENSIONS)})\b"),
    (VAULTS, rf"\b(?:{'|'.join(VAULT_EXTENSIONS)})\b"),
    (WALLETS, r"(?:^|/)(?:wallet\.dat|exodus/exodus\.wallet|exodus\.wallet|local extension settings)(?:/|$)"),
    (WALLETS, r"(?:^|/)\.?electrum(?:-ltc|-nmc)?/(?:.*/)?wallets(?:/|$)|(?:^|/)\.electrum(?:/|$)"),
    (WALLETS, r"(?:^|/)\.?(?:bitcoin|litecoin|dogecoin|dashcore|zcash|monero)/(?:.*/)?wallets(?:/|$)"),
    (WALLETS, r"(?:^|/)\.bitcoin/$"),
    (WALLETS, r"(?:^|/)(?:atomic|guarda|daedalus mainnet|com\.liberty\.jaxx)/(?:local storage|indexeddb)(?:/|$)"),
    (WALLETS, r"/coinomi/wallets(?:/|$)|(?:^|/)\.?ethereum/keystore(?:/|$)|/walletwasabi/client|/\.sparrow/wallets"),
    (WALLETS, r"(?:^|/)\.config/solana/id\.json$"),
    (VAULTS, r"\.kdbx$|/(?:agilebits/)?1password(?: \d)?/(?:data|.*\.sqlite)|/2bua8c4s2c\.com\."),
    (VAULTS, r"/bitwarden/data\.json$"),
    (CHATS, r"(?:^|/)\.?discord(?:canary|ptb|development)?/local storage|/telegram desktop/tdata(?:/|$)|/signal/sql/"),
    (KEYCHAIN, r"library/keychains(?:/|$)|\.local/share/(?:keyrings|kwalletd)(?:/|$)"),
    (KEYCHAIN, r"/microsoft/(?:credentials|vault)(?:/|$)"),
    (PROFILE, rf"/(?:{_PROFILE_FOLDERS})(?:/|$)"),
)  # fmt: skip
_PLACES = tuple((kind, re.compile(pattern)) for kind, pattern in _PATHS)
# Programs stand in folders of the same names; a list of profiles holds no secret.
_NO_STORE = re.compile(
    r"/application/|/applications/|program files|^/(?:opt|usr|snap|bin)/|/cachedata"
    r"|\.(?:exe|app|md|ts|js|py)$|profiles\.ini$"
)


@lru_cache(maxsize=4_096)
def store_of(path: str) -> str | None:
    """What a path holds, as people call it (one of `KINDS`), or None. It may be partial: `…/User Data/…/Login Data`.

    What reads a store without naming its path is called by its name.
    """
    if path in KINDS:
        return path
    text = path[:_LONGEST].replace("\\", "/").lower()
    if _NO_STORE.search(text):
        return None
    return next((kind for kind, pattern in _PLACES if pattern.search(text)), None)
