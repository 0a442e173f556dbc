# -*- coding: latin-1 -*-
from setuptools import setup

setup(author='é', install_requires=['a==1.0'])
