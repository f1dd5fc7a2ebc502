"""Addresses of the holder's pages. None of them can carry anything about a person."""

from django.urls import path

from lineproof.portal import (
    acts,
    applying,
    passkeys,
    photographing,
    receiving,
    showing,
    signing_in,
    telling,
    views,
)

app_name = "portal"
urlpatterns = [
    path("", views.start, name="start"),
    path("open/<str:token>", views.open_with_link, name="open"),
    path("sign-in", signing_in.ask, name="sign-in"),
    path("sign-in/code", signing_in.enter, name="code"),
    path("sign-in/passkey", passkeys.sign_in, name="sign-in-passkey"),
    path("passkeys", passkeys.passkeys, name="passkeys"),
    path("passkeys/remove", passkeys.remove, name="remove-passkey"),
    path("apply", applying.start, name="apply"),
    path("apply/counter", applying.counter, name="apply-counter"),
    path("apply/who-you-are", showing.who, name="who"),
    path("apply/open", showing.open_lines, name="open-lines"),
    path("apply/begin", applying.begin, name="apply-begin"),
    path("apply/line", applying.line, name="apply-line"),
    path("apply/line/mobile", applying.mobile, name="apply-mobile"),
    path("apply/line/internet", applying.internet, name="apply-internet"),
    path("apply/consent", applying.consent, name="apply-consent"),
    path("apply/photographs", photographing.capture, name="apply-capture"),
    path("apply/terms", photographing.terms, name="apply-terms"),
    path("apply/send", photographing.send, name="apply-send"),
    path("apply/result", applying.result, name="apply-result"),
    path("apply/again", applying.again, name="apply-again"),
    path("apply/end", applying.end, name="apply-end"),
    path("lines", views.lines, name="lines"),
    path("lines/<int:number>", acts.line, name="line"),
    path("lines/<int:number>/do/<slug:name>", acts.act, name="act"),
    path("lines/<int:number>/receipt", views.receipt, name="receipt"),
    path("take-over", receiving.take_over, name="take-over"),
    path("take-over/decline", receiving.decline, name="decline"),
    path("addresses", telling.addresses, name="addresses"),
    path("addresses/remove", telling.remove, name="remove-address"),
    path("stay", views.stay, name="stay"),
    path("leave", views.leave, name="leave"),
    path("left", views.left, name="left"),
]
