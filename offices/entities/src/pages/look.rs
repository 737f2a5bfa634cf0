//! Looking one entity up.

use ask::{Answer, Question};
use base::{CreditCode, Day, Outcome};
use entities_contract::{EntitiesOf, EntityAnswer, EntityByCode};
use frame::loads::{self, Entered, LookDesk, PROOF, Sought};
use frame::parts::{SummaryRow, Tab, html, summary_list};
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::Markup;

use super::LOADS;
use crate::terms::{ENTITIES, NUMBER};

static LOOK: LookDesk = LookDesk {
    loads: &LOADS,
    field: ("code", "统一社会信用代码", "营业执照或者登记证书上的 18 位代码"),
    key,
    purposes: &[
        ("serve", "窗口办理", "单位派人到场办理，需要核对单位"),
        ("check", "核对导入数据", "核对一次导入是否正确"),
    ],
    tabs,
    told: "",
};

fn key(text: &str) -> Result<String, String> {
    CreditCode::parse(text).map(|code| code.to_string()).map_err(|error| error.to_string())
}

fn tabs() -> Vec<Tab> {
    super::tabs("look").into()
}

/// GET /desk/entities
pub(crate) async fn desk(cx: Cx) -> Reply {
    LOOK.shown(&cx, &Entered::new(), &[], None).await
}

/// POST /desk/entities
pub(crate) async fn look(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match LOOK.read(&entered, cx.now()) {
        Ok(sought) => {
            let answer = ask(&cx, &sought, sought.purpose).await?;
            let shown = shown(&cx, &sought, &answer).await?;
            LOOK.shown(&cx, &Entered::new(), &[], Some(shown)).await
        }
        Err(errors) => Ok(page::invalid(LOOK.shown(&cx, &entered, &errors, None).await?)),
    }
}

/// POST /desk/entities/proof: what the register says, or said, as a file that anyone can check. It is a look as well.
pub(crate) async fn prove(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match LOOK.read(&entered, cx.now()) {
        Ok(sought) => {
            ask(&cx, &sought, sought.purpose).await?;
            ask(&cx, &sought, PROOF).await?;
            let version = sought.then.version(&cx, &ENTITIES, &sought.key).await?;
            // Who represents the entity stands in the proof by number, and learns of it.
            if let Some(number) = version.body.get(NUMBER) {
                cx.ask("entities", PROOF, &EntitiesOf { number: number.clone() }).await?;
            }
            let terms = ("entities", EntityByCode::KIND);
            loads::proof(&cx, &ENTITIES, terms, (&sought.key, &version)).await
        }
        Err(errors) => Ok(page::invalid(LOOK.shown(&cx, &entered, &errors, None).await?)),
    }
}

async fn ask(cx: &ActCx, sought: &Sought, purpose: &'static str) -> Outcome<Answer<EntityAnswer>> {
    let (code, then) = (sought.key.clone(), sought.then);
    let question = EntityByCode { code, on: then.on, known: then.known };
    cx.ask("entities", purpose, &question).await
}

/// What is shown of an answer, and that there is none.
async fn shown(cx: &ActCx, sought: &Sought, answer: &Answer<EntityAnswer>) -> Outcome<Markup> {
    let record = answer.ask_id.to_string();
    let Some(entity) = &answer.value else {
        let what = format!("统一社会信用代码 {} 不在法人基础信息中", sought.key);
        return sought.nothing(cx, &ENTITIES, ("登记中没有这家单位", &what), &record).await;
    };
    Ok(found(sought, entity, &record))
}

fn found(sought: &Sought, entity: &EntityAnswer, record: &str) -> Markup {
    let code = sought.key.as_str();
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
                SummaryRow::new("用途", sought.title),
                SummaryRow::new("按什么时候", sought.then.words()),
                SummaryRow::new("查询记录", record),
            ]))
        }
    }
}
