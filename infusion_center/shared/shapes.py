"""Shapes of API input that every app asks for."""

from typing import Any

from rest_framework import serializers


class Reason(serializers.Serializer[Any]):
    """Why, in a few words."""

    reason = serializers.CharField(max_length=200)
