from setuptools import setup

setup(
<<<<<<< HEAD
    install_requires=["a==1.0"],
=======
    install_requires=["a==2.0"],
>>>>>>> topic
)
