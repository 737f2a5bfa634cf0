//! Setting a watch up, and changing one.

use axum::extract::Path;
use base::{Id, Outcome};
use frame::parts::{Button, Choice, Crumb, Field, Heading, Width, button_row, hidden, post_form};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::html;
use serde::Deserialize;

use super::watches::id_of;
use super::{HERE, TITLE, Wrong, shown_again};
use crate::acts::{self, dated_on};
use crate::store as rows;
use crate::terms::{Kind, PayList, Rule, Watch, WatchId};

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    kind: String,
    list: String,
    organ: String,
    ground: String,
    days: String,
    reason: String,
    version: i64,
}

impl Typed {
    fn of(watch: &Watch) -> Self {
        let rule = &watch.rule;
        Self {
            name: rule.name.clone(),
            kind: rule.kind.as_str().into(),
            list: rule.list.map(|list| list.to_string()).unwrap_or_default(),
            organ: rule.organ.clone().unwrap_or_default(),
            ground: rule.ground.clone(),
            days: rule.days.to_string(),
            reason: String::new(),
            version: watch.version,
        }
    }

    /// As the rules judge it: a number of days that is none is judged as none.
    fn rule(&self) -> Result<Rule, base::Refusal> {
        let wrong = |field: &str, words: &str| {
            base::Refusal::new(base::RefusalKind::Invalid, "watches.unknown", words)
                .field(field, words)
        };
        let list = match self.list.as_str() {
            "" => None,
            list => Some(list.parse().map_err(|_| wrong("list", "没有这份名单"))?),
        };
        Ok(Rule {
            name: self.name.trim().to_owned(),
            kind: Kind::parse(&self.kind).ok_or_else(|| wrong("kind", "请选择比对什么"))?,
            list,
            organ: Some(self.organ.clone()).filter(|organ| !organ.is_empty()),
            ground: self.ground.trim().to_owned(),
            days: self.days.trim().parse().unwrap_or_default(),
        })
    }
}

/// `GET /desk/watches/new`
pub(crate) async fn blank(cx: Cx) -> Reply {
    let days = dated_on(cx.now().day())?.days.to_string();
    let kind = Kind::ALL.first().map(|kind| kind.as_str().to_owned()).unwrap_or_default();
    let typed = Typed { kind, days, ..Typed::default() };
    form(&cx, None, &typed, Wrong::default()).await
}

/// `GET /desk/watches/{id}/edit`
pub(crate) async fn edit(cx: Cx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    let watch = cx.read(move |r| rows::watch(r, id)).await?;
    let watch = watch.ok_or_else(|| not_found("这项监测"))?;
    form(&cx, Some(id), &Typed::of(&watch), Wrong::default()).await
}

/// `POST /desk/watches`
pub(crate) async fn make(cx: ActCx, Filled(typed): Filled<Typed>) -> Reply {
    match made(&cx, &typed).await {
        Ok(id) => Ok(see_other(&format!("{HERE}/{id}?done=done"))),
        Err(stop) => form(&cx, None, &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

async fn made(cx: &ActCx, typed: &Typed) -> Outcome<Id<WatchId>> {
    acts::make(cx.hall(), cx.actor(), typed.rule()?, &typed.reason).await
}

/// `POST /desk/watches/{id}`
pub(crate) async fn change(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(typed): Filled<Typed>,
) -> Reply {
    let id = id_of(&id)?;
    let outcome = match typed.rule() {
        Ok(rule) => acts::change(&cx, id, (typed.version, rule), &typed.reason).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=done"))),
        Err(stop) => form(&cx, Some(id), &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}

async fn form(cx: &Cx, id: Option<Id<WatchId>>, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let (lists, organs) = cx.read(|r| Ok((rows::lists(r, None)?, access::organs(r)?))).await?;
    let today = cx.now().day();
    let dated = dated_on(today)?;
    let organs = organs.iter().filter(|organ| organ.stands(today));
    let organs: Vec<Choice> =
        std::iter::once(Choice::new("", "名单所属的部门、颁发许可的部门、提供登记的部门"))
            .chain(organs.map(|organ| Choice::new(&organ.id, &organ.name)))
            .collect();
    let (title, to) = match id {
        Some(id) => ("修改监测", format!("{HERE}/{id}")),
        None => ("设置一项监测", HERE.to_owned()),
    };
    let kinds = Kind::ALL.map(|kind| Choice::new(kind.as_str(), kind.title()).hint(kind.words()));
    let of_lists = Kind::parse(&typed.kind).is_none_or(Kind::is_of_lists);
    let kind = match id {
        Some(_) => {
            html! { (hidden("kind", &typed.kind)) (hidden("version", &typed.version.to_string())) }
        }
        None => html! {
            (Field::radios("kind", "比对什么", kinds.to_vec()).value(&typed.kind).error(wrong.with("kind")))
        },
    };
    let body = html! {
        (Heading::new(title).lead("保存以后马上比对一遍。"))
        (wrong.head())
        (post_form(&to, None, html! {
            (Field::text("name", "名称").value(&typed.name).error(wrong.with("name")))
            (kind)
            @if id.is_none() || of_lists {
                (Field::select("list", "对照的名单", list_choices(&lists)).value(&typed.list).error(wrong.with("list"))
                    .hint("比对许可证件、人口登记的，不用选"))
            }
            (Field::select("organ", "谁来核实", organs).value(&typed.organ).error(wrong.with("organ")))
            (Field::number("days", "几个工作日内核实").value(&typed.days).unit("个工作日").width(Width::Short)
                .error(wrong.with("days")).hint(format!("最多 {} 个工作日。{}", dated.days_max, dated.ground)))
            (Field::text("ground", "依据的条款").value(&typed.ground).error(wrong.with("ground"))
                .hint("例如：《社会救助暂行办法》第十三条"))
            (Field::area("reason", if id.is_some() { "为什么改" } else { "为什么设置" }, 3).value(&typed.reason)
                .error(wrong.with("reason")))
            (button_row(html! { (Button::new("保存").consequence("谁在什么时候为什么这样设置，都留有记录")) }))
        }))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, title, &crumbs, body).await?))
}

fn list_choices(lists: &[PayList]) -> Vec<Choice> {
    let one = |list: &PayList| {
        Choice::new(list.id.to_string(), format!("{}（{}）", list.name, list.organ_name))
    };
    std::iter::once(Choice::new("", "全部名单")).chain(lists.iter().map(one)).collect()
}
