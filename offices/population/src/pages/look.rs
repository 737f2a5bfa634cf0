//! Looking one person up.

use ask::Answer;
use base::{CitizenNumber, FieldError, Moment, Outcome, mask};
use frame::loads::Then;
use frame::parts::{
    self, Choice, Field, Heading, NoticeKind, SummaryRow, Width, error_summary, html, post_form,
    summary_list,
};
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::Markup;
use population_contract::{PersonAnswer, PersonByNumber};
use serde::Deserialize;

use crate::terms::RESIDENTS;

/// The purposes for which a registrar may look: the names of the share terms, and words.
const PURPOSES: [(&str, &str, &str); 3] = [
    ("correct", "核对更正申请", "本人申请更正登记信息，需要核对现在的登记"),
    ("serve", "窗口办理", "本人到场办理，需要核对身份"),
    ("check", "核对导入数据", "核对一次导入是否正确"),
];

/// GET /desk/population
pub(crate) async fn desk(cx: Cx) -> Reply {
    shown(&cx, &Asked::default(), &[], None).await
}

/// What was asked.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    number: String,
    purpose: String,
    on: String,
    known: String,
}

/// What was asked, read.
struct Sought {
    number: CitizenNumber,
    purpose: &'static str,
    title: &'static str,
    then: Then,
}

/// What the register answered.
struct Found {
    sought: Sought,
    person: Option<PersonAnswer>,
    record: String,
}

/// POST /desk/population: the answer is the page itself, since an address would keep the number.
pub(crate) async fn look(cx: ActCx, Filled(asked): Filled<Asked>) -> Reply {
    let sought = match read(&asked, cx.now()) {
        Ok(sought) => sought,
        Err(errors) => return Ok(page::invalid(shown(&cx, &asked, &errors, None).await?)),
    };
    let answer = ask(&cx, &sought).await?;
    let record = answer.ask_id.to_string();
    let found = Found { sought, person: answer.value, record };
    shown(&cx, &Asked::default(), &[], Some(&found)).await
}

async fn ask(cx: &ActCx, sought: &Sought) -> Outcome<Answer<PersonAnswer>> {
    let number = sought.number.as_str().to_owned();
    let question = PersonByNumber { number, on: sought.then.on, known: sought.then.known };
    cx.ask("population", sought.purpose, &question).await
}

/// POST /desk/population/proof: what the register says, or said, as a file that anyone can check. It is a look as well.
pub(crate) async fn prove(cx: ActCx, Filled(asked): Filled<Asked>) -> Reply {
    let sought = match read(&asked, cx.now()) {
        Ok(sought) => sought,
        Err(errors) => return Ok(page::invalid(shown(&cx, &asked, &errors, None).await?)),
    };
    ask(&cx, &sought).await?;
    sought.then.proof(&cx, &RESIDENTS, sought.number.as_str()).await
}

/// Reads what was asked; what is wrong with each field.
fn read(asked: &Asked, now: Moment) -> Result<Sought, Vec<FieldError>> {
    let mut errors = Vec::new();
    let then = Then::read((&asked.on, &asked.known), now, &mut errors);
    let mut wrong = |field: &str, message: String| {
        errors.push(FieldError { field: field.to_owned(), message });
    };
    let number = CitizenNumber::parse(&asked.number);
    if let Err(error) = &number {
        wrong("number", error.to_string());
    }
    let purpose = PURPOSES.iter().find(|(name, _, _)| *name == asked.purpose);
    if purpose.is_none() {
        wrong("purpose", "请选择查询的用途".into());
    }
    match (number, purpose) {
        (Ok(number), Some((purpose, title, _))) if errors.is_empty() => {
            Ok(Sought { number, purpose, title, then })
        }
        _ => Err(errors),
    }
}

async fn shown(cx: &Cx, asked: &Asked, errors: &[FieldError], found: Option<&Found>) -> Reply {
    let people = cx.read(crate::store::people).await?;
    let of = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    let purposes: Vec<Choice> =
        PURPOSES.iter().map(|(name, title, hint)| Choice::new(*name, *title).hint(*hint)).collect();
    let body = html! {
        (error_summary(errors))
        (Heading::new("人口基础信息")
            .lead(format!("登记在册 {people} 人。每次查询都记下谁、什么时候、为什么查，本人看得到。")))
        (parts::tabs("人口基础信息的各部分", &super::tabs("look")))
        @if let Some(found) = found { (answer(found)) }
        (post_form("/desk/population", None, html! {
            (Field::text("number", "公民身份号码").hint("18 位，最后一位可以是 X")
                .value(&asked.number).error(of("number")).width(Width::Long))
            (Field::radios("purpose", "为什么查", purposes).value(&asked.purpose).error(of("purpose"))
                .why("只能为职责需要查询，用途会写进查询记录。"))
            (Then::fields((&asked.on, &asked.known), errors))
            (Then::buttons("会留下查询记录，本人可以看到", "/desk/population/proof"))
        }))
        (parts::legal_basis("《中华人民共和国个人信息保护法》第三十四条"))
    };
    page::desk(cx, "人口基础信息", &[], body).await
}

fn answer(found: &Found) -> Markup {
    let masked = found.sought.number.masked();
    let Some(person) = &found.person else {
        return parts::notice(
            NoticeKind::Warning,
            "登记中没有这个人",
            html! { p { "公民身份号码 " (masked) " 不在人口基础信息中。查询记录 " (found.record) "。" } },
        );
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "没有登记".into());
    let birth = person.birth.map(|day| day.chinese());
    let phone = person.phone.as_deref().map(mask::phone);
    let died = person.died.map(|day| day.chinese());
    html! {
        section class="card" aria-labelledby="found-title" {
            h2 id="found-title" { "查询结果" }
            (summary_list(&[
                SummaryRow::of("公民身份号码", parts::masked(&masked)),
                SummaryRow::new("姓名", text(&person.name)),
                SummaryRow::new("性别", text(&person.sex)),
                SummaryRow::new("出生日期", text(&birth)),
                SummaryRow::new("住址", text(&person.address)),
                SummaryRow::new("电话", text(&phone)),
                SummaryRow::new("死亡日期", died.unwrap_or_else(|| "没有登记".into())),
                SummaryRow::new("用途", found.sought.title),
                SummaryRow::new("按什么时候", found.sought.then.words()),
                SummaryRow::new("查询记录", &found.record),
            ]))
        }
    }
}
