//! What registrars see: looking one person up for a stated purpose, as they stand or as they stood, and bringing files
//! in. There is no list of everybody.

mod look;
pub(crate) mod same;

use axum::extract::{Form, Multipart, Path, Query};
use frame::loads::{self, Asked, FeedDesk, LoadDesk, Wished, Word};
use frame::parts::Tab;
use frame::{ActCx, Cx, Filled, Reasoned, Reply};

use crate::rules::{COLUMNS, DEATH, HEADINGS};
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
    columns: &COLUMNS,
    feeds: FeedDesk { path: "/desk/population/feeds", provider: acts::provider, part: acts::part },
};

fn hint() -> String {
    format!(
        "第一行写标题：{}；可以再加一列“{DEATH}”，健在的不填。CSV（UTF-8 或者 GB 18030）、Excel 工作簿（.xlsx）、JSON 都可以。",
        HEADINGS.join(",")
    )
}

fn loads_tabs() -> Vec<Tab> {
    tabs("loads").into()
}

/// The parts of the register's desk.
fn tabs(here: &str) -> [Tab; 3] {
    [
        Tab::new("查询一个人", "/desk/population", here == "look"),
        Tab::new("导入和报告", "/desk/population/loads", here == "loads"),
        Tab::new("同一人核对", "/desk/population/same", here == "same"),
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

/// POST /desk/population/loads/{id}/settle
pub(crate) async fn settle(cx: ActCx, Path(id): Path<String>, Filled(word): Filled<Word>) -> Reply {
    loads::settle(&LOADS, &cx, &id, word).await
}

/// GET /desk/population/feeds
pub(crate) async fn feeds(cx: Cx) -> Reply {
    loads::feeds(&LOADS, &cx).await
}

/// POST /desk/population/feeds
pub(crate) async fn open_feed(cx: ActCx, Filled(wished): Filled<Wished>) -> Reply {
    loads::open(&LOADS, &cx, wished).await
}

/// POST /desk/population/feeds/{id}/close
pub(crate) async fn close_feed(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(why): Filled<Reasoned>,
) -> Reply {
    loads::close(&LOADS, &cx, &id, why).await
}
