from setuptools import setup

setup(
    install_requires=["a==1.0"],
    setup_requires=("b==1.0",),
    tests_require="c==1.0",
    extras_require={
        "fast": ["d==1.0"],
        "docs": ["e==1.0"],
    },
)
