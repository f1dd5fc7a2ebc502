"""Addresses of the reviewers' pages. They say nothing of a person, nor whether there is such a case."""

from django.urls import path

from lineproof.console import reviewing, views

app_name = "console"
urlpatterns = [
    path("", reviewing.cases, name="cases"),
    path("sign-in", reviewing.sign_in, name="sign-in"),
    path("leave", reviewing.leave, name="leave"),
    path("passkey/<str:token>", views.passkey, name="passkey"),
    path("passkey/<str:token>/challenge", views.passkey_challenge, name="passkey-challenge"),
    path("<uuid:case>", reviewing.case_page, name="case"),
    path("<uuid:case>/confirm", reviewing.confirm, name="confirm"),
    path("<uuid:case>/offer", views.offer, name="offer"),
    path("<uuid:case>/photographs", views.photographs, name="photographs"),
]
