//! The frames as markup.

use maud::{Markup, html};

use super::*;
use crate::Door;
use crate::parts::Crumb;

fn city() -> City {
    City {
        name: "鄂州市".into(),
        site: "鄂州市人民政府门户网站".into(),
        division: "420700".into(),
        url: "https://www.ezhou.example".into(),
        demo: true,
    }
}

fn lines(markup: Markup) -> String {
    markup.into_string().replace("><", ">\n<")
}

#[test]
fn the_public_site() {
    let city = city();
    let doors = [
        Door { title: "看信息", path: "/info", place: 1 },
        Door { title: "办事情", path: "/services", place: 2 },
    ];
    let crumbs = [Crumb::new("首页", "/")];
    let view = SiteView {
        target: "/services/1?step=2",
        doors: &doors,
        crumbs: &crumbs,
        prefs: Prefs { elder: true, larger: 1 },
        links: &[("关于本站", "/about")],
        imprint: &["主办：鄂州市人民政府办公室"],
        ..SiteView::new(&city, "食品经营许可")
    };
    insta::assert_snapshot!(lines(site(&view, html! { h1 { "食品经营许可" } })));
}

#[test]
fn the_workbench() {
    let city = city();
    let item = |title, path, waiting| DeskItem { title, path, icon: "inbox", waiting };
    let groups = [DeskGroup {
        title: "行政审批",
        items: vec![
            item("办件", "/desk/cases", Some(3)),
            item("我的办件", "/desk/cases/mine", None),
        ],
    }];
    let user =
        User {
            name: "李敏", post: "受理岗 · 市市场监督管理局", links: &[("我的账户", "/me")]
        };
    let view = DeskView {
        target: "/desk/cases/mine?sort=due",
        groups: &groups,
        search: Some("/desk/search"),
        ..DeskView::new(&city, "我的办件", user)
    };
    insta::assert_snapshot!(lines(desk(&view, html! { h1 { "我的办件" } })));
}

#[test]
fn what_stands_alone_needs_no_script() {
    let page = bare(&city(), "系统出了问题", Prefs::default(), html! { h1 { "系统出了问题" } });
    assert!(!page.into_string().contains("<script"));
}

#[test]
fn a_door_is_open_on_its_pages_and_no_others() {
    assert!(is_under("/services", "/services"));
    assert!(is_under("/services/1?step=2", "/services"));
    assert!(!is_under("/servicesdesk", "/services"));
    assert!(!is_under("/info", "/services"));
}
