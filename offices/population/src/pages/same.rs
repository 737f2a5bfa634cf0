//! Which registrations are about the same person: the pairs that wait, the identities, and what people decide.

use std::future::Future;
use std::pin::Pin;

use axum::extract::{Form, Path, Query};
use base::{CitizenNumber, Outcome};
use frame::identities::{self, Asked, IdentityDesk, Lines, Merging, Said};
use frame::parts::Tab;
use frame::{ActCx, Cx, Reasoned, Reply};
use population_contract::PersonByNumber;

use crate::TITLE;
use crate::terms::LINKED;

static SAME: IdentityDesk = IdentityDesk {
    linked: &LINKED,
    title: TITLE,
    home: "/desk/population",
    path: "/desk/population/same",
    tabs,
    look,
    key,
    key_title: "公民身份号码",
};

fn tabs() -> Vec<Tab> {
    super::tabs("same").into()
}

fn key(text: &str) -> Result<String, String> {
    let number = CitizenNumber::parse(text).map_err(|error| error.to_string())?;
    Ok(number.as_str().to_owned())
}

/// Who compares two people reads every character of their numbers; the look is on record, and both can see it.
fn look(cx: &Cx, number: String) -> Pin<Box<dyn Future<Output = Outcome<Lines>> + Send + '_>> {
    Box::pin(async move {
        let question = PersonByNumber::now(number.clone());
        let answer = cx.ask("population", "match", &question).await?;
        let Some(person) = answer.value else { return Ok(Lines::new()) };
        let text = |value: Option<String>| value.unwrap_or_default();
        let day = |day: Option<base::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Ok(vec![
            ("姓名", text(person.name)),
            ("公民身份号码", number),
            ("性别", text(person.sex)),
            ("出生日期", day(person.birth)),
            ("住址", text(person.address)),
            ("电话", text(person.phone)),
            ("死亡日期", day(person.died)),
        ])
    })
}

/// GET /desk/population/same
pub(crate) async fn list(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    identities::list(&SAME, &cx, &asked).await
}

/// POST /desk/population/same/run
pub(crate) async fn run(cx: ActCx) -> Reply {
    identities::ask_for_run(&SAME, &cx).await
}

/// GET /desk/population/same/pairs/{no}
pub(crate) async fn pair(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::pair(&SAME, &cx, &no, ("", &[])).await
}

/// POST /desk/population/same/pairs/{no}
pub(crate) async fn judge(cx: ActCx, Path(no): Path<String>, Form(said): Form<Said>) -> Reply {
    identities::judge(&SAME, &cx, &no, said).await
}

/// GET /desk/population/same/{no}
pub(crate) async fn identity(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::identity(&SAME, &cx, &no, &[]).await
}

/// POST /desk/population/same/{no}/merge
pub(crate) async fn merge(cx: ActCx, Path(no): Path<String>, Form(said): Form<Merging>) -> Reply {
    identities::merge(&SAME, &cx, &no, said).await
}

/// POST /desk/population/same/{no}/split
pub(crate) async fn split(
    cx: ActCx,
    Path(no): Path<String>,
    Form(said): Form<Vec<(String, String)>>,
) -> Reply {
    identities::split(&SAME, &cx, &no, said).await
}

/// GET /desk/population/same/decisions/{no}
pub(crate) async fn decision(cx: Cx, Path(no): Path<String>) -> Reply {
    identities::decision(&SAME, &cx, &no, &[]).await
}

/// POST /desk/population/same/decisions/{no}
pub(crate) async fn take_back(
    cx: ActCx,
    Path(no): Path<String>,
    Form(why): Form<Reasoned>,
) -> Reply {
    identities::take_back(&SAME, &cx, &no, why).await
}
