"""SPDX 2.3 as JSON (ISO/IEC 5962): the packages that came in, with what was found about them as annotations."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from app.core.escape import plain, sentence, visible
from app.core.policy import Action
from app.core.report import Report, Reviewed
from app.exports.identity import report_uuid

_TOOL = "Tool: Assay-{0}"
_DOCUMENT = "SPDXRef-DOCUMENT"


def spdx(report: Report, now: datetime) -> str:
    """The packages that the head names and the base did not, as an SPDX document."""
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    tool = _TOOL.format(report.engine)
    items = [item for item in report.reviewed if item.change.after is not None]
    packages = [_package(item, number, moment, tool) for number, item in enumerate(items, start=1)]
    document: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": visible(f"{report.repository or 'review'} {report.head_sha[:12]}").strip(),
        "documentNamespace": f"https://spdx.org/spdxdocs/assay-{report_uuid(report)}",
        "creationInfo": {"created": moment, "creators": [tool]},
        "comment": _comment(report),
        "packages": packages,
        "relationships": [
            {"spdxElementId": _DOCUMENT, "relationshipType": "DESCRIBES", "relatedSpdxElement": described}
            for described in [one["SPDXID"] for one in packages] or ["NONE"]
        ],
    }
    return json.dumps(document, indent=2)


def _comment(report: Report) -> str:
    lines = [f"Conclusion: {report.conclusion}. Judged by {report.policy}."]
    lines += [f"Not examined: {gap.path} line {gap.line}: {gap.judged.gap.detail}" for gap in report.file_gaps]
    return "\n".join(visible(line, 1000) for line in lines)


def _package(item: Reviewed, number: int, moment: str, tool: str) -> dict[str, Any]:
    package = item.package
    words = [
        f"{judged.action}: {sentence(plain(judged.finding.message))}"
        for judged in item.findings
        if judged.action is not Action.IGNORE
    ]
    words += [f"not examined: {visible(judged.gap.detail, 500)}" for judged in item.gaps]
    found: dict[str, Any] = {
        "SPDXID": f"SPDXRef-Package-{number}",
        "name": visible(package.name),
        "versionInfo": visible(package.version),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": package.purl}
        ],
    }
    if item.artifacts:
        found["packageFileName"] = visible(item.artifacts[0].filename)
        found["checksums"] = [{"algorithm": "SHA256", "checksumValue": item.artifacts[0].sha256}]
    if words:
        found["annotations"] = [
            {"annotationDate": moment, "annotationType": "REVIEW", "annotator": tool, "comment": word} for word in words
        ]
    return found
