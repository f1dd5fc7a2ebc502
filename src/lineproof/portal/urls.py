"""Addresses of the holder's pages. None of them can carry anything about a person."""

from django.urls import path

from lineproof.portal import acts, passkeys, signing_in, views

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("open/<str:token>", views.open_with_link, name="open"),
    path("sign-in", signing_in.ask, name="sign-in"),
    path("sign-in/code", signing_in.enter, name="code"),
    path("sign-in/passkey", passkeys.sign_in, name="sign-in-passkey"),
    path("passkeys", passkeys.passkeys, name="passkeys"),
    path("passkeys/remove", passkeys.remove, name="remove-passkey"),
    path("lines", views.lines, name="lines"),
    path("lines/<int:number>", acts.line, name="line"),
    path("lines/<int:number>/do/<slug:name>", acts.act, name="act"),
    path("lines/<int:number>/receipt", views.receipt, name="receipt"),
    path("leave", views.leave, name="leave"),
    path("left", views.left, name="left"),
]
