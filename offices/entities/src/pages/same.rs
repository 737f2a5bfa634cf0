//! Which registrations are about the same entity: the pairs that wait, the identities, and what people decide.

use std::future::Future;
use std::pin::Pin;

use axum::extract::{Form, Path, Query};
use base::{CreditCode, Outcome};
use entities_contract::EntityByCode;
use frame::identities::{self, Asked, IdentityDesk, Lines, Merging, Said};
use frame::parts::Tab;
use frame::{ActCx, Cx, Reasoned, Reply};

use crate::TITLE;
use crate::terms::LINKED;

static SAME: IdentityDesk = IdentityDesk {
    linked: &LINKED,
    title: TITLE,
    home: "/desk/entities",
    path: "/desk/entities/same",
    tabs,
    look,
    key,
    key_title: "统一社会信用代码",
};

fn tabs() -> Vec<Tab> {
    super::tabs("same").into()
}

fn key(text: &str) -> Result<String, String> {
    let code = CreditCode::parse(text).map_err(|error| error.to_string())?;
    Ok(code.as_str().to_owned())
}

/// What the register says of an entity; the look is on record.
fn look(cx: &Cx, code: String) -> Pin<Box<dyn Future<Output = Outcome<Lines>> + Send + '_>> {
    Box::pin(async move {
        let question = EntityByCode::now(code.clone());
        let answer = cx.ask("entities", "match", &question).await?;
        let Some(entity) = answer.value else { return Ok(Lines::new()) };
        let text = |value: Option<String>| value.unwrap_or_default();
        let day = |day: Option<base::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Ok(vec![
            ("名称", text(entity.name)),
            ("统一社会信用代码", code),
            ("类型", text(entity.kind)),
            ("登记状态", text(entity.status)),
            ("法定代表人", text(entity.representative)),
            ("成立日期", day(entity.founded)),
            ("住所", text(entity.address)),
            ("登记机关", text(entity.organ)),
        ])
    })
}

/// GET /desk/entities/same
pub(crate) async fn list(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    identities::list(&SAME, &cx, &asked).await
}

/// POST /desk/entities/same/run
pub(crate) async fn run(cx: ActCx) -> Reply {
    identities::ask_for_run(&SAME, &cx).await
}

/// GET /desk/entities/same/pairs/{no}
pub(crate) async fn pair(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::pair(&SAME, &cx, &no, ("", &[])).await
}

/// POST /desk/entities/same/pairs/{no}
pub(crate) async fn judge(cx: ActCx, Path(no): Path<String>, Form(said): Form<Said>) -> Reply {
    identities::judge(&SAME, &cx, &no, said).await
}

/// GET /desk/entities/same/{no}
pub(crate) async fn identity(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::identity(&SAME, &cx, &no, &[]).await
}

/// POST /desk/entities/same/{no}/merge
pub(crate) async fn merge(cx: ActCx, Path(no): Path<String>, Form(said): Form<Merging>) -> Reply {
    identities::merge(&SAME, &cx, &no, said).await
}

/// POST /desk/entities/same/{no}/split
pub(crate) async fn split(
    cx: ActCx,
    Path(no): Path<String>,
    Form(said): Form<Vec<(String, String)>>,
) -> Reply {
    identities::split(&SAME, &cx, &no, said).await
}

/// GET /desk/entities/same/decisions/{no}
pub(crate) async fn decision(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::decision(&SAME, &cx, &no, &[]).await
}

/// POST /desk/entities/same/decisions/{no}
pub(crate) async fn take_back(
    cx: ActCx,
    Path(no): Path<String>,
    Form(why): Form<Reasoned>,
) -> Reply {
    identities::take_back(&SAME, &cx, &no, why).await
}
