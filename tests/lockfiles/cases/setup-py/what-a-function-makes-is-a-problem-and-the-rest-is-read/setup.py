from setuptools import setup

def read(path):
    return open(path).read().splitlines()

setup(
    install_requires=read("requirements.txt"),
    extras_require={"fast": ["a==1.0"], "more": read("more.txt")},
)
