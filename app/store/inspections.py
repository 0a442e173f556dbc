"""Facts by artifact and engine version in SQL, found by any of the artifact's strong hashes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, select, tuple_

from app.core.integrity import Digest
from app.core.package import Package
from app.core.specimen import ArtifactFacts
from app.store.database import Database
from app.store.encoding import decode, encode, is_clean
from app.store.schema import inspection_digests, inspections

STRONG = frozenset({"sha256", "sha512"})
LONGEST_NAME = 300  # characters; longer than any registry takes


def strong(digests: Sequence[Digest]) -> list[Digest]:
    """The hashes that identify an artifact beyond doubt."""
    return [digest for digest in digests if digest.algorithm in STRONG]


class SqlInspections:
    """`app.core.ports.Inspections` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, realm: str, package: Package, engine: str, digests: Sequence[Digest]) -> ArtifactFacts | None:
        """Facts of the artifact that has one of these hashes; None also for facts that cannot be read any more."""
        wanted = [(digest.algorithm, digest.hex) for digest in strong(digests)]
        if not wanted or not is_clean(package.name, LONGEST_NAME):
            return None
        keys = inspection_digests.c
        with self._database.reading() as connection:
            body = connection.scalar(
                select(inspections.c.body)
                .join(inspection_digests, keys.inspection_id == inspections.c.id)
                .where(keys.realm == realm, keys.ecosystem == package.ecosystem, keys.name == package.name)
                .where(keys.engine == engine, tuple_(keys.algorithm, keys.hex).in_(wanted))
                .limit(1)
            )
        return None if body is None else decode(zlib.decompress(body), ArtifactFacts)

    def save(
        self, realm: str, package: Package, facts: ArtifactFacts, digests: Sequence[Digest], now: datetime
    ) -> None:
        """Keep the facts under every strong hash, in place of what was kept there. Names that no registry takes are
        not kept: the package is opened again the next time.
        """
        wanted = sorted(set(strong(digests)))
        if not wanted or not is_clean(package.name, LONGEST_NAME):
            return
        key = {"realm": realm, "ecosystem": package.ecosystem, "name": package.name, "engine": facts.engine}
        body = zlib.compress(encode(facts).encode(), 1)
        mine = [inspection_digests.c[name] == value for name, value in key.items()]
        hashes = [(digest.algorithm, digest.hex) for digest in wanted]

        same = and_(*mine, tuple_(inspection_digests.c.algorithm, inspection_digests.c.hex).in_(hashes))

        def work(connection: Connection) -> None:
            self._database.hold(connection, f"facts of {key}")
            replaced = connection.scalars(select(inspection_digests.c.inspection_id).where(same)).all()
            connection.execute(delete(inspection_digests).where(same))
            found = exists().where(inspection_digests.c.inspection_id == inspections.c.id)  # by another hash
            connection.execute(delete(inspections).where(inspections.c.id.in_(replaced), ~found))
            new = connection.execute(inspections.insert().values(created_at=now, body=body, **key))
            assert new.inserted_primary_key is not None
            connection.execute(
                inspection_digests.insert(),
                [
                    key
                    | {"algorithm": digest.algorithm, "hex": digest.hex, "inspection_id": new.inserted_primary_key[0]}
                    for digest in wanted
                ],
            )

        self._database.write(work)

    def erase(self, realm: str) -> int:
        """Remove the facts of a realm, with their hashes."""
        theirs = select(inspection_digests.c.inspection_id).where(inspection_digests.c.realm == realm)
        erased = delete(inspections).where(inspections.c.id.in_(theirs))
        return self._database.write(lambda connection: int(connection.execute(erased).rowcount))
