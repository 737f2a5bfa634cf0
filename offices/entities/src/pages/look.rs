//! Looking one entity up.

use ask::Answer;
use base::{CreditCode, Day, FieldError, Moment, Outcome};
use entities_contract::{EntityAnswer, EntityByCode};
use frame::loads::Then;
use frame::parts::{
    self, Choice, Field, Heading, NoticeKind, SummaryRow, Width, error_summary, html, post_form,
    summary_list,
};
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::Markup;
use serde::Deserialize;

use crate::terms::ENTITIES;

/// The purposes for which a registrar may look: the names of the share terms, and words.
const PURPOSES: [(&str, &str, &str); 2] = [
    ("serve", "窗口办理", "单位派人到场办理，需要核对单位"),
    ("check", "核对导入数据", "核对一次导入是否正确"),
];

/// GET /desk/entities
pub(crate) async fn desk(cx: Cx) -> Reply {
    shown(&cx, &Asked::default(), &[], None).await
}

/// What was asked.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    code: String,
    purpose: String,
    on: String,
    known: String,
}

/// What was asked, read.
struct Sought {
    code: CreditCode,
    purpose: &'static str,
    title: &'static str,
    then: Then,
}

/// What the register answered.
struct Found {
    sought: Sought,
    entity: Option<EntityAnswer>,
    record: String,
}

/// POST /desk/entities: the answer is the page itself, since an address would keep the code.
pub(crate) async fn look(cx: ActCx, Filled(asked): Filled<Asked>) -> Reply {
    let sought = match read(&asked, cx.now()) {
        Ok(sought) => sought,
        Err(errors) => return Ok(page::invalid(shown(&cx, &asked, &errors, None).await?)),
    };
    let answer = ask(&cx, &sought).await?;
    let record = answer.ask_id.to_string();
    let found = Found { sought, entity: answer.value, record };
    shown(&cx, &Asked::default(), &[], Some(&found)).await
}

async fn ask(cx: &ActCx, sought: &Sought) -> Outcome<Answer<EntityAnswer>> {
    let code = sought.code.as_str().to_owned();
    let question = EntityByCode { code, on: sought.then.on, known: sought.then.known };
    cx.ask("entities", sought.purpose, &question).await
}

/// POST /desk/entities/proof: what the register says, or said, as a file that anyone can check. It is a look as well.
pub(crate) async fn prove(cx: ActCx, Filled(asked): Filled<Asked>) -> Reply {
    let sought = match read(&asked, cx.now()) {
        Ok(sought) => sought,
        Err(errors) => return Ok(page::invalid(shown(&cx, &asked, &errors, None).await?)),
    };
    ask(&cx, &sought).await?;
    sought.then.proof(&cx, &ENTITIES, sought.code.as_str()).await
}

/// Reads what was asked; what is wrong with each field.
fn read(asked: &Asked, now: Moment) -> Result<Sought, Vec<FieldError>> {
    let mut errors = Vec::new();
    let then = Then::read((&asked.on, &asked.known), now, &mut errors);
    let mut wrong = |field: &str, message: String| {
        errors.push(FieldError { field: field.to_owned(), message });
    };
    let code = CreditCode::parse(&asked.code);
    if let Err(error) = &code {
        wrong("code", error.to_string());
    }
    let purpose = PURPOSES.iter().find(|(name, _, _)| *name == asked.purpose);
    if purpose.is_none() {
        wrong("purpose", "请选择查询的用途".into());
    }
    match (code, purpose) {
        (Ok(code), Some((purpose, title, _))) if errors.is_empty() => {
            Ok(Sought { code, purpose, title, then })
        }
        _ => Err(errors),
    }
}

async fn shown(cx: &Cx, asked: &Asked, errors: &[FieldError], found: Option<&Found>) -> Reply {
    let entities = cx.read(crate::store::count).await?;
    let of = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    let purposes: Vec<Choice> =
        PURPOSES.iter().map(|(name, title, hint)| Choice::new(*name, *title).hint(*hint)).collect();
    let body = html! {
        (error_summary(errors))
        (Heading::new("法人基础信息")
            .lead(format!("登记在册 {entities} 家。每次查询都记下谁、什么时候、为什么查。")))
        (parts::tabs("法人基础信息的各部分", &super::tabs("look")))
        @if let Some(found) = found { (answer(found)) }
        (post_form("/desk/entities", None, html! {
            (Field::text("code", "统一社会信用代码").hint("营业执照或者登记证书上的 18 位代码")
                .value(&asked.code).error(of("code")).width(Width::Long))
            (Field::radios("purpose", "为什么查", purposes).value(&asked.purpose).error(of("purpose"))
                .why("只能为职责需要查询，用途会写进查询记录。"))
            (Then::fields((&asked.on, &asked.known), errors))
            (Then::buttons("会留下查询记录", "/desk/entities/proof"))
        }))
        (parts::legal_basis(ENTITIES.authority))
    };
    page::desk(cx, "法人基础信息", &[], body).await
}

fn answer(found: &Found) -> Markup {
    let code = found.sought.code.as_str();
    let Some(entity) = &found.entity else {
        return parts::notice(
            NoticeKind::Warning,
            "登记中没有这家单位",
            html! { p { "统一社会信用代码 " (code) " 不在法人基础信息中。查询记录 " (found.record) "。" } },
        );
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "没有登记".into());
    let day = |day: Option<Day>| day.map_or("没有登记".into(), |day| day.chinese());
    let capital = entity.capital.as_ref().map(|capital| format!("{capital} 万元"));
    html! {
        section class="card" aria-labelledby="found-title" {
            h2 id="found-title" { "查询结果" }
            (summary_list(&[
                SummaryRow::new("统一社会信用代码", code),
                SummaryRow::new("名称", text(&entity.name)),
                SummaryRow::new("类型", text(&entity.kind)),
                SummaryRow::new("登记状态", text(&entity.status)),
                SummaryRow::new("法定代表人", text(&entity.representative)),
                SummaryRow::new("注册资本", text(&capital)),
                SummaryRow::new("成立日期", day(entity.founded)),
                SummaryRow::new("吊销、注销或者撤销日期", day(entity.ended)),
                SummaryRow::new("登记机关", text(&entity.organ)),
                SummaryRow::new("住所", text(&entity.address)),
                SummaryRow::new("行业（GB/T 4754）", text(&entity.industry)),
                SummaryRow::new("经营范围", text(&entity.scope)),
                SummaryRow::new("用途", found.sought.title),
                SummaryRow::new("按什么时候", found.sought.then.words()),
                SummaryRow::new("查询记录", &found.record),
            ]))
        }
    }
}
