//! The ground on which a city is founded or restored: a data folder in which all of it comes to stand
//! or nothing. What a run has laid there is taken away again when it does not come to its end; what a
//! run left that was killed, the next one takes away.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use base::{Fault, Outcome, Refusal, RefusalKind};

use crate::commands::PARTS;
use crate::{city, files, log};

/// The file that says a city is being founded or restored here. It names what stood before, a name a
/// line.
const MARK: &str = "unfinished";
/// The configuration, which may stand before there is a city.
const CONFIG: &str = "cityhall.toml";
/// What founding and restoring put into a data folder, besides the parts of a backup.
const LAID: [&str; 10] = [
    city::DATABASE,
    "city.db-journal",
    "city.db-wal",
    "city.db-shm",
    "city.lock",
    "index",
    "outbox",
    city::LOG_KEY,
    log::kept::FILE,
    log::kept::KEYS_FILE,
];

/// A data folder that this process alone founds or restores in.
pub struct Ground {
    data: PathBuf,
    /// The configuration that stood there.
    config: Option<Vec<u8>>,
    /// What stood there of what could be laid.
    before: Vec<String>,
    /// Folders that were made, the outermost first.
    made: Vec<PathBuf>,
    mark: Option<File>,
}

/// Whether a founding or restoring in this folder has not come to its end.
pub fn is_unfinished(data: &Path) -> bool {
    data.join(MARK).exists()
}

impl Ground {
    /// Takes the folder for a new city, and makes it if there is none. Refuses one that holds a city,
    /// and one in which another process is at it.
    pub fn take(data: &Path) -> Outcome<Self> {
        let made = missing_folders(data);
        city::make_folder(data)?;
        let mut ground =
            Self { data: data.to_owned(), config: None, before: Vec::new(), made, mark: None };
        let doing = |error| Fault::while_doing("marking the data folder", error);
        let path = data.join(MARK);
        if !path.exists() {
            demand_empty(data)?;
        }
        let mut mark = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| files::unwritable(&path, &error))?;
        if mark.try_lock().is_err() {
            // The other process's folder: nothing in it is ours.
            ground.made.clear();
            let words = format!("另一个命令正在 {} 里建立或者恢复城市", data.display());
            return Err(Refusal::new(RefusalKind::Conflict, "hall.at_it", words)
                .remedy("请等它做完再试")
                .into());
        }
        let told = std::fs::read_to_string(&path).map_err(doing)?;
        if told.ends_with(END) {
            // Left by a process that was killed.
            let before: Vec<String> = told.lines().map(str::to_owned).collect();
            take_away(data, &before);
        }
        demand_empty(data)?;
        ground.before = laid().filter(|name| data.join(name).exists()).map(str::to_owned).collect();
        ground.config = std::fs::read(data.join(CONFIG)).ok();
        mark.set_len(0).map_err(doing)?;
        mark.write_all(format!("{}\n{END}", ground.before.join("\n")).as_bytes()).map_err(doing)?;
        mark.sync_all().map_err(doing)?;
        ground.mark = Some(mark);
        Ok(ground)
    }

    /// The city stands: nothing is taken away any more.
    pub fn keep(mut self) -> Outcome<()> {
        self.made.clear();
        std::fs::remove_file(self.data.join(MARK))
            .map_err(|error| Fault::while_doing("taking the mark away", error))?;
        self.mark = None;
        Ok(files::sync_folder_of(&self.data.join(MARK))
            .map_err(|error| Fault::while_doing("taking the mark away", error))?)
    }
}

/// Ends a whole mark: a process may be killed while it writes one, and has laid nothing then.
const END: &str = "end\n";

impl Drop for Ground {
    fn drop(&mut self) {
        if self.mark.is_some() {
            take_away(&self.data, &self.before);
            if let Some(config) = &self.config {
                let _ = std::fs::write(self.data.join(CONFIG), config);
            }
            let _ = std::fs::remove_file(self.data.join(MARK));
        }
        for folder in self.made.iter().rev() {
            // Only if nothing else stands in it.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Everything that founding and restoring can put into a data folder.
fn laid() -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().chain(LAID)
}

fn take_away(data: &Path, before: &[String]) {
    for name in laid().filter(|name| before.iter().all(|known| known != name)) {
        let path = data.join(name);
        let removed = match path.is_dir() {
            true => std::fs::remove_dir_all(&path),
            false => std::fs::remove_file(&path),
        };
        if let Err(error) = removed
            && error.kind() != ErrorKind::NotFound
        {
            tracing::error!(%error, path = %path.display(), "what was begun could not be taken away");
        }
    }
}

fn demand_empty(data: &Path) -> Outcome<()> {
    let stands = [city::KEYS, city::DATABASE, crate::commands::VAULT];
    if stands.iter().all(|name| !data.join(name).exists()) {
        return Ok(());
    }
    let words = format!("{} 里已经有一座城市，没有改动", data.display());
    Err(Refusal::new(RefusalKind::Conflict, "hall.city_exists", words)
        .remedy("要启动它，请运行 cityhall serve（用 --data 指出这个文件夹）；要另建或者恢复一座，请用 --data 指定一个空文件夹")
        .into())
}

/// The folder and those around it that are not there yet, the outermost first.
fn missing_folders(data: &Path) -> Vec<PathBuf> {
    let around = data.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    let mut missing: Vec<PathBuf> =
        around.take_while(|folder| !folder.exists()).map(Path::to_path_buf).collect();
    missing.reverse();
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn lay(data: &Path) {
        std::fs::create_dir(data.join(city::KEYS)).unwrap();
        std::fs::write(data.join(city::KEYS).join("master.key"), "k").unwrap();
        std::fs::write(data.join(city::DATABASE), "d").unwrap();
        std::fs::write(data.join(CONFIG), "new").unwrap();
    }

    #[test]
    fn what_does_not_come_to_its_end_leaves_the_folder_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("a/b");
        let ground = Ground::take(&data).unwrap();
        lay(&data);
        drop(ground);
        assert_eq!(names(home.path()), [""; 0]);

        std::fs::create_dir(home.path().join("c")).unwrap();
        let data = home.path().join("c");
        std::fs::write(data.join(CONFIG), "old").unwrap();
        std::fs::write(data.join("mine"), "m").unwrap();
        let ground = Ground::take(&data).unwrap();
        lay(&data);
        drop(ground);
        assert_eq!(names(&data), [CONFIG, "mine"]);
        assert_eq!(std::fs::read_to_string(data.join(CONFIG)).unwrap(), "old");
    }

    #[test]
    fn what_a_killed_run_left_is_taken_away_by_the_next() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().to_owned();
        let ground = Ground::take(&data).unwrap();
        lay(&data);
        assert!(is_unfinished(&data));
        assert_eq!(code(Ground::take(&data)), Some("hall.at_it"));
        // Killed: nothing is taken away.
        let Ground { mark, .. } = &ground;
        mark.as_ref().unwrap().unlock().unwrap();
        std::mem::forget(ground);
        let ground = Ground::take(&data).unwrap();
        assert_eq!(names(&data), [MARK]);
        lay(&data);
        ground.keep().unwrap();
        assert_eq!(names(&data), [city::DATABASE, CONFIG, city::KEYS]);
        assert_eq!(code(Ground::take(&data)), Some("hall.city_exists"));
        assert_eq!(names(&data), [city::DATABASE, CONFIG, city::KEYS]);
    }

    fn code(taken: Outcome<Ground>) -> Option<&'static str> {
        taken.err().and_then(|stop| Some(stop.refusal()?.code))
    }
}
