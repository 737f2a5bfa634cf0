//! What registrars see: looking one entity up for a stated purpose, as it stands or as it stood, and bringing files in.

mod look;
pub(crate) mod same;

use ask::Question;
use catalogue_contract::ProviderOf;
use exchange_contract::PublicationPart;
use frame::loads::{self, LoadDesk};
use frame::parts::Tab;

use crate::rules::{COLUMNS, HEADINGS, MORE};
use crate::terms::{ENTITIES, FED};
use crate::{TITLE, jobs};

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
    feeds: "/desk/entities/feeds",
    fed: FED,
};

/// The same for the rooms that all registers have.
pub(crate) struct Keeper;

impl loads::Keeper for Keeper {
    const DESK: &'static LoadDesk = &LOADS;
    const PART: &'static str = PublicationPart::KIND;
    const PROVIDER: &'static str = ProviderOf::KIND;
}

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
