"""A résumé file becomes education, work and skills; what must not be asked about a person is left out.

Imports nothing on purpose: the reading child process loads this package before it limits itself.
"""
