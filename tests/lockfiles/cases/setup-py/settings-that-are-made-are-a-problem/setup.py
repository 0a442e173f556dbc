from setuptools import setup

import json

setup(**json.load(open("settings.json")))
