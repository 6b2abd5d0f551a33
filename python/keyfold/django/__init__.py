"""Django's backend: DATABASES = {"default": {"ENGINE": "keyfold.django", ...}} (docs/django.md).

It is djongo's backend with its schema side replaced. djongo is subclassed and stays as it is; what is taken from inside it was
checked with versions 1.3.6 and 1.3.7.
"""
