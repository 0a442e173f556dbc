from setuptools import setup

required = ["a==1.0"]
required.append("b==" + "2.0")

setup(install_requires=required)
