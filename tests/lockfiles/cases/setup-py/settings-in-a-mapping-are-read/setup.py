from setuptools import setup

settings = {
    "name": "shop",
    "install_requires": ["a==1.0"],
}

if __name__ == "__main__":
    setup(**settings)
