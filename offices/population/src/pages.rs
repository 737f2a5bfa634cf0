//! What registrars see: looking one person up for a stated purpose, as they stand or as they stood, and bringing files
//! in. There is no list of everybody.

mod look;

use axum::extract::{Form, Multipart, Path, Query};
use base::{Day, Outcome, Refusal};
use frame::loads::{self, Asked, FileIn, LoadDesk};
use frame::parts::Tab;
use frame::{ActCx, Cx, Reasoned, Reply};
use register::Source;

use crate::rules::{self, BYTES_MAX, DEATH, HEADINGS};
use crate::terms::RESIDENTS;
use crate::{TITLE, acts, jobs};

pub(crate) use look::{desk, look, prove};

/// The desk where files come in.
pub(crate) static LOADS: LoadDesk = LoadDesk {
    register: &RESIDENTS,
    title: TITLE,
    home: "/desk/population",
    path: "/desk/population/loads",
    job: jobs::IMPORT,
    tabs: loads_tabs,
    hint,
    endings: &["csv", "txt"],
    bytes_max: BYTES_MAX,
    begins,
    source,
};

fn hint() -> String {
    format!(
        "第一行写标题：{}；可以再加一列“{DEATH}”，健在的不填。编码 UTF-8 或者 GB 18030。",
        HEADINGS.join(",")
    )
}

fn begins(beginning: &[u8]) -> Result<(), Refusal> {
    Ok(rules::begins(beginning)?)
}

fn source(file: FileIn, today: Day) -> Outcome<Source> {
    acts::source(file, today)
}

fn loads_tabs() -> Vec<Tab> {
    tabs("loads").into()
}

/// The two parts of the register's desk.
fn tabs(here: &str) -> [Tab; 2] {
    [
        Tab::new("查询一个人", "/desk/population", here == "look"),
        Tab::new("导入和报告", "/desk/population/loads", here == "loads"),
    ]
}

/// GET /desk/population/loads
pub(crate) async fn loads(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    loads::list(&LOADS, &cx, &asked).await
}

/// POST /desk/population/loads
pub(crate) async fn import(cx: ActCx, form: Multipart) -> Reply {
    loads::take_in(&LOADS, &cx, form).await
}

/// GET /desk/population/loads/{id}
pub(crate) async fn load(cx: Cx, Path(id): Path<String>, Query(asked): Query<Asked>) -> Reply {
    loads::show(&LOADS, &cx, &id, &asked).await
}

/// POST /desk/population/loads/{id}/undo
pub(crate) async fn undo(cx: ActCx, Path(id): Path<String>, Form(why): Form<Reasoned>) -> Reply {
    loads::undo(&LOADS, &cx, &id, why).await
}
