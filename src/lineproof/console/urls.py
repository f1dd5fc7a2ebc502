"""Addresses of the reviewers' pages. They say nothing of a person, nor whether there is such a case."""

from django.urls import path

from lineproof.console import views

app_name = "console"
urlpatterns = [
    path("passkey/<str:token>", views.passkey, name="passkey"),
    path("passkey/<str:token>/challenge", views.passkey_challenge, name="passkey-challenge"),
    path("<uuid:case>", views.case_page, name="case"),
    path("<uuid:case>/offer", views.offer, name="offer"),
    path("<uuid:case>/photographs", views.photographs, name="photographs"),
]
