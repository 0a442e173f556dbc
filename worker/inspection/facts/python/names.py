"""What the dotted names of the standard library and of well-known packages do. Data only.

An instance is written with `()`: `requests.Session().post` is the method of what `requests.Session(…)` gives.
"""

from __future__ import annotations

from collections.abc import Iterable

_HTTP = ("get", "post", "put", "patch", "delete", "head", "options", "request")


def _each(prefix: str, names: Iterable[str]) -> set[str]:
    return {f"{prefix}.{name}" for name in names}


# --- network: called with a URL somewhere in the arguments ------------------------------------------------------------

URL_CALLS: frozenset[str] = frozenset(
    {"urllib.request.urlopen", "urllib2.urlopen", "urllib.urlopen", "urllib.request.urlretrieve", "urllib.urlretrieve",
     "urllib.request.build_opener().open", "urllib2.build_opener().open", "urllib.request.OpenerDirector().open",
     "urllib.request.URLopener().open", "urllib.request.FancyURLopener().open", "urllib.request.URLopener().retrieve",
     "urllib3.request", "aiohttp.request", "httpx.stream", "wget.download", "gdown.download",
     "websocket.create_connection", "websocket.WebSocketApp", "websocket.WebSocket().connect", "websockets.connect",
     "websockets.client.connect", "websockets.sync.client.connect", "xmlrpc.client.ServerProxy",
     "xmlrpclib.ServerProxy", "git.Repo.clone_from", "treq.get", "treq.post", "pycurl.Curl().perform",
     "urllib3.PoolManager().urlopen", "urllib3.ProxyManager().request", "pyfetch.pyfetch", "httplib2.Http().request",
     "tornado.httpclient.AsyncHTTPClient().fetch", "tornado.httpclient.HTTPClient().fetch",
     "discord_webhook.DiscordWebhook", "discord_webhook.DiscordWebhook().execute", "dhooks.Webhook",
     "dhooks.Webhook().send", "discord.SyncWebhook.from_url", "discord.Webhook.from_url",
     "discord.SyncWebhook.from_url().send", "discord.Webhook.from_url().send", "telegram.Bot().send_message",
     "telegram.Bot().send_document", "telebot.TeleBot().send_message", "telebot.TeleBot().send_document",
     "slack_sdk.WebClient().chat_postMessage", "slack_sdk.webhook.WebhookClient().send"}
).union(
    *(_each(holder, _HTTP) for holder in (
        "requests", "requests.api", "requests.Session()", "requests.session()", "requests.sessions.Session()",
        "httpx", "httpx.Client()", "httpx.AsyncClient()", "aiohttp.ClientSession()", "aiohttp.client.ClientSession()",
        "urllib3.PoolManager()", "cloudscraper.create_scraper()", "requests_html.HTMLSession()",
        "curl_cffi.requests", "curl_cffi.requests.Session()", "tls_client.Session()", "grequests")),
    _each("requests.Session()", ("send",)), _each("httpx.Client()", ("stream", "send")),
    _each("httpx.AsyncClient()", ("stream", "send")), _each("aiohttp.ClientSession()", ("ws_connect",)),
)  # fmt: skip

# --- network: the first argument is a host, or an address (host, port) ------------------------------------------------

HOST_CALLS: frozenset[str] = frozenset(
    {"socket.create_connection", "socket.socket().connect", "socket.socket().connect_ex", "socket.socket().sendto",
     "socket.gethostbyname", "socket.gethostbyname_ex", "socket.getaddrinfo", "asyncio.open_connection",
     "asyncio.get_event_loop().create_connection", "ssl.wrap_socket().connect",
     "ssl.create_default_context().wrap_socket().connect", "ssl.SSLContext().wrap_socket().connect",
     "http.client.HTTPConnection", "http.client.HTTPSConnection", "httplib.HTTPConnection", "httplib.HTTPSConnection",
     "ftplib.FTP", "ftplib.FTP_TLS", "ftplib.FTP().connect", "smtplib.SMTP", "smtplib.SMTP_SSL",
     "smtplib.SMTP().connect", "telnetlib.Telnet", "imaplib.IMAP4", "imaplib.IMAP4_SSL", "poplib.POP3_SSL",
     "nntplib.NNTP", "paramiko.SSHClient().connect", "paramiko.Transport", "pysftp.Connection", "fabric.Connection",
     "asyncssh.connect", "dns.resolver.resolve", "dns.resolver.query", "dns.resolver.Resolver().resolve",
     "dns.resolver.Resolver().query", "urllib3.connection_from_url", "urllib3.HTTPSConnectionPool",
     "urllib3.HTTPConnectionPool"}
)  # fmt: skip

# --- network: data goes over a connection that was opened before ------------------------------------------------------

SENDS: frozenset[str] = frozenset(
    {"socket.socket().send", "socket.socket().sendall", "socket.socket().sendfile", "socket.create_connection().send",
     "socket.create_connection().sendall", "ssl.wrap_socket().send", "ssl.wrap_socket().sendall",
     "ssl.create_default_context().wrap_socket().send", "ssl.create_default_context().wrap_socket().sendall",
     "ssl.SSLContext().wrap_socket().send", "ssl.SSLContext().wrap_socket().sendall",
     "websocket.create_connection().send", "websocket.WebSocket().send", "websockets.connect().send",
     "smtplib.SMTP().sendmail", "smtplib.SMTP().send_message", "smtplib.SMTP_SSL().sendmail",
     "smtplib.SMTP_SSL().send_message", "ftplib.FTP().storbinary", "ftplib.FTP().storlines",
     "ftplib.FTP_TLS().storbinary", "paramiko.SSHClient().exec_command",
     "asyncio.open_connection().writer.write", "asyncio.open_connection().writer.writelines",
     "paramiko.SSHClient().open_sftp().put", "telnetlib.Telnet().write"}
).union(
    *(_each(f"{holder}()", ("request", "send", "putheader", "endheaders")) for holder in (
        "http.client.HTTPConnection", "http.client.HTTPSConnection", "httplib.HTTPConnection",
        "httplib.HTTPSConnection")),
    *(_each(f"urllib3.{holder}()", ("request", "urlopen")) for holder in (
        "HTTPSConnectionPool", "HTTPConnectionPool", "connection_from_url")),
)  # fmt: skip

RECEIVES: frozenset[str] = frozenset(
    {f"{holder}.{method}" for holder in ("socket.socket()", "socket.create_connection()", "ssl.wrap_socket()",
                                         "ssl.create_default_context().wrap_socket()", "ssl.SSLContext().wrap_socket()")
     for method in ("recv", "recvfrom", "makefile", "read", "recv_into")}
    | {f"{holder}.{method}" for holder in ("http.client.HTTPConnection()", "http.client.HTTPSConnection()",
                                           "httplib.HTTPConnection()", "httplib.HTTPSConnection()")
       for method in ("getresponse",)}
    | {f"asyncio.open_connection().reader.{method}" for method in ("read", "readline", "readexactly", "readuntil")}
    | {"websocket.create_connection().recv", "websockets.connect().recv", "paramiko.SSHClient().open_sftp().get",
       "ftplib.FTP().retrbinary", "ftplib.FTP().retrlines", "imaplib.IMAP4_SSL().fetch", "poplib.POP3_SSL().retr"}
)  # fmt: skip
"""What comes back over a connection: a source of downloads, no sink."""

REQUESTS: frozenset[str] = frozenset(
    {"urllib.request.Request", "urllib2.Request", "requests.Request", "requests.models.Request", "httpx.Request"}
)
"""Values that carry a URL and data to a later call."""

NETWORK: frozenset[str] = URL_CALLS | HOST_CALLS | SENDS

# --- processes --------------------------------------------------------------------------------------------------------

SHELL_CALLS: frozenset[str] = frozenset(  # the first argument is a command line
    {"os.system", "os.popen", "os.popen2", "os.popen3", "os.popen4", "posix.system", "nt.system", "commands.getoutput",
     "commands.getstatusoutput", "subprocess.getoutput", "subprocess.getstatusoutput", "popen2.popen2",
     "popen2.popen3", "platform.popen", "asyncio.create_subprocess_shell", "pexpect.run", "pexpect.spawn",
     "invoke.run", "fabric.api.local", "os.startfile", "nt.startfile", "posix.popen",
     "win32api.WinExec", "asyncio.subprocess.create_subprocess_shell", "ctypes.CDLL().system",
     "ctypes.cdll.LoadLibrary().system", "ctypes.cdll.msvcrt.system", "ctypes.windll.kernel32.WinExec"}
)  # fmt: skip
ARGV_CALLS: frozenset[str] = frozenset(  # the first argument is a list of words, or a command line
    {"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
     "setuptools.Command().spawn", "distutils.cmd.Command().spawn", "distutils.core.Command().spawn",
     "pty.spawn", "distutils.spawn.spawn", "setuptools._distutils.spawn.spawn", "anyio.run_process",
     "anyio.open_process", "trio.run_process", "psutil.Popen", "gevent.subprocess.Popen", "gevent.subprocess.run",
     "eventlet.green.subprocess.Popen", "_posixsubprocess.fork_exec", "_winapi.CreateProcess",
     "win32process.CreateProcess"}
)  # fmt: skip
PROGRAM_CALLS: dict[str, int] = {  # which argument is the program; its words follow, singly or in a list
    **{f"os.{name}": 0 for name in ("execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe",
                                    "posix_spawn", "posix_spawnp")},
    **{f"os.{name}": 1 for name in ("spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp",
                                    "spawnvpe")},
    "posix.execv": 0, "posix.execve": 0, "posix.posix_spawn": 0, "nt.execv": 0, "nt.spawnv": 1,
    "asyncio.create_subprocess_exec": 0, "asyncio.subprocess.create_subprocess_exec": 0,
}  # fmt: skip
PIP_CALLS: frozenset[str] = frozenset({"pip.main", "pip._internal.main", "pip._internal.cli.main.main", "pip.__main__"})
PROCESS: frozenset[str] = SHELL_CALLS | ARGV_CALLS | frozenset(PROGRAM_CALLS) | PIP_CALLS

PRINTS: frozenset[str] = frozenset(
    {"subprocess.run", "subprocess.Popen", "subprocess.check_output", "subprocess.getoutput",
     "subprocess.getstatusoutput", "os.popen", "commands.getoutput", "commands.getstatusoutput", "psutil.Popen",
     "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "pexpect.run"}
)  # fmt: skip
"""Processes whose output the caller gets."""

# --- code made at run time --------------------------------------------------------------------------------------------

SOURCE_CALLS: frozenset[str] = frozenset(  # the first argument is code
    {"builtins.exec", "builtins.eval", "builtins.compile", "code.InteractiveInterpreter().runsource",
     "code.InteractiveInterpreter().runcode", "code.InteractiveConsole().push", "types.FunctionType", "types.CodeType",
     "new.function", "ctypes.pythonapi.PyRun_SimpleString", "six.exec_", "_pickle.loads", "timeit.timeit",
     "timeit.repeat", "cProfile.run", "profile.run", "pdb.run", "doctest.debug_script",
     "cProfile.runctx", "profile.runctx", "pdb.runeval", "trace.Trace().run", "trace.Trace().runctx", "bdb.Bdb().run",
     "bdb.Bdb().runeval", "pdb.Pdb().run", "cProfile.Profile().run", "profile.Profile().run", "pandas.eval"}
)  # fmt: skip
MAKERS: frozenset[str] = frozenset({"types.FunctionType", "types.CodeType", "new.function"})
FILE_CALLS: frozenset[str] = frozenset(
    {"runpy.run_path", "builtins.execfile", "zipimport.zipimporter"}
)  # the first argument is a file of code
MODULE_CALLS: frozenset[str] = frozenset(
    {
        "importlib.import_module",
        "importlib.__import__",
        "builtins.__import__",
        "runpy.run_module",
        "pydoc.locate",
        "pkgutil.resolve_name",
        "unittest.mock._importer",
        "__loader__.load_module",
        "__spec__.loader.load_module",
        "importlib.machinery.BuiltinImporter.load_module",
        "importlib.machinery.BuiltinImporter().load_module",
    }
)
MEMORY: frozenset[str] = frozenset(
    {"mmap.mmap", "ctypes.windll.kernel32.VirtualAlloc", "ctypes.windll.kernel32.VirtualAllocEx",
     "ctypes.windll.kernel32.VirtualProtect"}
)  # fmt: skip
SEARCH_PATH: frozenset[str] = frozenset({"sys.path.insert", "sys.path.append", "site.addsitedir"})
LOADERS: frozenset[str] = frozenset(  # the second argument is a file of code
    {"importlib.util.spec_from_file_location", "importlib.machinery.SourceFileLoader",
     "importlib.machinery.SourcelessFileLoader", "importlib.machinery.ExtensionFileLoader", "imp.load_source",
     "imp.load_compiled", "imp.load_dynamic"}
)  # fmt: skip
UNPICKLERS: frozenset[str] = frozenset(
    {f"{module}.{name}" for module in ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib")
     for name in ("loads", "load")}
)  # fmt: skip
"""They run what a pickle says: a fact when the pickle was downloaded or decoded."""

QUIET_SOURCES: frozenset[str] = frozenset(
    {"timeit.timeit", "timeit.repeat", "cProfile.run", "profile.run", "pdb.run", "cProfile.runctx", "profile.runctx",
     "pdb.runeval", "trace.Trace().run", "trace.Trace().runctx", "bdb.Bdb().run", "bdb.Bdb().runeval", "pdb.Pdb().run",
     "cProfile.Profile().run", "profile.Profile().run", "pandas.eval"}
)  # fmt: skip
"""Run code as their business: a fact only when data flows into it."""

# --- native code ------------------------------------------------------------------------------------------------------

NATIVE: frozenset[str] = frozenset(
    {"ctypes.CDLL", "ctypes.WinDLL", "ctypes.OleDLL", "ctypes.PyDLL", "ctypes.cdll.LoadLibrary",
     "ctypes.windll.LoadLibrary", "ctypes.oledll.LoadLibrary", "ctypes.pydll.LoadLibrary",
     "ctypes.LibraryLoader().LoadLibrary", "cffi.FFI().dlopen", "cffi.FFI().verify", "numpy.ctypeslib.load_library",
     "imp.load_dynamic", "importlib.machinery.ExtensionFileLoader", "_ctypes.dlopen", "_ctypes.LoadLibrary"}
)  # fmt: skip
NATIVE_PREFIXES: tuple[str, ...] = ("ctypes.windll.", "ctypes.cdll.", "ctypes.oledll.", "ctypes.pythonapi.")

# --- credentials that no path names -----------------------------------------------------------------------------------

CREDENTIAL_CALLS: dict[str, str] = {
    "keyring.get_password": "the keyring",
    "keyring.get_credential": "the keyring",
    "keyring.get_keyring().get_password": "the keyring",
    "secretstorage.get_default_collection().get_all_items": "the keychain",
    "netrc.netrc": "~/.netrc",
    "boto3.Session().get_credentials": "~/.aws/credentials",
    "boto3.session.Session().get_credentials": "~/.aws/credentials",
    "botocore.session.Session().get_credentials": "~/.aws/credentials",
    "botocore.session.get_session().get_credentials": "~/.aws/credentials",
    "win32crypt.CryptUnprotectData": "Windows data protection",
    "ctypes.windll.crypt32.CryptUnprotectData": "Windows data protection",
    **{f"browser_cookie3.{name}": "browser cookies" for name in ("load", "chrome", "firefox", "edge", "opera", "brave",
                                                                 "chromium", "safari", "vivaldi")},
}  # fmt: skip

# --- the clipboard ----------------------------------------------------------------------------------------------------

CLIPBOARD: dict[str, str] = {
    **dict.fromkeys(
        ("pyperclip.paste", "pyperclip.waitForPaste", "pyperclip.waitForNewPaste", "clipboard.paste", "xerox.paste",
         "klembord.get_text", "win32clipboard.GetClipboardData", "ctypes.windll.user32.GetClipboardData",
         "tkinter.Tk().clipboard_get", "Tkinter.Tk().clipboard_get", "pandas.io.clipboard.paste",
         "pandas.io.clipboard.clipboard_get", "copykitten.paste", "PIL.ImageGrab.grabclipboard"), "reads"),
    **dict.fromkeys(
        ("pyperclip.copy", "clipboard.copy", "xerox.copy", "klembord.set_text", "win32clipboard.SetClipboardData",
         "win32clipboard.SetClipboardText", "ctypes.windll.user32.SetClipboardData", "pandas.io.clipboard.copy",
         "tkinter.Tk().clipboard_append", "Tkinter.Tk().clipboard_append", "pandas.io.clipboard.clipboard_set",
         "copykitten.copy"), "writes"),
}  # fmt: skip
"""What a call does with the clipboard."""

# --- functions that call the function they are given ------------------------------------------------------------------

HIGHER_ORDER: dict[str, int] = {  # the position of the function; the rest are its arguments
    "builtins.map": 0, "builtins.filter": 0, "functools.partial": 0, "functools.reduce": 0, "atexit.register": 0,
    "threading.Timer": 1, "asyncio.to_thread": 0, "itertools.starmap": 0, "multiprocessing.Pool().map": 0,
    "multiprocessing.pool.ThreadPool().map": 0, "multiprocessing.Pool().apply_async": 0,
    "concurrent.futures.ThreadPoolExecutor().submit": 0, "concurrent.futures.ThreadPoolExecutor().map": 0,
    "concurrent.futures.ProcessPoolExecutor().submit": 0, "concurrent.futures.ProcessPoolExecutor().map": 0,
    **{f"asyncio.{loop}().{name}": at for loop in ("get_event_loop", "new_event_loop", "get_running_loop")
       for name, at in (("run_in_executor", 1), ("call_soon", 0), ("call_later", 1), ("call_soon_threadsafe", 0))},
    "contextlib.ExitStack().callback": 0, "weakref.finalize": 1,
    **dict.fromkeys(("builtins.sorted", "builtins.max", "builtins.min"), 1), "builtins.iter": 0, "sys.setprofile": 0,
    "sys.settrace": 0, "signal.signal": 1,
}  # fmt: skip
TARGETS: frozenset[str] = frozenset({"threading.Thread", "multiprocessing.Process", "thread.start_new_thread",
                                     "_thread.start_new_thread"})  # fmt: skip

# --- functions that write a whole structure as text ---

SERIALISERS: frozenset[str] = frozenset(
    {"json.dumps", "json.dump", "pickle.dumps", "pickle.dump", "yaml.dump", "builtins.str", "builtins.repr",
     "pprint.pformat", "pprint.pprint", "builtins.print", "urllib.parse.urlencode", "urllib.urlencode",
     "marshal.dumps", "builtins.format", "ujson.dumps", "orjson.dumps", "simplejson.dumps", "msgpack.packb"}
)  # fmt: skip

# --- data that is lost on the way -------------------------------------------------------------------------------------

FORGETS: frozenset[str] = frozenset(
    {f"builtins.{name}" for name in ("len", "isinstance", "issubclass", "bool", "hash", "id", "callable", "hasattr",
                                     "type", "any", "all", "print", "super", "range")}
    | {f"os.path.{name}" for name in ("exists", "isfile", "isdir", "islink", "getsize", "getmtime", "lexists")}
    | {f"hashlib.{name}" for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s",
                                      "new", "sha3_256")}
    | {"hmac.new", "hmac.compare_digest", "time.time", "logging.getLogger", "re.compile", "builtins.int.from_bytes"}
)  # fmt: skip
"""What these give says too little of what went in (a length, a hash, yes or no) to follow it."""

# --- prefixes under which the same modules live -----------------------------------------------------------------------

CARRIED: frozenset[str] = frozenset(
    {"os", "sys", "subprocess", "socket", "builtins", "importlib", "ctypes", "base64", "shutil", "pathlib", "tempfile"}
)
"""Modules that others import: `shutil.os` is `os`."""

VENDORED: tuple[tuple[str, str], ...] = (
    ("pip._vendor.", ""),
    ("botocore.vendored.", ""),
    ("setuptools._vendor.", ""),
    ("setuptools.extern.", ""),
    ("pkg_resources.extern.", ""),
    ("requests.packages.", ""),
    ("six.moves.urllib.", "urllib."),
    ("six.moves.http_client.", "http.client."),
    ("six.moves.builtins.", "builtins."),
    ("future.moves.urllib.", "urllib."),
    ("__builtin__.", "builtins."),
    ("__builtins__.", "builtins."),
    ("_io.", "io."),
    ("multiprocessing.dummy.", "multiprocessing."),
    ("pathlib2.", "pathlib."),
)
