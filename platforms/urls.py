"""Under /a/<slug>/."""

from __future__ import annotations

from django.urls import path

from platforms import views

urlpatterns = [
    path("connections/", views.connections, name="connections"),
    path("connections/<int:pk>/", views.connection, name="connection"),
    path("connections/<int:pk>/verify/", views.account_verify, name="account_verify"),
    path("connections/<int:pk>/disconnect/", views.account_disconnect, name="account_disconnect"),
    path("connections/add/<slug:platform>/", views.connect, name="connect"),
]
