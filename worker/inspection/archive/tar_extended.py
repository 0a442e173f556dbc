"""The headers that stand in front of a tar entry and change it: PAX records and GNU long names."""

from __future__ import annotations

from worker.inspection.archive.meter import Meter

_OWN = frozenset({"path", "linkpath", "size"})  # they say what the next entry is
_HARMLESS = frozenset(
    {"atime", "ctime", "mtime", "uid", "gid", "uname", "gname", "comment", "charset", "hdrcharset"}
)  # POSIX
_VENDORS = ("SCHILY.", "LIBARCHIVE.", "NODETAR.", "RHT.", "MSWINDOWS.")
_VALUE = 40  # characters of a stranger's key that are quoted


class Extended:
    """What has been said about the next entry. `take` hands it over and forgets it."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._path: bytes | None = None
        self._target: bytes | None = None
        self._size: int | None = None
        self._pending: set[bytes] = set()
        self.vendors: set[str] = set()

    @property
    def pending(self) -> bool:
        """Whether a header waits for its entry."""
        return bool(self._pending)

    def read(self, kind: bytes, data: bytes) -> None:
        """Take one header of type x, g, L or K; refuse a second one of its kind, and what readers read differently."""
        if kind in self._pending:
            self._meter.disputed("has two extended headers in front of one entry")
        if kind == b"g":
            if self._pending:
                self._meter.disputed("has a global header between an extended header and its entry")
            self._records(data, everywhere=True)
            return
        self._pending.add(kind)
        if kind == b"L":
            self._set_path(self._long(data))
        elif kind == b"K":
            self._set_target(self._long(data))
        else:
            self._records(data, everywhere=False)

    def take(self, name: bytes, target: bytes, size: int) -> tuple[bytes, bytes]:
        """The name and link target of the entry whose own header says these."""
        if self._size is not None and self._size != size:
            self._meter.disputed(
                f"has an entry of {size:,} bytes by its header and {self._size:,} by its PAX record; "
                "readers find different entries after it"
            )
        name = name if self._path is None else self._path
        target = target if self._target is None else self._target
        self._path = self._target = self._size = None
        self._pending.clear()
        return name, target

    def _records(self, data: bytes, *, everywhere: bool) -> None:
        seen: set[str] = set()
        for key, value in self._split(data):
            if key in seen and key in _OWN:
                self._meter.disputed(f"gives {key} twice in one PAX header")
            seen.add(key)
            if key.startswith("GNU.sparse."):
                self._meter.malformed("holds a sparse file, which some readers expand and others do not")
            if key == "hdrcharset" and value != b"ISO-IR 10646 2000 UTF-8":
                self._meter.malformed("has PAX names in a character set that only some readers know")
            if key in _OWN:
                if everywhere:
                    self._meter.disputed(f"sets {key} for all entries at once in a global PAX header")
                self._own(key, value)
            elif key not in _HARMLESS and not key.startswith(_VENDORS):
                self.vendors.add(key[:_VALUE])

    def _own(self, key: str, value: bytes) -> None:
        if not value or b"\0" in value:
            self._meter.malformed(f"has a PAX {key} that is empty or holds a zero byte")
        if key == "path":
            self._set_path(value)
        elif key == "linkpath":
            self._set_target(value)
        elif len(value) <= 20 and value.isdigit():
            self._size = int(value)
        else:
            self._meter.malformed("has a PAX size that is not a number")

    def _split(self, data: bytes) -> list[tuple[str, bytes]]:
        """Cut "<length> <key>=<value>" records, a line each; the length counts itself and the line's end."""
        records = []
        at = 0
        while at < len(data):
            digits, blank, _ = data[at : at + 9].partition(b" ")
            length = int(digits) if blank and digits.isdigit() and not digits.startswith(b"0") else 0
            record = data[at + len(digits) + 1 : at + length]
            key, equals, value = record.partition(b"=")
            if at + length > len(data) or not record.endswith(b"\n") or not equals or not key or len(key) > 1024:
                self._meter.malformed("has a PAX header whose records do not fit their lengths")
            try:
                records.append((key.decode(), value[:-1]))
            except UnicodeDecodeError:
                self._meter.malformed("has a PAX header whose keys are not UTF-8")
            at += length
        return records

    def _long(self, data: bytes) -> bytes:
        text, _, rest = data.partition(b"\0")
        if not text or rest.strip(b"\0"):
            self._meter.malformed("has a GNU long name that is empty or goes on after its end")
        return text

    def _set_path(self, path: bytes) -> None:
        if self._path is not None:
            self._meter.disputed("names one entry twice, by a PAX record and by a GNU header")
        self._path = path

    def _set_target(self, target: bytes) -> None:
        if self._target is not None:
            self._meter.disputed("gives one link two targets, by a PAX record and by a GNU header")
        self._target = target
