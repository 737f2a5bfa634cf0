//! The organisation tree.

use access::{NewOrgan, Organ};
use axum::Form;
use axum::extract::Query;
use axum::extract::rejection::FormRejection;
use frame::parts::{
    Button, Choice, Column, Field, Heading, NoticeKind, Row, Table, Width, banner, button_row,
    post_form, section,
};
use frame::{ActCx, Cx, Reply, page};
use serde::Deserialize;

use super::{Wrong, may, sent, shown_again};
use crate::acts;
use crate::rules::ORGAN_KINDS;
use crate::terms::ADMINISTER;
use maud::{Markup, html};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /desk/organs`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &OrganForm::default(), Wrong::default(), &wanted.done).await
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
pub(crate) async fn add(cx: ActCx, form: Result<Form<OrganForm>, FormRejection>) -> Reply {
    let form = sent(form)?;
    match acts::add_organ(&cx, form.organ()).await {
        Ok(()) => Ok(frame::serve::see_other("/desk/organs?done=added")),
        Err(stop) => shown(&cx, &form, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}

async fn shown(cx: &Cx, form: &OrganForm, wrong: Wrong<'_>, done: &str) -> Reply {
    let organs = cx.read(access::organs).await?;
    let adds = may(cx, &ADMINISTER).await?;
    let rows = organs.iter().map(|organ| {
        Row::new([
            html! { span class={ "tree tree-" (depth(organ)) } { (organ.name) } },
            html! { (organ.id) },
            html! { (organ.code) },
            html! { (kind_title(&organ.kind)) },
            html! { (organ.phone) },
        ])
    });
    let body = html! {
        @if done == "added" { (banner(NoticeKind::Success, html! { "机构已经设立。" })) }
        (Heading::new("机构").lead(format!(
            "共 {} 个机构，按隶属关系排列。导入事项时，用标识或者代码指明实施机构。", organs.len(),
        )))
        (wrong.head())
        (Table::new("机构").caption_hidden().columns([
            Column::new("名称"), Column::new("标识").narrow(), Column::new("代码").narrow(),
            Column::new("类别").narrow(), Column::new("电话").narrow(),
        ]).rows(rows))
        @if adds { (section("add", "设立机构", add_form(form, &organs, wrong))) }
    };
    let response = page::desk(cx, "机构", &[], body).await?;
    Ok(wrong.status(response))
}

/// How deep in the tree: `/ezhou/ezhou-mzj/` is 1.
fn depth(organ: &Organ) -> usize {
    organ.path.matches('/').count().saturating_sub(2).min(4)
}

fn kind_title(kind: &str) -> &str {
    ORGAN_KINDS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, title)| title)
}

fn add_form(form: &OrganForm, organs: &[Organ], wrong: Wrong<'_>) -> Markup {
    let parents = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
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
            (button_row(html! { (Button::new("设立机构")) }))
        },
    )
}
