"""The full-screen face: sessions, one session, its ways out, pipelines. Screens show frozen views and know no service.

What they ask for is read and done by the loader's threads (`loader`, `reading`, `doing`), which touch no widget.
"""
