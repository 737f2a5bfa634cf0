//! Trying a configuration before it goes live: `cityhall gateway test-run` reads some rows, says what the table looks like,
//! what becomes of it, and what would be refused. Nothing is sent. What was agreed to is kept with the digest of the very
//! configuration that was tried; another one is not run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Clock, Fault, Outcome, SystemClock};
use exchange_contract::Mode;
use serde::{Deserialize, Serialize};
use sources::mapping::{self, Report};
use sources::source::{Selection, TableShape};

use super::{PublishFrom, told, wrong};
use crate::gateway::config::Config;
use crate::line::say;
use crate::{city, files};

/// So many rows are shown.
const SHOWN: usize = 3;
/// So many refused ones.
const TROUBLES_SHOWN: usize = 20;
const TRIAL_BYTES_MAX: usize = 1024 * 1024;

/// What was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// The digest of the configuration.
    pub(super) config: String,
    /// What the table looked like.
    pub(super) shape: TableShape,
    /// When, milliseconds since 1970.
    pub(super) at: i64,
}

fn path_of(config: &Config, one: &PublishFrom) -> PathBuf {
    let name: String = one
        .name()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' })
        .collect();
    config.path(&config.data).join("test-runs").join(format!("{name}.json"))
}

impl Trial {
    /// The good trial of this very configuration, if there is one.
    pub(super) fn of(config: &Config, one: &PublishFrom) -> Outcome<Option<Self>> {
        let Ok(bytes) = files::read(&path_of(config, one), TRIAL_BYTES_MAX) else {
            return Ok(None);
        };
        let digest = one.digest()?;
        let tried = serde_json::from_slice::<Self>(&bytes).ok();
        Ok(tried.filter(|tried| tried.config == digest))
    }
}

impl PublishFrom {
    /// What is read, of a table that looks so.
    pub(super) fn selection(&self, shape: TableShape) -> Selection {
        let mut selection = Selection::whole(shape).by(self.manner.clone());
        (selection.columns, selection.filters) = (self.columns(), self.filters.clone());
        selection
    }
}

/// `cityhall gateway test-run`.
pub fn test_run(path: &Path, resource: &str, rows: usize) -> Outcome<ExitCode> {
    let config = Config::read(path)?;
    let found: Vec<&PublishFrom> =
        config.publishes.iter().filter(|one| one.resource == resource).collect();
    if found.is_empty() {
        let words = format!("配置里没有要推送的资源“{resource}”");
        return Err(wrong(words).remedy("请在 [[publishes]] 里写好再试").into());
    }
    let mut good = true;
    for one in found {
        good &= tried(&config, one, rows)?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tried(config: &Config, one: &PublishFrom, rows: usize) -> Outcome<bool> {
    say(format!("资源 {}，推送给 {}", one.resource, one.to));
    let mut source = one.open(config, Arc::new(SystemClock))?;
    let shape = one.choose(source.describe().map_err(told)?)?;
    show_shape(one, &shape);
    let mapping = one.mapping();
    let report = mapping::test_run(&mut *source, &one.selection(shape.clone()), &mapping, rows);
    let report = report.map_err(told)?;
    show_report(one, &report);
    let selection = one.selection(shape.clone());
    let passed_over = source.passed_over(&selection).map_err(told)?;
    if passed_over > 0 {
        say(format!("  注意：{}", one.passed_over(&format!(" {passed_over} "))));
    }
    if one.mode(false) == Mode::Whole && one.key_places(&shape).is_empty() {
        say("  注意：看不出哪些信息项是主键，被拒绝的行会让中心停下来问人。请在 key 里写明");
    }
    if report.rows_ok == 0 && report.rows_refused > 0 {
        say("试运行没有通过：没有一行能够推送。请改好对应关系或者数据，再试一次。");
        return Ok(false);
    }
    let trial = Trial { config: one.digest()?, shape, at: SystemClock.now().millis() };
    let path = path_of(config, one);
    city::make_folder(path.parent().unwrap_or(Path::new(".")))?;
    let text = serde_json::to_string_pretty(&trial).map_err(Fault::from)?;
    files::replace(&path, text.as_bytes()).map_err(|error| files::unwritable(&path, &error))?;
    say("试运行通过，没有发出任何数据。网关会按这份配置推送；配置或者表的结构变了，要再试运行。");
    Ok(true)
}

fn show_shape(one: &PublishFrom, shape: &TableShape) {
    let about = shape.rows_about.map(|rows| format!("，约 {rows} 行")).unwrap_or_default();
    say(format!("表 {}{about}，{} 列：", shape.full_name(), shape.columns.len()));
    let used = one.columns();
    for column in &shape.columns {
        let mark = if used.contains(&column.name) { "→" } else { " " };
        let key = if shape.key.contains(&column.name) { "，主键" } else { "" };
        say(format!("  {mark} {}（{}{key}）", column.name, column.declared));
    }
    say("对应关系：");
    for item in &one.items {
        let from = match item.from.is_empty() {
            true => "固定值".to_owned(),
            false => item.from.join(" + "),
        };
        let must = if item.need == sources::file::Need::Must { "，必填" } else { "" };
        say(format!("  {from} → {}（{} 步{must}）", item.name, item.steps.len()));
    }
}

fn show_report(one: &PublishFrom, report: &Report) {
    say(format!(
        "试读 {} 行：{} 行可以推送，{} 行会被拒绝",
        report.rows_ok + report.rows_refused,
        report.rows_ok,
        report.rows_refused
    ));
    let shown = |cells: &[Option<String>]| {
        let cells: Vec<&str> =
            cells.iter().map(|cell| cell.as_deref().unwrap_or("（空）")).collect();
        cells.join(" | ")
    };
    let good = report.sample.iter().filter_map(|row| row.to.as_ref());
    for (place, row) in good.take(SHOWN).enumerate() {
        if place == 0 {
            let items: Vec<&str> = one.items.iter().map(|item| item.name.as_str()).collect();
            say(format!("  {}", items.join(" | ")));
        }
        say(format!("  {}", shown(row)));
    }
    for trouble in report.troubles.iter().take(TROUBLES_SHOWN) {
        let (line, column) = (trouble.line, &trouble.column);
        say(format!("  第 {line} 行“{column}”（{}）：{}", trouble.rule, trouble.words));
    }
    for note in &report.notes {
        say(format!("  注意：{note}"));
    }
}
