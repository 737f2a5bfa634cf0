//! The search: by person, organ, kind of act, subject, address and time.

use access::{Account, Organ};
use axum::extract::Query;
use base::{FieldError, Outcome};
use frame::parts::{
    Choice, Filter, Filters, Heading, Pager, button_row, empty, error_summary, inset, link_button,
    section,
};
use frame::serve::see_other;
use frame::{Cx, Reply, page};
use ledger::{Found, LOOKED_MAX, Sought};
use maud::{Markup, html};
use serde_json::json;

use super::{Links, ROWS, table};
use crate::acts::{self, Outlook, Subject, outlook};
use crate::rules;
use crate::terms::{SEE, SUBJECTS, Wanted};

const HERE: &str = "/desk/audit";
const TITLE: &str = "办理记录";

/// `GET /desk/acts`: where the record stood before.
pub(crate) async fn moved(_: Cx) -> Reply {
    Ok(see_other(HERE))
}

/// `GET /desk/audit`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let asked = wanted.clone();
    let (outlook, organs) = cx.read(move |r| Ok((outlook(r, &asked)?, access::organs(r)?))).await?;
    let body = match &outlook {
        Outlook::Wrong(_) => html! {},
        Outlook::Several(people) => several(&wanted, people),
        Outlook::Clear(sought) => {
            let found = find(&cx, &wanted, sought.clone()).await?;
            results(&cx, &wanted, &found)
        }
    };
    let wrong: &[FieldError] = match &outlook {
        Outlook::Wrong(wrong) => wrong,
        _ => &[],
    };
    let whole = html! {
        (error_summary(wrong))
        (Heading::new(TITLE).lead("每一步都在这里，只能增加，不能修改和删除。您的每一次查阅也会记下来。"))
        (form(&cx, &wanted, &organs))
        (body)
    };
    let shown = page::desk(&cx, TITLE, &[], whole).await?;
    Ok(if wrong.is_empty() { shown } else { page::invalid(shown) })
}

/// Finds, after it is on record who seeks what.
async fn find(cx: &Cx, wanted: &Wanted, sought: Sought) -> Outcome<Found> {
    let subject = match (&sought.subject, &sought.account) {
        (Some((kind, id)), _) => Subject { kind, id },
        (None, Some(id)) => Subject { kind: "account", id },
        (None, None) => Subject::RECORD,
    };
    acts::put_on_record(cx, &SEE, subject, json!({ "query": wanted })).await?;
    let (after, sought) = (rules::place(&wanted.after), sought.clone());
    cx.read(move |r| ledger::search(r, &sought, after, ROWS)).await
}

fn form(cx: &Cx, wanted: &Wanted, organs: &[Organ]) -> Filters {
    let organs = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let kinds = acts::export::kinds(cx.hall()).into_iter();
    let kinds = kinds.map(|(name, title)| Choice::new(name, title));
    let subjects = SUBJECTS.iter().map(|(kind, title)| Choice::new(*kind, *title)).collect();
    Filters::new(
        HERE,
        [
            Filter::words("who", "人员（用户名或者姓名）", &wanted.who),
            Filter::one("organ", "机构", &wanted.organ, organs),
            Filter::one("act", "做了什么", &wanted.act, kinds.collect()),
            Filter::words("no", "办件编号", &wanted.no),
            Filter::one("kind", "对象种类", &wanted.kind, subjects),
            Filter::words("id", "对象编号", &wanted.id),
            Filter::words("address", "来源地址", &wanted.address),
            Filter::day("from", "从", &wanted.from),
            Filter::day("until", "到", &wanted.until),
        ],
    )
}

fn results(cx: &Cx, wanted: &Wanted, found: &Found) -> Markup {
    let next = found
        .next
        .map(|next| address(&Wanted { after: rules::place_text(next), ..wanted.clone() }));
    let first = (!wanted.after.is_empty())
        .then(|| address(&Wanted { after: String::new(), ..wanted.clone() }));
    let nothing = empty("没有这样的记录", html! { p { "请去掉一些条件，或者换一段时间再查。" } });
    html! {
        @if !found.rows.is_empty() && cx.hall().office("privacy").is_some() { (offer(wanted)) }
        (table(cx, "办理记录，最近的在前", &found.rows, Links::Deeper, nothing))
        @if found.cut {
            (inset(html! {
                p { "这一页比较了 " (LOOKED_MAX) " 条记录，更早的还没有查。请点“下一页”接着查，或者缩短时间。" }
            }))
        }
        (Pager::new(next).first(first))
    }
}

/// Where what was found can be taken out: by an order that another person agrees to.
fn offer(wanted: &Wanted) -> Markup {
    let all = Wanted { after: String::new(), ..wanted.clone() };
    let asked: String = pairs(&all)
        .into_iter()
        .map(|(name, value)| format!("&{name}={}", frame::held::query_escape(value)))
        .collect();
    let path = format!("/desk/exports/new?export={}{asked}", acts::export::ACTS.name);
    html! {
        (button_row(html! { (link_button("提出导出并附证明", &path)) }))
        p class="hint" { "把符合这些条件的全部记录拿出系统：由您提出，安全管理员同意。" }
    }
}

fn several(wanted: &Wanted, people: &[Account]) -> Markup {
    section(
        "several",
        "叫这个名字的不止一人",
        html! {
            ul {
                @for one in people {
                    li {
                        a href=(address(&Wanted { who: one.login.clone(), ..wanted.clone() })) {
                            (one.name) "（" (one.login) "）"
                        }
                    }
                }
            }
        },
    )
}

/// The address of a search.
pub(super) fn address(wanted: &Wanted) -> String {
    let pairs: Vec<String> = pairs(wanted)
        .into_iter()
        .map(|(name, value)| format!("{name}={}", frame::held::query_escape(value)))
        .collect();
    if pairs.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", pairs.join("&")) }
}

/// What was written into the form, field by field.
fn pairs(wanted: &Wanted) -> Vec<(&'static str, &str)> {
    let said = [
        ("who", &wanted.who),
        ("organ", &wanted.organ),
        ("act", &wanted.act),
        ("no", &wanted.no),
        ("kind", &wanted.kind),
        ("id", &wanted.id),
        ("address", &wanted.address),
        ("from", &wanted.from),
        ("until", &wanted.until),
        ("after", &wanted.after),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| (name, value.as_str())).collect()
}
