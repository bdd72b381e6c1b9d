def test_smoke(run):
    r = run("cost", "--leverage", "5", "-o", "json")
    assert r.code == 0, r.err
    assert str(r.result["apr_on_margin"]) == "0.5475"


def test_rates(run, server):
    r = run("rates", "-o", "json", now=None)
    assert r.code == 0, r.err
    assert len(r.rows) == 6
