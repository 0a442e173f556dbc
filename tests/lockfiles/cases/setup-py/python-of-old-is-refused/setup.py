from distutils.core import setup

print 'shop'
setup(install_requires=['a==1.0'])
