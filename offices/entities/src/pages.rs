//! What registrars see: looking one entity up for a stated purpose, as it stands or as it stood, and bringing files in.

mod look;
pub(crate) mod same;

use axum::extract::{Form, Multipart, Path, Query};
use frame::loads::{self, Asked, FeedDesk, LoadDesk, Wished, Word};
use frame::parts::Tab;
use frame::{ActCx, Cx, Filled, Reasoned, Reply};

use crate::rules::{COLUMNS, HEADINGS, MORE};
use crate::terms::ENTITIES;
use crate::{TITLE, acts, jobs};

pub(crate) use look::{desk, look, prove};

/// The desk where files come in.
pub(crate) static LOADS: LoadDesk = LoadDesk {
    register: &ENTITIES,
    title: TITLE,
    home: "/desk/entities",
    path: "/desk/entities/loads",
    job: jobs::IMPORT,
    tabs: loads_tabs,
    hint,
    columns: &COLUMNS,
    feeds: FeedDesk { path: "/desk/entities/feeds", provider: acts::provider, part: acts::part },
};

fn hint() -> String {
    format!(
        "第一行写标题：{}；可以再加 {}。CSV（UTF-8 或者 GB 18030）、Excel 工作簿（.xlsx）、JSON 都可以。",
        HEADINGS.join(","),
        MORE.join("、")
    )
}

fn loads_tabs() -> Vec<Tab> {
    tabs("loads").into()
}

/// The parts of the register's desk.
fn tabs(here: &str) -> [Tab; 3] {
    [
        Tab::new("查询一家单位", "/desk/entities", here == "look"),
        Tab::new("导入和报告", "/desk/entities/loads", here == "loads"),
        Tab::new("同一单位核对", "/desk/entities/same", here == "same"),
    ]
}

/// GET /desk/entities/loads
pub(crate) async fn loads(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    loads::list(&LOADS, &cx, &asked).await
}

/// POST /desk/entities/loads
pub(crate) async fn import(cx: ActCx, form: Multipart) -> Reply {
    loads::take_in(&LOADS, &cx, form).await
}

/// GET /desk/entities/loads/{id}
pub(crate) async fn load(cx: Cx, Path(id): Path<String>, Query(asked): Query<Asked>) -> Reply {
    loads::show(&LOADS, &cx, &id, &asked).await
}

/// POST /desk/entities/loads/{id}/undo
pub(crate) async fn undo(cx: ActCx, Path(id): Path<String>, Form(why): Form<Reasoned>) -> Reply {
    loads::undo(&LOADS, &cx, &id, why).await
}

/// POST /desk/entities/loads/{id}/settle
pub(crate) async fn settle(cx: ActCx, Path(id): Path<String>, Filled(word): Filled<Word>) -> Reply {
    loads::settle(&LOADS, &cx, &id, word).await
}

/// GET /desk/entities/feeds
pub(crate) async fn feeds(cx: Cx) -> Reply {
    loads::feeds(&LOADS, &cx).await
}

/// POST /desk/entities/feeds
pub(crate) async fn open_feed(cx: ActCx, Filled(wished): Filled<Wished>) -> Reply {
    loads::open(&LOADS, &cx, wished).await
}

/// POST /desk/entities/feeds/{id}/close
pub(crate) async fn close_feed(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(why): Filled<Reasoned>,
) -> Reply {
    loads::close(&LOADS, &cx, &id, why).await
}
