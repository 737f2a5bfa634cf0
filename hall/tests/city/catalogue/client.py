"""Reads the catalogue of a running city with ckanapi, as harvesters do. Says the title of what it found last."""

import sys

from ckanapi import NotFound, RemoteCKAN

url = sys.argv[1]
for get_only in (False, True):
    with RemoteCKAN(url, get_only=get_only) as city:
        assert city.action.status_show()["site_url"].startswith("http")
        names = city.action.package_list()
        assert len(names) >= 40, names
        one = city.action.package_show(id=names[0])
        assert one["name"] == names[0] and one["organization"]["title"], one
        found = city.action.package_search(q="学校", rows=3)
        assert found["count"] >= 1 and len(found["results"]) <= 3, found
        everything = city.action.package_search(rows=1000)
        assert everything["count"] == len(names) == len(everything["results"])
        rest = city.action.package_search(rows=10, start=40)
        assert [each["name"] for each in rest["results"]] == names[40:50]
        organs = city.action.organization_list(all_fields=True)
        assert sum(organ["package_count"] for organ in organs) == len(names), organs
        own = city.action.package_search(fq="organization:" + organs[0]["name"], rows=1000)
        assert own["count"] == organs[0]["package_count"], own
        assert city.action.group_list()
        try:
            city.action.package_show(id="nothing-of-the-kind")
        except NotFound:
            pass
        else:
            raise AssertionError("what is not there was found")
print(found["results"][0]["title"])
