//! What auditors did, for the security administrator: who watches is watched.

use axum::extract::Query;
use base::{FieldError, Outcome};
use frame::parts::{Filter, Filters, Heading, Pager, empty, error_summary};
use frame::{Cx, Reply, page};
use ledger::Sought;
use maud::html;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Reader;

use super::{Links, ROWS, table};
use crate::acts::{self, Subject};
use crate::rules;
use crate::terms::{SEARCHED, SEE_AUDITORS};

const HERE: &str = "/desk/audit/auditors";
const TITLE: &str = "审计管理员的操作";

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Wanted {
    who: String,
    after: String,
}

/// `GET /desk/audit/auditors`: the looks at the record; of one auditor, everything.
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let who = wanted.who.trim().to_owned();
    let (sought, wrong) = match cx.read(move |r| outlook(r, &who)).await? {
        Some(sought) => (sought, Vec::new()),
        None => {
            let message = "没有用户名是这个的审计管理员，请核对";
            let wrong = FieldError { field: "who".into(), message: message.into() };
            (Sought::between(cx.now(), cx.now()), vec![wrong])
        }
    };
    let content = json!({ "query": wanted, "page": "auditors" });
    acts::put_on_record(&cx, &SEE_AUDITORS, Subject::RECORD, content).await?;
    let after = rules::place(&wanted.after);
    let found = cx.read(move |r| ledger::search(r, &sought, after, ROWS)).await?;
    let address = |after: String| {
        format!("{HERE}?who={}&after={after}", frame::held::query_escape(&wanted.who))
    };
    let next = found.next.map(|next| address(rules::place_text(next)));
    let first = (!wanted.after.is_empty()).then(|| address(String::new()));
    let body = html! {
        (error_summary(&wrong))
        (Heading::new(TITLE).lead("这里是每一次对审计记录的查阅；写明用户名，看这位审计管理员做过的所有事。您的查阅也会记下来。"))
        (Filters::new(HERE, [Filter::words("who", "审计管理员的用户名", &wanted.who)]))
        (table(&cx, "审计管理员的操作，最近的在前", &found.rows, Links::None, empty("没有记录", html! {})))
        (Pager::new(next).first(first))
    };
    let shown = page::desk(&cx, TITLE, &[], body).await?;
    Ok(if wrong.is_empty() { shown } else { page::invalid(shown) })
}

fn outlook(reader: &Reader<'_>, who: &str) -> Outcome<Option<Sought>> {
    let all = rules::always();
    if who.is_empty() {
        return Ok(Some(Sought { kind: Some(SEARCHED.into()), ..all }));
    }
    let Some(account) = access::account_by_login(reader, who)? else { return Ok(None) };
    let was = acts::was_auditor(reader, &account)?;
    Ok(was.then(|| Sought { account: Some(account.id.to_string()), ..all }))
}
