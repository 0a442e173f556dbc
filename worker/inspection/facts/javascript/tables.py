"""What the calls of Node.js, of browsers and of well-known packages do, by canonical name.

Sources: the API documentation of Node.js, Deno, Bun and MDN; the README of each package.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from app.core.specimen import FactId


class Style(Enum):
    """How the arguments of a call are to be read."""

    PLAIN = auto()
    HOST = auto()  # network: the first argument is a host name
    PORT = auto()  # network: port, then host
    LISTEN = auto()  # network: serves; the callback gets a connection
    SENDS = auto()  # a method of a connection, process or stream that is already open: counts when it sends something
    LINE = auto()  # process: the first argument is a line for the shell
    PROGRAM = auto()  # process: a program, then a list of arguments
    SCRIPT = auto()  # process: a file of JavaScript, then a list of arguments
    COPY = auto()  # files: from, then to
    DELETE = auto()  # files: the path is deleted
    LAST = auto()  # code: the last argument is code
    TEXT_ONLY = auto()  # code: only when the argument is a text


@dataclass(frozen=True, slots=True)
class Call:
    """What a call can do. `gives` names its result when methods of that count as well."""

    fact: FactId
    style: Style = Style.PLAIN
    gives: str | None = None
    data: int = 1  # files: the argument that is written


def _all(names: str, call: Call) -> dict[str, Call]:
    return dict.fromkeys(names.split(), call)


def _of(module: str, names: str, call: Call) -> dict[str, Call]:
    return {f"{module}.{name}": call for name in names.split()}


_NETWORK = Call(FactId.NETWORK)
_RESPONSE = Call(FactId.NETWORK, gives="Response")
_SENDS = Call(FactId.NETWORK, Style.SENDS)
_SOCKET = Call(FactId.NETWORK, Style.PORT, gives="net.Socket")
_LOOKUP = Call(FactId.NETWORK, Style.HOST)
_VERBS = "get post put patch delete head options request"
_CLIENTS = [  # packages that are called themselves, or by the name of an HTTP method
    "axios",
    "got",
    "node-fetch",
    "cross-fetch",
    "isomorphic-fetch",
    "isomorphic-unfetch",
    "whatwg-fetch",
    "node-fetch-native",
    "unfetch",
    "request",
    "request-promise",
    "request-promise-native",
    "superagent",
    "needle",
    "ky",
    "phin",
    "centra",
    "bent",
    "make-fetch-happen",
    "minipass-fetch",
    "npm-registry-fetch",
    "simple-get",
    "@hapi/wreck",
    "urllib",
    "popsicle",
    "ofetch",
    "wretch",
    "teeny-request",
    "bhttp",
    "fetch-retry",
    "sync-request",
    "then-request",
    "hyperquest",
    "tiny-json-http",
    "@actions/http-client",
    "typed-rest-client",
]

NETWORK: dict[str, Call] = {
    **_of("http", "request get", Call(FactId.NETWORK, gives="http.ClientRequest")),
    **_of("https", "request get", Call(FactId.NETWORK, gives="http.ClientRequest")),
    "http2.connect": Call(FactId.NETWORK, gives="http2.Session"),
    "http2.Session.request": Call(FactId.NETWORK, gives="http.ClientRequest"),
    **_all("http.createServer https.createServer http2.createServer", Call(FactId.NETWORK, Style.LISTEN)),
    **_all("http2.createSecureServer", Call(FactId.NETWORK, Style.LISTEN)),
    **_all("net.createServer tls.createServer", Call(FactId.NETWORK, Style.LISTEN, gives="net.Server")),
    **_all("net.connect net.createConnection tls.connect net.Socket.connect", _SOCKET),
    "dgram.createSocket": Call(FactId.NETWORK, gives="dgram.Socket"),
    **_of("http.ClientRequest", "write end", _SENDS),
    **_of("net.Socket", "write end", _SENDS),
    **_all("dgram.Socket.send WebSocket.send XMLHttpRequest.send", _SENDS),
    **_of("dns", "lookup resolve resolve4 resolve6 resolveAny resolveCname resolveMx resolveNs resolveTxt", _LOOKUP),
    **_of("dns", "resolveSrv resolveSoa resolvePtr resolveNaptr reverse lookupService", _LOOKUP),
    **_of("dns.Resolver", "resolve resolve4 resolve6 resolveAny resolveCname resolveTxt resolveMx", _LOOKUP),
    **_all("fetch Bun.fetch", _RESPONSE),
    **_all("navigator.sendBeacon importScripts WebTransport", _NETWORK),
    "XMLHttpRequest.open": Call(FactId.NETWORK, gives="XMLHttpRequest"),
    **_all("WebSocket ws ws.WebSocket isomorphic-ws", Call(FactId.NETWORK, gives="WebSocket")),
    **_all("EventSource eventsource socket.io-client socket.io-client.io socket.io-client.connect", _NETWORK),
    **_all("Deno.connect Deno.connectTls Deno.resolveDns", _NETWORK),
    **_all("Deno.listen Deno.serve Bun.serve Bun.listen", Call(FactId.NETWORK, Style.LISTEN)),
    "Bun.connect": _NETWORK,
    **_all(" ".join(_CLIENTS), _RESPONSE),
    **{f"{client}.{verb}": _RESPONSE for client in _CLIENTS for verb in _VERBS.split()},
    **_of("axios", "postForm putForm patchForm", _RESPONSE),
    **_of("got", "stream paginate", _RESPONSE),
    **_of("jquery", "ajax get post getJSON getScript", _RESPONSE),
    **_of("undici", "request fetch stream pipeline connect", _RESPONSE),
    **_of("undici", "Client Pool", Call(FactId.NETWORK, gives="http2.Session")),
    **_all("simple-get.concat @hapi/wreck.read node-fetch.fetch cross-fetch.fetch ky.ky got.got", _RESPONSE),
    **_all("download download-git-repo node-downloader-helper.DownloaderHelper nodejs-file-downloader", _RESPONSE),
    **_all("electron.net.request electron.net.fetch", _RESPONSE),
    **_all("ftp basic-ftp.Client ssh2.Client ssh2-sftp-client node-ssh.NodeSSH telnet-client.Telnet", _NETWORK),
    **_all("nodemailer.createTransport node-telegram-bot-api telegraf.Telegraf discord.js.WebhookClient", _NETWORK),
    **_all("discord.js.Client @slack/webhook.IncomingWebhook", _NETWORK),
    **_all("@slack/web-api.WebClient discord-webhook-node.Webhook", _NETWORK),
    **_all("mqtt.connect amqplib.connect ngrok.connect localtunnel", _NETWORK),
}

_LINE = Call(FactId.PROCESS, Style.LINE, gives="child_process.ChildProcess")
_PROGRAM = Call(FactId.PROCESS, Style.PROGRAM, gives="child_process.ChildProcess")
_SCRIPT = Call(FactId.PROCESS, Style.SCRIPT, gives="child_process.ChildProcess")

PROCESS: dict[str, Call] = {
    **_of("child_process", "exec execSync", _LINE),
    **_of("child_process", "spawn spawnSync execFile execFileSync", _PROGRAM),
    "child_process.fork": _SCRIPT,
    "child_process.*": _LINE,  # a function of it, nobody knows which
    **_of("child_process.ChildProcess.stdin", "write end", Call(FactId.PROCESS, Style.SENDS)),
    **_all("execa execa.execa execa.execaSync execa.sync cross-spawn cross-spawn.sync cross-spawn.spawn", _PROGRAM),
    **_all("execa.execaNode execa.node", _SCRIPT),
    **_all("execa.execaCommand execa.execaCommandSync execa.command execa.commandSync execa.shell execa.$", _LINE),
    **_all("zx.$ zx.$.sync zx/globals.$ Bun.$ bun.$ dax-sh.$ dax.$ @david/dax.$", _LINE),
    **_all("shelljs.exec shelljs/global.exec sudo-prompt.exec node-cmd.run node-cmd.runSync node-cmd.get", _LINE),
    **_all("shell-exec exec-sh exec-sh.promise execSync execSync.exec @expo/sudo-prompt.exec", _LINE),
    **_all("tinyexec.x tinyexec.exec nano-spawn node-pty.spawn @lydell/node-pty.spawn spawn-sync win-spawn", _PROGRAM),
    **_all("@actions/exec.exec @actions/exec.getExecOutput", _PROGRAM),
    **_all("foreground-child foreground-child.foregroundChild", _PROGRAM),
    **_all("@npmcli/promise-spawn spawn-please spawndamnit node-powershell.PowerShell", _PROGRAM),
    **_all("Bun.spawn Bun.spawnSync Deno.run Deno.Command", _PROGRAM),
    "cluster.fork": Call(FactId.PROCESS),
    "process.binding.spawn_sync.spawn": Call(FactId.PROCESS),
    "WScript.Shell.Run": _LINE,
}

_READ = Call(FactId.FILE_READ)
_WRITE = Call(FactId.FILE_WRITE)
_TOUCH = Call(FactId.FILE_WRITE, data=-1)
_DELETE = Call(FactId.FILE_WRITE, Style.DELETE, data=-1)
_COPY = Call(FactId.FILE_WRITE, Style.COPY, data=-1)

FILES: dict[str, Call] = {
    **_of("fs", "readFile readFileSync createReadStream readdir readdirSync opendir opendirSync readlink", _READ),
    **_of("fs", "open openSync openAsBlob readJson readJsonSync readJSON readJSONSync read glob globSync", _READ),
    **_of("Deno", "readFile readFileSync readTextFile readTextFileSync readDir readDirSync open openSync", _READ),
    **_all("Bun.file jsonfile.readFile jsonfile.readFileSync load-json-file read-pkg", _READ),
    **_all("sqlite3.Database better-sqlite3 node:sqlite.DatabaseSync sqlite.DatabaseSync", _READ),
    **_of("fs", "writeFile writeFileSync appendFile appendFileSync outputFile outputFileSync", _WRITE),
    **_of("fs", "writeJson writeJsonSync writeJSON writeJSONSync outputJson outputJsonSync outputJSON", _WRITE),
    "fs.createWriteStream": Call(FactId.FILE_WRITE, gives="fs.WriteStream", data=-1),
    **_of("fs.WriteStream", "write end", Call(FactId.FILE_WRITE, Style.SENDS)),
    **_of("fs", "copyFile copyFileSync cp cpSync rename renameSync copy copySync move moveSync", _COPY),
    **_of("fs", "link linkSync symlink symlinkSync", _COPY),
    **_of("fs", "chmod chmodSync chown chownSync truncate truncateSync", _TOUCH),
    **_of("fs", "unlink unlinkSync rm rmSync rmdir rmdirSync remove removeSync emptyDir emptyDirSync", _DELETE),
    **_all("rimraf rimraf.sync rimraf.rimraf rimraf.rimrafSync del del.sync del.deleteAsync del.deleteSync", _DELETE),
    **_all("shelljs.rm shelljs/global.rm", _DELETE),
    **_of("Deno", "writeFile writeFileSync writeTextFile writeTextFileSync", _WRITE),
    **_of("Deno", "remove removeSync", _DELETE),
    **_all("Bun.write write-file-atomic write-file-atomic.sync jsonfile.writeFile jsonfile.writeFileSync", _WRITE),
}

_CODE = Call(FactId.DYNAMIC_CODE)
_TIMER = Call(FactId.DYNAMIC_CODE, Style.TEXT_ONLY)

CODE: dict[str, Call] = {
    **_all("eval execScript", _CODE),
    "Function": Call(FactId.DYNAMIC_CODE, Style.LAST),
    **_of("vm", "runInThisContext runInNewContext runInContext compileFunction Script SourceTextModule", _CODE),
    **_of("vm", "createScript *", _CODE),
    **_all("setTimeout setInterval setImmediate", _TIMER),
    **_all("Module._compile module._compile module.prototype._compile Module.prototype._compile", _CODE),
    **_all("require-from-string import-fresh-string node-eval safe-eval vm2.VM.run vm2.NodeVM.run", _CODE),
    **_all("jquery.globalEval", _CODE),
}

_DECODE = Call(FactId.DECODE)

DECODE: dict[str, Call] = {
    "atob": _DECODE,
    **_of("zlib", "gunzip gunzipSync inflate inflateSync inflateRaw inflateRawSync unzip unzipSync", _DECODE),
    **_of("zlib", "brotliDecompress brotliDecompressSync zstdDecompress zstdDecompressSync", _DECODE),
    **_all("crypto.createDecipheriv crypto.createDecipher crypto.privateDecrypt crypto.publicDecrypt", _DECODE),
    **_all("crypto-js.AES.decrypt CryptoJS.AES.decrypt pako.inflate pako.ungzip pako.inflateRaw", _DECODE),
    **_all("lz-string.decompressFromBase64 lz-string.decompress js-base64.decode js-base64.Base64.decode", _DECODE),
    **_all("base-64.decode base64-js.toByteArray", _DECODE),
}

_NATIVE = Call(FactId.NATIVE_CODE)

NATIVE: dict[str, Call] = {
    **_all("process.dlopen process.binding process._linkedBinding Deno.dlopen", _NATIVE),
    **_all("bun:ffi.dlopen ffi-napi.Library ffi.Library koffi.load ffi-rs.open ffi-rs.load", _NATIVE),
    **_all("bindings node-gyp-build @mapbox/node-pre-gyp.find node-pre-gyp.find", _NATIVE),
    **_all("pkg-prebuilds prebuild-install", _NATIVE),
}

_PASTES = Call(FactId.CLIPBOARD, data=-1)
_COPIES = Call(FactId.CLIPBOARD, data=0)

CLIPBOARD: dict[str, Call] = {
    **_all("navigator.clipboard.readText navigator.clipboard.read electron.clipboard.readText", _PASTES),
    **_all("electron.clipboard.read clipboardy.read clipboardy.readSync copy-paste.paste", _PASTES),
    **_all("clipboard-sys.readText @crosscopy/clipboard.getText node-copy-paste.paste", _PASTES),
    **_all("navigator.clipboard.writeText navigator.clipboard.write electron.clipboard.writeText", _COPIES),
    **_all("electron.clipboard.write clipboardy.write clipboardy.writeSync copy-paste.copy", _COPIES),
    **_all("clipboard-sys.writeText @crosscopy/clipboard.setText node-copy-paste.copy clipboard-copy", _COPIES),
}  # fmt: skip

CALLS: dict[str, Call] = {**NETWORK, **PROCESS, **FILES, **CODE, **DECODE, **NATIVE, **CLIPBOARD}

METHODS = frozenset(name.rpartition(".")[2] for name in CALLS) | frozenset(
    {
        *("require", "resolve", "getBuiltinModule", "_load", "from", "pipe", "pipeTo", "pipeThrough", "pipeline"),
        *("call", "apply", "bind", "construct", "constructor", "default", "Worker", "Buffer", "toObject", "get"),
        *("createRequire",),
    }
)
"""Last names of everything in these tables: a method of any other name does nothing, unless it is an alias."""

HEADS = frozenset(name.partition(".")[0] for name in CALLS if CALLS[name].style is not Style.TEXT_ONLY) | frozenset(
    {
        *("globalThis", "global", "window", "self", "top", "parent", "frames", "root", "module", "Module", "require"),
        *("import", "Reflect", "Worker", "worker_threads"),
    }
)
"""First parts of the names that lead to one of these calls."""

LOADERS = frozenset(
    {
        *("require", "require.resolve", "Buffer", "Buffer.from", "Worker", "worker_threads.Worker"),
        *("Deno.env.get", "Deno.env.toObject"),
    }
)
"""Calls that are looked at for what they load, start, decode or read."""

FOLDED = frozenset(
    {
        *("util.promisify", "util.callbackify", "util.deprecate", "es6-promisify.promisify", "bluebird.promisify"),
        *("bluebird.promisifyAll", "Promise.promisify", "Promise.promisifyAll", "Promise.resolve", "Promise.all"),
        *("Promise.race", "Promise.any", "Promise.allSettled", "Object.freeze", "Object.create", "Object.seal"),
        *("Object.getPrototypeOf", "Object.assign", "Object.fromEntries", "Object.values", "Object.keys"),
        *("Object.entries", "Object.getOwnPropertyNames", "Object.hasOwn", "Object.defineProperty"),
        *("Object.prototype.hasOwnProperty", "Array.from", "Array.of", "Reflect.get", "Reflect.ownKeys", "Reflect.has"),
        *("Reflect.apply", "Reflect.construct", "String.raw", "String.fromCharCode", "String.fromCodePoint"),
        *("tslib.__importStar", "tslib.__importDefault", "webpack.require.n", "url.fileURLToPath", "url.pathToFileURL"),
        *("axios.create", "got.extend", "request.defaults", "needle.defaults", "ky.create", "ky.extend"),
        *("path.join", "path.resolve", "path.normalize", "path.dirname", "path.toNamespacedPath", "upath.join"),
        *("pathe.join", "pathe.resolve", "os.homedir", "os.userInfo.homedir", "os.tmpdir", "process.cwd"),
        "process.env",
        *("Bun.env", "import.meta.env", "import.meta.resolve", "process.mainModule", "process.execPath"),
        *("process.argv0", "module.createRequire", "Uint8Array.from", "JSON.stringify", "Deno.env.get"),
        *("Deno.env.toObject", "console.log", "fs.realpath", "fs.realpathSync", "stream.pipeline", "net.Socket"),
        *("dns.Resolver", "vm2.VM", "vm2.NodeVM", "Module.prototype", "module.exports"),
        *("Object.getOwnPropertyDescriptor", "fs.promises", "dns.promises", "process.report.getReport"),
        "document.createElement",
    }
)
"""Names whose calls are folded, or that lead to others: they are no fact of their own."""

# What reading these gives is data that came from somewhere, not code that can do something.
HOME = frozenset({"os.homedir", "os.userInfo.homedir", "home-or-tmp", "user-home", "os-homedir", "untildify"})
"""Calls that give the home directory."""

# Members whose value says nothing of the data they are asked of.
LOSSY = frozenset(
    {
        *("length", "size", "byteLength", "status", "statusCode", "ok", "indexOf", "lastIndexOf", "includes", "has"),
        *("startsWith", "endsWith", "test", "localeCompare", "every", "some", "isFile", "isDirectory", "exitCode"),
        *("existsSync", "setHeader", "writeHead", "killed", "pid", "findIndex"),
    }
)
