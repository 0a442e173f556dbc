from setuptools import setup

setup(
    install_requires=[
        "a==1.0; python_version < '3.12'",
        "b @ git+https://git.example/b.git",
        "not a requirement",
    ]
)
