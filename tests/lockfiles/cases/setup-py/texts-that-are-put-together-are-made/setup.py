from setuptools import setup

setup(install_requires=["a==" + "1.0", f"b=={1}", "c" "==1.0"])
