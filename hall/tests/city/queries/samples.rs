//! A sample address for every route that is read. What stands in braces is a name of `filled`.

use super::filled::Names;

/// The addresses, each under the route that it leads to. A list has one for each of its views,
/// because each is another query, and one for a page behind the first.
pub const SAMPLES: &[&str] = &[
    "/receipts/{act}",
    "/receipts/{act}/file",
    "/api/v1/receipts/{act}",
    "/log/key",
    "/log/checkpoint",
    "/log/tile/0/000",
    "/api/openapi.json",
    "/healthz",
    "/metrics",
    "/sign-in",
    "/register",
    "/forgot",
    "/code",
    "/me",
    "/me/phone",
    "/me/email",
    "/me/email/remove",
    "/me/password",
    "/me/factors",
    "/me/factors/certificate",
    "/me/factors/passkey",
    "/me/factors/{factor}",
    "/me/devices",
    "/api/v1/me/sessions",
    "/me/close",
    "/me/looks",
    "/me/looks?before={last_id}",
    "/desk",
    "/desk/organs",
    "/desk/accounts",
    "/desk/accounts?after=editor",
    "/desk/accounts/novice",
    "/desk/proposals",
    "/desk/proposals/{proposal}",
    "/desk/holders",
    "/desk/resets",
    "/desk/authorities",
    "/",
    "/info",
    "/info/notices",
    "/info/notices?before={last_day}",
    "/info/notices/{document_published}",
    "/search?q=食品",
    "/search?q=食品&kind=item",
    "/desk/documents",
    "/desk/documents?tab=in_review",
    "/desk/documents?tab=published",
    "/desk/documents?tab=withdrawn",
    "/desk/documents?tab=kept",
    "/desk/documents?before={last_change}",
    "/desk/documents/new",
    "/desk/documents/{document}",
    "/desk/documents/{document_in_review}",
    "/desk/documents/{document_published}",
    "/desk/documents/{document_withdrawn}",
    "/desk/documents/{document_again}",
    "/desk/reviews",
    "/desk/reviews?after={first_change}",
    "/desk/reviews?tab=published",
    "/desk/reviews?tab=published&after={last_day}",
    "/desk/reviews?tab=withdrawn",
    "/desk/reviews?tab=withdrawn&after={last_change}",
    "/desk/reviews?tab=kept",
    "/desk/reviews/{document_in_review}",
    "/desk/reviews/{document_published}",
    "/desk/reviews/{document_imported}",
    "/desk/imports",
    "/desk/imports?after={last_document}",
    "/desk/imports?tab=all",
    "/desk/imports?tab=all&after={last_document}",
    "/api/v1/search?q=食品",
    "/services",
    "/services?after={first_code}",
    "/services?q=食品",
    "/services?organ={organ}",
    "/services?theme=030",
    "/services?event=open-shop",
    "/services?for=person",
    "/services?organ={organ}&event=open-shop&for=firm",
    "/services/food-business",
    "/services/4207000260100100",
    "/api/v1/items",
    "/api/v1/items?after={first_code}",
    "/api/v1/items?q=食品",
    "/api/v1/items/food-business",
    "/api/v1/items/4207000260100100",
    "/api/v1/items/food-business/form",
    "/apply/food-business",
    "/apply/draft/{draft}",
    "/apply/draft/{draft}/materials",
    "/apply/draft/{draft}/check",
    "/apply/draft/{draft}/home",
    "/my/cases",
    "/my/cases?after={last_case}",
    "/my/cases/{no}",
    "/my/cases/{closed_no}",
    "/my/cases/{no}/slip",
    "/my/cases/{closed_no}/papers/2",
    "/my/cases/{no}/files/{file}",
    "/cases",
    "/cases/papers/2",
    "/desk/cases",
    "/desk/cases?view=receive",
    "/desk/cases?view=examine",
    "/desk/cases?view=decide",
    "/desk/cases?view=issue",
    "/desk/cases?view=correction",
    "/desk/cases?view=all",
    "/desk/cases?view=all&after={last_case}",
    "/desk/cases?view=closed",
    "/desk/cases?view=closed&after={last_case}",
    "/desk/cases?q={no}",
    "/desk/cases/{no}",
    "/desk/cases/{closed_no}",
    "/desk/cases/{no}/slip",
    "/desk/cases/{closed_no}/papers/2",
    "/desk/cases/{no}/files/{file}",
    "/desk/counter",
    "/api/v1/applications/{no}?query_code={code}",
    "/api/v1/applications/{no}",
    "/desk/signals",
    "/desk/signals?after={last_case}",
    "/desk/signals/{signal}",
    "/desk/supervision",
    "/desk/supervision/rules",
    "/desk/supervision/signals",
    "/desk/supervision/signals?after={last_case}",
    "/desk/supervision/signals/{signal}",
    "/desk/supervision/{organ}",
    "/desk/supervision/{organ}?show=soon",
    "/desk/supervision/{organ}?show=late",
    "/desk/supervision/{organ}?after={last_case}",
    "/board/supervision",
    "/api/v1/signals",
    "/api/v1/signals?after={last_case}",
    "/api/v1/supervision/organs",
    "/desk/population",
    "/desk/population/loads",
    "/desk/population/loads?after=3",
    "/desk/population/loads/{load}",
    "/desk/population/loads/{load}?after={first_line}",
    "/desk/population/loads/{load_refused}",
    "/desk/acts",
    "/desk/audit",
    "/desk/audit?after={last_act}",
    "/desk/audit?who=clerk",
    "/desk/audit?who=clerk&act=approvals.accepted&after={last_act}",
    "/desk/audit?organ={organ}",
    "/desk/audit?organ={organ}&act=approvals.accepted",
    "/desk/audit?act=approvals.accepted",
    "/desk/audit?no={no}",
    "/desk/audit?kind=item&id=4207000260100100&act=powers.published",
    "/desk/audit?address=127.0.0.1",
    "/desk/audit?from=2026-01-01&until=2026-12-31",
    "/desk/audit/cases/{no}",
    "/desk/audit/people/clerk",
    "/desk/audit/people/clerk?day=2026-03-02",
    "/desk/audit/events",
    "/desk/audit/events?before={last_id}",
    "/desk/audit/events?tab=explained",
    "/desk/audit/events/{security_event}",
    "/desk/audit/auditors",
    "/desk/audit/auditors?who=auditor",
];

/// The route that a sample leads to: of those that fit, the one that says most of it in words.
pub fn route_of(sample: &str) -> Option<&'static str> {
    route_for("get", sample)
}

/// The same for a route of another method.
pub fn route_for(method: &str, sample: &str) -> Option<&'static str> {
    let path = sample.split('?').next().unwrap_or_default();
    let routes = hall::OFFICES.iter().flat_map(|office| office.routes);
    let takes = routes.filter(|route| route.method == method);
    takes.filter_map(|route| Some((words_in(route.path, path)?, route.path))).max().map(|(_, r)| r)
}

/// How many parts of a route stand in a path word for word; none if the path is not of that route.
fn words_in(route: &str, path: &str) -> Option<usize> {
    if route.split('/').count() != path.split('/').count() {
        return None;
    }
    let parts = route.split('/').zip(path.split('/'));
    let fits = parts.map(|(wanted, part)| match (wanted.starts_with('{'), wanted == part) {
        (_, true) => Some(1),
        (true, false) => Some(0),
        (false, false) => None,
    });
    fits.sum()
}

/// The address of a sample in a city where things have these ids.
pub fn address(sample: &str, names: &Names) -> String {
    let mut address = sample.to_owned();
    for (name, id) in names {
        address = address.replace(&format!("{{{name}}}"), id);
    }
    assert!(!address.contains('{'), "{sample} names something that `filled` does not know");
    let parts = address.bytes().map(|byte| match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    parts.collect()
}
