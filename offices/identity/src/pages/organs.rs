//! The organisation tree, today and on other days.

pub(crate) mod coming;
pub(crate) mod one;

use access::{ComingChange, ComingState, NewOrgan, Organ, OrganChange};
use axum::extract::Query;
use base::{BadDay, Day, Refusal, RefusalKind};
use frame::parts::{
    AsOf, Button, Choice, Column, Field, Heading, NoticeKind, Row, Table, Width, banner,
    button_row, empty, post_form, section,
};
use frame::{ActCx, Cx, Filled, Reply, page};
use serde::Deserialize;

use super::{Wrong, may, shown_again};
use crate::acts;
use crate::rules::{self, ORGAN_KINDS};
use crate::terms::ADMINISTER;
use maud::{Markup, html};

/// More words than these nobody reads.
const REASON_MAX: usize = 500;

pub(super) const HERE: &str = "/desk/organs";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    on: String,
    done: String,
}

/// `GET /desk/organs`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let as_of = super::as_of(&cx, &wanted.on).await?;
    shown(&cx, &OrganForm::default(), Wrong::default(), (&wanted.done, &as_of)).await
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OrganForm {
    id: String,
    parent: String,
    name: String,
    short_name: String,
    kind: String,
    code: String,
    credit_code: String,
    division: String,
    duties: String,
    phone: String,
    reason: String,
    from: String,
}

/// From which day a change holds; today where nothing is said.
pub(super) fn from_day(typed: &str, today: Day) -> Result<Day, Refusal> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(today);
    }
    let wrong = |why: BadDay| {
        let words = why.words(typed);
        Refusal::new(RefusalKind::Invalid, "identity.bad_day", words.clone()).field("from", words)
    };
    let day = Day::typed(typed).map_err(wrong)?;
    rules::organ_day(day, today).map(|()| day)
}

/// The field of this day.
pub(super) fn day_field(typed: &str, wrong: Wrong<'_>) -> Field {
    Field::date("from", "从哪天起")
        .optional()
        .value(typed)
        .error(wrong.with("from"))
        .hint("不填的，从另一个人同意的当天起；填以后的日子的，到那天零点自动生效")
}

impl OrganForm {
    fn organ(&self) -> NewOrgan {
        let text = |text: &str| text.trim().to_owned();
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        NewOrgan {
            id: text(&self.id),
            parent: some(&self.parent),
            name: text(&self.name),
            short_name: text(&self.short_name),
            kind: text(&self.kind),
            code: text(&self.code),
            credit_code: some(&self.credit_code),
            division: text(&self.division),
            place: self.code.trim().parse().unwrap_or_default(),
            duties: text(&self.duties),
            phone: text(&self.phone),
        }
    }
}

/// `POST /desk/organs`
pub(crate) async fn found(cx: ActCx, Filled(form): Filled<OrganForm>) -> Reply {
    let (organ, standing) = (form.organ(), cx.read(access::organs).await?);
    let (checked, reason) = (rules::check_organ(&organ, &standing), said(&form.reason));
    let from = from_day(&form.from, cx.now().day());
    let done = match (checked, reason, from) {
        (Ok(()), Ok(reason), Ok(from)) => {
            let change = OrganChange::Founded { organ: Box::new(organ) };
            acts::propose_organ(&cx, change, from, &reason).await
        }
        (checked, reason, from) => Err(together([checked.err(), reason.err(), from.err()]).into()),
    };
    match done {
        Ok(()) => Ok(frame::serve::see_other("/desk/organs?done=proposed")),
        Err(stop) => {
            let wrong = shown_again(stop)?;
            let as_of = AsOf::today(cx.now().day());
            shown(&cx, &form, Wrong(Some(&wrong)), ("", &as_of)).await
        }
    }
}

/// All that is wrong, in one refusal.
pub(super) fn together<const N: usize>(wrong: [Option<Refusal>; N]) -> Refusal {
    let mut all = Refusal::new(RefusalKind::Invalid, "identity.bad_organ", "有几处需要修改");
    all.fields.extend(wrong.into_iter().flatten().flat_map(|one| one.fields));
    all
}

/// Why something is proposed, with its paper: it has to be said.
pub(super) fn said(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim().to_owned();
    let refused = |words: String| {
        let refusal = Refusal::new(RefusalKind::Invalid, "identity.no_reason", words.clone());
        Err(refusal.field("reason", words))
    };
    if reason.is_empty() {
        return refused("请写理由和文件的文号".into());
    }
    if reason.chars().count() > REASON_MAX {
        return refused(format!("最多 {REASON_MAX} 个字"));
    }
    Ok(reason)
}

async fn shown(cx: &Cx, form: &OrganForm, wrong: Wrong<'_>, (done, as_of): (&str, &AsOf)) -> Reply {
    let (on, today) = (as_of.day(), cx.now().day());
    let far = Day::from_number(acts::LAST_DAY);
    let (tree, coming, organs) = cx
        .read(move |r| {
            let coming = coming::listed(r, (today, far))?;
            let organs = coming::with_those_to_come(access::organs(r)?, &coming);
            Ok((access::organs_on(r, on)?, coming, organs))
        })
        .await?;
    // What is founded on a day to come is as yet what was agreed to.
    let founded = |id: &str| {
        let one = |one: &&ComingChange| {
            one.state == ComingState::Waits
                && matches!(one.change, OrganChange::Founded { .. })
                && one.change.organ() == id
        };
        coming.iter().find(one)
    };
    let adds = as_of.is_today() && may(cx, &ADMINISTER).await?;
    let rows = tree.iter().map(|(depth, organ)| {
        let row = Row::new([
            html! { span class={ "tree tree-" ((*depth).min(4)) } { (organ.name) } },
            html! { (organ.organ) },
            html! { (organ.code) },
            html! { (kind_title(&organ.kind)) },
            html! { (organ.phone) },
        ]);
        match founded(&organ.organ) {
            Some(coming) => row.href(format!("/desk/organ-changes/{}", coming.id)),
            None => row.href(format!("{HERE}/{}{}", organ.organ, as_of.query())),
        }
    });
    let nothing = empty("没有机构", html! { p { "这一天还没有机构。" } });
    let body = html! {
        @if done == "proposed" {
            (banner(NoticeKind::Success, html! { "已经提出，等另一个人同意，同意以后生效。" }))
        }
        (Heading::new("机构").lead(format!(
            "共 {} 个机构，按隶属关系排列。导入事项时，用标识或者代码指明实施机构。", tree.len(),
        )))
        (wrong.head())
        (as_of.form(HERE))
        @if today < on {
            p class="hint" { "这一天还没有到：按今天已经同意的变更推算，以后同意的还会改变它。" }
        }
        @if as_of.is_today() && !coming.is_empty() {
            (section("coming", "同意了从以后某一天起的变更", coming::table(&coming, &organs, today)))
        }
        (Table::new("机构").caption_hidden().columns([
            Column::new("名称"), Column::new("标识").narrow(), Column::new("代码").narrow(),
            Column::new("类别").narrow(), Column::new("电话").narrow(),
        ]).rows(rows).empty(nothing).stacked())
        @if adds {
            (section("add", "设立机构", add_form(form, &organs, today, wrong)))
        }
    };
    let response = page::desk(cx, "机构", &[], body).await?;
    Ok(wrong.status(as_of.status(response)))
}

pub(super) fn kind_title(kind: &str) -> &str {
    ORGAN_KINDS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, title)| title)
}

fn add_form(form: &OrganForm, organs: &[Organ], today: Day, wrong: Wrong<'_>) -> Markup {
    let parents = organs.iter().filter(|organ| organ.stands(today));
    let parents = parents.map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let kinds = ORGAN_KINDS.iter().map(|(name, title)| Choice::new(*name, *title)).collect();
    post_form(
        "/desk/organs",
        None,
        html! {
            (Field::text("name", "全称").value(&form.name).error(wrong.with("name")))
            (Field::text("short_name", "简称").value(&form.short_name).width(Width::Long)
                .error(wrong.with("short_name")))
            (Field::text("id", "标识").hint("小写字母和减号，设立以后不能改，例如 ezhou-mzj").value(&form.id)
                .width(Width::Long).error(wrong.with("id")))
            (Field::select("parent", "上级机构", parents).value(&form.parent).error(wrong.with("parent")))
            (Field::select("kind", "类别", kinds).value(&form.kind).error(wrong.with("kind")))
            (Field::text("code", "代码").hint("三位数字，全市唯一，用在办件编号和事项编码里").value(&form.code)
                .mode("numeric").width(Width::Short).error(wrong.with("code")))
            (Field::text("credit_code", "统一社会信用代码").optional().value(&form.credit_code)
                .width(Width::Long).error(wrong.with("credit_code")))
            (Field::text("division", "行政区划代码").hint("6、9 或 12 位数字").value(&form.division)
                .mode("numeric").width(Width::Medium).error(wrong.with("division")))
            (Field::area("duties", "职责", 3).optional().value(&form.duties))
            (Field::text("phone", "电话").optional().value(&form.phone).mode("tel").width(Width::Medium))
            (Field::area("reason", "理由和文件的文号", 2).hint("例如 鄂政发〔2026〕3号，机构改革方案")
                .value(&form.reason).error(wrong.with("reason")))
            (day_field(&form.from, wrong))
            (button_row(html! {
                (Button::new("提出设立机构").consequence("另一个人同意以后，从写明的日子起有这个机构"))
            }))
        },
    )
}
