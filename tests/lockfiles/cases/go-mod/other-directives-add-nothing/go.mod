module m

go 1.24
toolchain go1.24.1
godebug default=go1.21
tool git.example/acme/tool/cmd
exclude git.example/a v1.0.0
retract [v1.0.0, v1.1.0] // a mistake
ignore ./node_modules
