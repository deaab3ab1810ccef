import gc
import os

from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from audits.web.frames import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mia_portal.settings")
application = with_room(get_wsgi_application())

# A web server does not run Django's checks by itself: a missing key must refuse to start here too.
if problems := [problem for problem in run_checks(tags=[Tags.security]) if problem.is_serious()]:
    raise ImproperlyConfigured("; ".join(str(problem) for problem in problems))

# What was imported lives as long as the process: the collector has no need to look through it again
# and again, nor after each few hundred objects that drawing a page makes and drops.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
