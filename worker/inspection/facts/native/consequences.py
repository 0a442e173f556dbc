"""Functions and libraries of operating systems that let a native file do something of consequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_FUNCTIONS: dict[str, str] = {
    "network": "connect sendto getaddrinfo gethostbyname gethostbyname_r curl_easy_init curl_easy_perform SSL_connect "
    "WSAStartup WSAConnect WSASocket InternetOpen InternetOpenUrl InternetConnect HttpSendRequest WinHttpOpen "
    "WinHttpConnect WinHttpSendRequest URLDownloadToFile URLDownloadToCacheFile DnsQuery nw_connection_create "
    "CFStreamCreatePairWithSocketToHost CFHTTPMessageCreateRequest",
    "process": "execve execv execvp execvpe execl execlp execle fexecve posix_spawn posix_spawnp system popen "
    "CreateProcess CreateProcessAsUser ShellExecute ShellExecuteEx WinExec _wsystem _popen _wpopen",
    "injection": "ptrace process_vm_writev process_vm_readv memfd_create WriteProcessMemory ReadProcessMemory "
    "CreateRemoteThread CreateRemoteThreadEx VirtualAllocEx QueueUserAPC NtMapViewOfSection NtWriteVirtualMemory "
    "SetWindowsHookEx task_for_pid mach_vm_write",
    "keychain": "SecKeychainFindGenericPassword SecKeychainFindInternetPassword SecKeychainItemCopyContent "
    "SecKeychainSearchCopyNext SecItemCopyMatching CryptUnprotectData CredEnumerate CredRead VaultEnumerateItems "
    "secret_password_lookup secret_password_lookup_sync secret_service_search secret_service_search_sync",
    "keyboard": "GetAsyncKeyState GetKeyboardState CGEventTapCreate XQueryKeymap XGrabKeyboard",
}
_LIBRARIES: dict[str, str] = {  # of Windows, whose functions may be imported by number
    "ws2_32.dll": "network",
    "wsock32.dll": "network",
    "wininet.dll": "network",
    "winhttp.dll": "network",
    "urlmon.dll": "network",
    "dnsapi.dll": "network",
}
_BY_FUNCTION = {name: kind for kind, names in _FUNCTIONS.items() for name in names.split()}


def consequences(functions: Iterable[str], libraries: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What imported functions and libraries are good for, by kind: `{"network": ("connect", "getaddrinfo")}`."""
    found: dict[str, set[str]] = {}
    for kind, name in (*_of_functions(functions), *_of_libraries(libraries)):
        found.setdefault(kind, set()).add(name)
    return {kind: tuple(sorted(found[kind])) for kind in _FUNCTIONS if kind in found}


def _of_functions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        for spelled in (name, name.removeprefix("_"), name.removesuffix("A"), name.removesuffix("W")):
            if spelled in _BY_FUNCTION:
                yield _BY_FUNCTION[spelled], spelled
                break


def _of_libraries(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        kind = _LIBRARIES.get(name.lower())
        if kind is not None:
            yield kind, name.lower()
