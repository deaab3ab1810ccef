import cProfile, pstats, time, os, io, subprocess
from tests.benchmarks.bench_web import _filled, _manage, _pages, production  # noqa
from audits.servers import application

def bench_prof(production, database_urls, django_db_setup, django_db_blocker):
    t=time.monotonic()
    _filled(production, database_urls["admin_url"])
    print("seeded", time.monotonic()-t, database_urls["admin_url"], flush=True)
    pages=_pages(database_urls["admin_url"])
    from django.db import connection
    from django.test import Client as Browser
    from django.test.utils import CaptureQueriesContext, override_settings
    from audits.models import User
    from audits.services import seed_scale
    with django_db_blocker.unblock(), override_settings(MIA_REQUIRE_MFA=False, DEBUG=False):
        b=Browser(HTTP_HOST=application.HOST)
        b.force_login(User.objects.get(email="technician-1@load.example"), backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, paths in pages.items():
            for p in paths[:3]: b.get(p)
            with CaptureQueriesContext(connection) as q:
                r=b.get(paths[0])
            print(name, r.status_code, len(r.content), len(q), "sql s", sum(float(x["time"]) for x in q.captured_queries))
            slow=sorted(q.captured_queries, key=lambda x:-float(x["time"]))[:4]
            for x in slow: print("    ", x["time"], x["sql"][:300].replace("\n"," "))
            if name=="fleet":
                for x in q.captured_queries: print("  q", x["time"], x["sql"][:160].replace("\n"," "))
            c=time.process_time(); w=time.monotonic(); n=10
            for i in range(n): b.get(paths[i%len(paths)])
            print("   cpu ms", 1000*(time.process_time()-c)/n, "wall", 1000*(time.monotonic()-w)/n, flush=True)
            pr=cProfile.Profile(); pr.enable()
            for i in range(n): b.get(paths[i%len(paths)])
            pr.disable(); s=io.StringIO(); pstats.Stats(pr,stream=s).sort_stats("cumulative").print_stats(70)
            open(f"/tmp/w/prof_{name}.txt","w").write(s.getvalue())
