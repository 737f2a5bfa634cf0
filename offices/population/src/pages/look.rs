//! Looking one person up.

use access::Over;
use ask::{Answer, Question};
use base::{CitizenNumber, Outcome, mask};
use frame::loads::{self, Entered, LookDesk, PROOF, Sought};
use frame::parts::{self, NoticeKind, SummaryRow, Tab, html, summary_list};
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::Markup;
use population_contract::{PersonAnswer, PersonByNumber};

use super::LOADS;
use crate::store as rows;
use crate::terms::{RESIDENTS, SAME};

static LOOK: LookDesk = LookDesk {
    loads: &LOADS,
    field: ("number", "公民身份号码", "18 位，最后一位可以是 X"),
    key,
    purposes: &[
        ("correct", "核对更正申请", "本人申请更正登记信息，需要核对现在的登记"),
        ("serve", "窗口办理", "本人到场办理，需要核对身份"),
        ("check", "核对导入数据", "核对一次导入是否正确"),
    ],
    tabs,
    told: "，本人可以看到",
};

fn key(text: &str) -> Result<String, String> {
    let number = CitizenNumber::parse(text).map_err(|error| error.to_string())?;
    Ok(number.as_str().to_owned())
}

fn tabs() -> Vec<Tab> {
    super::tabs("look").into()
}

/// GET /desk/population
pub(crate) async fn desk(cx: Cx) -> Reply {
    LOOK.shown(&cx, &Entered::new(), &[], None).await
}

/// POST /desk/population: the answer is the page itself, since an address would keep the number.
pub(crate) async fn look(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match LOOK.read(&entered, cx.now()) {
        Ok(sought) => {
            let answer = ask(&cx, &sought, sought.purpose).await?;
            let others = others(&cx, &sought).await?;
            let shown = shown(&cx, &sought, &answer).await?;
            let found = html! { (shown) (others) };
            LOOK.shown(&cx, &Entered::new(), &[], Some(found)).await
        }
        Err(errors) => Ok(page::invalid(LOOK.shown(&cx, &entered, &errors, None).await?)),
    }
}

/// POST /desk/population/proof: what the register says, or said, as a file that anyone can check. It is a look as well.
pub(crate) async fn prove(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match LOOK.read(&entered, cx.now()) {
        Ok(sought) => {
            ask(&cx, &sought, sought.purpose).await?;
            ask(&cx, &sought, PROOF).await?;
            let version = sought.then.version(&cx, &RESIDENTS, &sought.key).await?;
            let terms = ("population", PersonByNumber::KIND);
            loads::proof(&cx, &RESIDENTS, terms, (&sought.key, &version)).await
        }
        Err(errors) => Ok(page::invalid(LOOK.shown(&cx, &entered, &errors, None).await?)),
    }
}

async fn ask(cx: &ActCx, sought: &Sought, purpose: &'static str) -> Outcome<Answer<PersonAnswer>> {
    let (number, then) = (sought.key.clone(), sought.then);
    let question = PersonByNumber { number, on: then.on, known: then.known };
    cx.ask("population", purpose, &question).await
}

/// That the person stands in the register under other numbers too, for who may see which.
async fn others(cx: &ActCx, sought: &Sought) -> Outcome<Markup> {
    let Ok(number) = CitizenNumber::parse(&sought.key) else { return Ok(Markup::default()) };
    let keys = cx.hall().keys.clone();
    let (identity, others) =
        cx.read(move |reader| rows::others_by_mark(reader, &keys, &number)).await?;
    let may = cx.permitted(&SAME, Over::City).await?.is_some();
    let Some(identity) = identity.filter(|_| may && !others.is_empty()) else {
        return Ok(Markup::default());
    };
    Ok(parts::notice(
        NoticeKind::Info,
        "同一人的其他登记",
        html! { p {
            "登记库里还有 " (others.len()) " 条登记是同一个人的。"
            a href={ "/desk/population/same/" (identity) } { "看第 " (identity) " 号主体" }
        } },
    ))
}

/// What is shown of an answer, and that there is none.
async fn shown(cx: &ActCx, sought: &Sought, answer: &Answer<PersonAnswer>) -> Outcome<Markup> {
    let record = answer.ask_id.to_string();
    let Some(person) = &answer.value else {
        let what = format!("公民身份号码 {} 不在人口基础信息中", mask::citizen_number(&sought.key));
        return sought.nothing(cx, &RESIDENTS, ("登记中没有这个人", &what), &record).await;
    };
    Ok(found(sought, person, &record))
}

fn found(sought: &Sought, person: &PersonAnswer, record: &str) -> Markup {
    let masked = mask::citizen_number(&sought.key);
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
                SummaryRow::new("死亡日期", text(&died)),
                SummaryRow::new("用途", sought.title),
                SummaryRow::new("按什么时候", sought.then.words()),
                SummaryRow::new("查询记录", record),
            ]))
        }
    }
}
