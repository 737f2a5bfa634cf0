//! `cityhall accept-loss`: the way out when the database lacks acts of its log and nobody can bring
//! them back.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use base::{Outcome, Refusal, RefusalKind, SystemClock};

use crate::city::{self, Demand};
use crate::config::Config;
use crate::line::say;
use crate::log::kept;

/// Records that the city goes on without what is missing, and why.
pub fn accept(data: &Path, config: &Config, because: &str) -> Outcome<ExitCode> {
    let because = because.trim();
    if because.is_empty() {
        let words = "没有写明原因";
        return Err(Refusal::new(RefusalKind::Invalid, "hall.no_reason", words)
            .remedy("请在 --because 后面写清缺失的经过，它会记入登记簿")
            .into());
    }
    let hall = city::open_demanding(Demand::Nothing, data, config, Arc::new(SystemClock), false)?;
    let Some((loss, aside)) = kept::accept_loss(&hall, because)? else {
        say("登记簿没有缺失，什么也没有改动");
        return Ok(ExitCode::SUCCESS);
    };
    say(loss.words());
    say(format!("已把两份检查点和原因记入登记簿；原来留存的检查点移到 {}", aside.display()));
    say("其他进程的数据文件夹里各有一份留存的检查点，请分别运行同样的命令");
    Ok(ExitCode::SUCCESS)
}
