"""Django's settings. Where the record lies comes from LINEPROOF_RECORD, set by wiring before Django starts."""

import os
from pathlib import Path

_RECORD = Path(os.environ["LINEPROOF_RECORD"])

# Derived from the record's vault by wiring and handed over in memory only; see wiring.open_record.
SECRET_KEY = os.environ.get("LINEPROOF_PAGE_SECRET", "")
DEBUG = False
# Pages are served on the loopback address only, in this version.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "lineproof.web.urls"
WSGI_APPLICATION = "lineproof.web.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "lineproof.registry",
    "lineproof.portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lineproof.web.headers.PageHeaders",
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
SESSION_COOKIE_AGE = 15 * 60
SESSION_COOKIE_NAME = "lineproof"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Nothing is logged by the pages: no address, number or name can end up in a file.
LOGGING_CONFIG = None
