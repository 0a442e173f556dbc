from setuptools import setup

REQUIRED = [
    "a==1.0",
]
EXTRAS = dict(fast=["b==1.0"])

setup(install_requires=REQUIRED + ["c==1.0"], extras_require=EXTRAS)
