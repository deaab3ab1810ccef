from rest_framework.pagination import LimitOffsetPagination


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`; nobody fetches everything in one answer."""

    max_limit = 200
