from setuptools import setup

setup(
    install_requires="""
        a==1.0
        # why
        b==2.0  # because
    """,
)
