"""Django's settings. LINEPROOF_RECORD, set by wiring before Django starts, says where the record lies."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from lineproof.portal.languages import ENGLISH, found_languages
from lineproof.wiring import page_secret

_RECORD = Path(os.environ["LINEPROOF_RECORD"])

# Derived from the record's vault, so it is the same after a restart and is written nowhere.
SECRET_KEY = page_secret(_RECORD)
DEBUG = False
# Where a relay on this machine shows the pages over https; "": nowhere, and they are for this machine alone.
AT = os.environ.get("LINEPROOF_AT", "")
# Pages are served on the loopback address only.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *([urlsplit(AT).hostname or ""] if AT else [])]
ROOT_URLCONF = "lineproof.web.urls"
WSGI_APPLICATION = "lineproof.web.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "lineproof.registry",
    "lineproof.portal",
    "lineproof.console",
]
MIDDLEWARE = [
    "lineproof.web.relayed.Relayed",
    "django.middleware.security.SecurityMiddleware",
    "lineproof.web.compression.CompressPages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lineproof.web.answers.LogAnswers",
    "lineproof.web.headers.PageHeaders",
    "lineproof.web.language.ChooseLanguage",
    "lineproof.web.services.GiveServices",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lineproof.web.errors.ErrorPages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "lineproof.portal.languages.offer_languages",
            ]
        },
    }
]

# SQLite: WAL lets pages read while a procedure writes; IMMEDIATE takes the write lock at the start, so
# that two procedures wait instead of failing half-way; FULL makes a commit survive a power cut.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _RECORD / "record.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
        },
    }
}

# A visit to one's lines lives in a signed cookie: no table, nothing to clean up.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
# The longest that a visit lasts; how long it is, portal/visit.py says.
SESSION_COOKIE_AGE = 3 * 60 * 60
SESSION_COOKIE_NAME = "lineproof"
SESSION_COOKIE_HTTPONLY = True
# Over http it is not sent then, but by browsers that take this machine's own name for safe.
SESSION_COOKIE_SECURE = bool(AT)
# Lax, not Strict: a link followed from a message would be used up and then open nothing, because a Strict
# cookie is not sent after a redirect that began on another site. No GET changes anything within a visit.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# The secret against forged buttons lives in the visit's cookie, which leaving removes. Beside it there is one
# for the language alone.
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "lineproof.web.errors.show_forgery"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# Their addresses do not say which release they are of: after an update they are old for an hour at most.
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

LANGUAGE_CODE = ENGLISH
LANGUAGES = found_languages()
# What was chosen goes with the window, as a visit does; it says nothing but the language.
LANGUAGE_COOKIE_NAME = "lineproof-language"
FORMAT_MODULE_PATH = "lineproof.portal.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# No library writes a word of its own: Django would write the path of a refused request, and with it a link,
# and at its lowest level the parameters of every query. What we write, lineproof.structured does, without
# free text; bugs go through web/errors.py.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "loggers": {"django": {"handlers": ["nowhere"], "propagate": False}},
    # Without a handler here, Python writes warnings of every other library to standard error.
    "root": {"handlers": ["nowhere"]},
}
