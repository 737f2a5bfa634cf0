"""Reads the catalogue of a running city with ckanapi, as harvesters do. Says the title of what it found last."""

import sys

from ckanapi import NotFound, RemoteCKAN, ValidationError

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
        schools = found["results"][0]["resources"][0]
        assert schools["datastore_active"], schools
        assert city.action.resource_show(id=schools["id"])["package_id"] == schools["package_id"]
        known = city.action.datastore_info(id=schools["id"])
        assert known["meta"]["count"] == schools["rows"] > 100, known
        page = city.action.datastore_search(resource_id=schools["id"], limit=5, offset=5, sort="name desc")
        assert page["total"] == schools["rows"] and len(page["records"]) == 5, page
        assert set(page["records"][0]) == {field["id"] for field in page["fields"]}, page
        some = city.action.datastore_search(
            resource_id=schools["id"], filters='{"stage": "小学"}', fields="name,stage", limit=32000
        )
        assert some["total"] == len(some["records"]) > 10, some
        assert {row["stage"] for row in some["records"]} == {"小学"}
        try:
            city.action.datastore_search(resource_id=schools["id"], filters='{"nothing": 1}')
        except ValidationError as wrong:
            assert "nothing" in wrong.error_dict["filters"][0]
        else:
            raise AssertionError("a field that is not there was filtered by")
        try:
            city.action.package_show(id="nothing-of-the-kind")
        except NotFound:
            pass
        else:
            raise AssertionError("what is not there was found")
print(found["results"][0]["title"])
