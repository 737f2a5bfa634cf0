//! The vault on SQLite with a folder, on SQLite with rows, and on PostgreSQL with rows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is wrong"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Id, Moment, Outcome, Stop};
use kernel_vault::{self as vault, File, FileInfo, Limits, Place, Staged, Swept, Vault};
use seal::Keys;
use store::Store;
use testkit::database::{Home, Kind, each_home};
use tokio::runtime::Runtime;

const DRAFT: (&str, &str) = ("approvals.draft", "d1");
const CASE: (&str, &str) = ("approvals.case", "c1");
const HOUR: i64 = 3_600;

struct Room {
    runtime: Runtime,
    store: Store,
    vault: Vault,
    folder: Option<PathBuf>,
}

fn each_room(test: impl Fn(&Room)) {
    each_room_with(Limits::default(), test);
}

fn each_room_with(limits: Limits, test: impl Fn(&Room)) {
    each_home(|home| {
        test(&Room::new(home, limits.clone(), false));
        if home.kind() == Kind::Sqlite {
            test(&Room::new(&Home::fresh(Kind::Sqlite), limits.clone(), true));
        }
    });
}

fn now() -> Moment {
    Moment::from_millis(1_772_000_000_000)
}

fn pdf(words: &str) -> Vec<u8> {
    format!("%PDF-1.7\n{words}\n%%EOF\n").into_bytes()
}

fn code(stop: Stop) -> &'static str {
    stop.refusal().unwrap_or_else(|| panic!("a fault: {stop}")).code
}

impl Room {
    fn new(home: &Home, limits: Limits, in_folder: bool) -> Self {
        let store = home.open();
        store.migrate(&[vault::MIGRATIONS]).expect("migrated");
        let folder = in_folder.then(|| home.folder().join("data/vault"));
        let place = folder.clone().map_or(Place::Rows, Place::Folder);
        let vault = Vault::with(store.clone(), Arc::new(Keys::for_tests()), place, limits);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { runtime, store, vault, folder }
    }

    fn stage(&self, scope: (&str, &str), name: &str, bytes: Vec<u8>) -> Outcome<Staged> {
        self.runtime.block_on(self.vault.stage(scope.0, scope.1, "license", name, bytes))
    }

    fn attach(&self, staged: &Staged) -> Outcome<Id<File>> {
        let staged = staged.clone();
        self.store.write_now(move |tx| vault::attach(tx, &staged, now()))
    }

    fn put(&self, scope: (&str, &str), name: &str, bytes: Vec<u8>) -> Id<File> {
        self.attach(&self.stage(scope, name, bytes).expect("staged")).expect("attached")
    }

    fn detach(&self, scope: (&'static str, &'static str), id: Id<File>) -> Outcome<()> {
        self.store.write_now(move |tx| vault::detach(tx, scope.0, scope.1, id))
    }

    fn files(&self, scope: (&'static str, &'static str)) -> Vec<FileInfo> {
        self.store.read_now(move |reader| vault::files_of(reader, scope.0, scope.1)).expect("files")
    }

    fn fetch(&self, id: Id<File>) -> Outcome<(FileInfo, Vec<u8>)> {
        self.runtime.block_on(self.vault.fetch(id))
    }

    fn sweep(&self, hours: i64) -> Swept {
        self.runtime.block_on(self.vault.sweep(now().plus_seconds(hours * HOUR))).expect("swept")
    }

    fn count(&self, table: &'static str) -> i64 {
        let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}");
        self.store.read_now(move |reader| Ok(reader.one(&sql, &[])?)).expect("a count")
    }

    /// All contents in the folder.
    fn on_disk(&self) -> Vec<PathBuf> {
        let Some(root) = &self.folder else { return Vec::new() };
        let folders = std::fs::read_dir(root).into_iter().flatten();
        let inside = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten();
        folders
            .flat_map(|one| inside(&one.unwrap().path()))
            .map(|one| one.unwrap().path())
            .collect()
    }
}

#[test]
fn what_is_put_in_comes_out_and_stands_sealed_in_between() {
    each_room(|room| {
        let bytes = pdf("张三，四二〇七〇四一九九〇");
        let id = room.put(DRAFT, "身份证.PDF", bytes.clone());
        let (info, out) = room.fetch(id).expect("fetched");
        assert_eq!(out, bytes);
        assert_eq!(room.files(DRAFT), std::slice::from_ref(&info));
        assert_eq!((info.name.as_str(), info.label.as_str()), ("身份证.pdf", "license"));
        assert_eq!((info.size, info.attached_at), (bytes.len() as u64, now()));
        assert_eq!(info.media_type, "application/pdf");
        for path in room.on_disk() {
            let sealed = std::fs::read(&path).expect("a content");
            assert!(!sealed.windows(4).any(|piece| piece == b"%PDF"));
            assert_eq!(path.file_name().unwrap().len(), 62);
        }
        assert_eq!(room.on_disk().len(), usize::from(room.folder.is_some()));
    });
}

#[test]
fn the_same_bytes_are_kept_once_in_a_case_and_apart_between_cases() {
    each_room(|room| {
        let first = room.stage(DRAFT, "一.pdf", pdf("同")).unwrap();
        let again = room.stage(DRAFT, "二.pdf", pdf("同")).unwrap();
        let other = room.stage(CASE, "三.pdf", pdf("同")).unwrap();
        assert_eq!(first.address(), again.address());
        assert_ne!(first.address(), other.address());
        let ids = [&first, &again, &other].map(|staged| room.attach(staged).unwrap());
        assert_eq!((room.count("vault_blobs"), room.count("vault_keys")), (2, 2));
        room.detach(DRAFT, ids[0]).unwrap();
        assert_eq!(room.fetch(ids[1]).unwrap().1, pdf("同"));
    });
}

#[test]
fn a_file_is_attached_once_however_often_its_transaction_runs() {
    each_room(|room| {
        let staged = room.stage(DRAFT, "一.pdf", pdf("一")).unwrap();
        let rolled_back = staged.clone();
        let outcome: Outcome<()> = room.store.write_now(move |tx| {
            vault::attach(tx, &rolled_back, now())?;
            Err(base::Fault::said("the act was refused").into())
        });
        assert!(outcome.is_err() && room.files(DRAFT).is_empty());
        let id = room.attach(&staged).unwrap();
        assert_eq!(room.files(DRAFT)[0].id, id);
    });
}

#[test]
fn the_files_of_a_draft_move_to_its_case_and_can_still_be_read() {
    each_room(|room| {
        let id = room.put(DRAFT, "一.pdf", pdf("一"));
        room.put(CASE, "二.pdf", pdf("二"));
        room.store.write_now(|tx| vault::rehome(tx, DRAFT, CASE)).unwrap();
        assert!(room.files(DRAFT).is_empty());
        assert_eq!(room.files(CASE).len(), 2);
        assert_eq!(room.fetch(id).unwrap().1, pdf("一"));
        let id = room.put(CASE, "三.pdf", pdf("三"));
        assert_eq!(room.fetch(id).unwrap().0.scope_id, "c1");
    });
}

#[test]
fn a_file_is_detached_from_its_own_scope_only() {
    each_room(|room| {
        let id = room.put(DRAFT, "一.pdf", pdf("一"));
        assert_eq!(code(room.detach(CASE, id).unwrap_err()), "vault.no_file");
        room.detach(DRAFT, id).unwrap();
        assert_eq!(code(room.detach(DRAFT, id).unwrap_err()), "vault.no_file");
        assert_eq!(code(room.fetch(id).unwrap_err()), "vault.no_file");
    });
}

#[test]
fn a_scope_takes_only_so_much_even_when_two_are_staged_at_once() {
    let limits = Limits { scope_bytes_max: 100, scope_files_max: 3, ..Limits::default() };
    each_room_with(limits, |room| {
        let large = || pdf(&"x".repeat(40));
        let staged = [(); 2].map(|()| room.stage(DRAFT, "一.pdf", large()).unwrap());
        room.attach(&staged[0]).unwrap();
        assert_eq!(code(room.attach(&staged[1]).unwrap_err()), "vault.scope_full");
        assert_eq!(code(room.stage(DRAFT, "二.pdf", large()).unwrap_err()), "vault.scope_full");
        for name in ["三.pdf", "四.pdf"] {
            room.put(DRAFT, name, pdf(""));
        }
        assert_eq!(code(room.stage(DRAFT, "五.pdf", pdf("")).unwrap_err()), "vault.too_many");
    });
}

#[test]
fn a_refused_file_leaves_nothing_behind() {
    each_room(|room| {
        let refused = room.stage(DRAFT, "营业执照.pdf", b"MZ\x90\0\0\0".to_vec()).unwrap_err();
        let refusal = refused.refusal().unwrap().clone();
        assert_eq!(refusal.code, "vault.program");
        assert_eq!(refusal.message, "“营业执照.pdf”是程序或脚本，不能作为材料");
        assert_eq!((room.count("vault_keys"), room.count("vault_blobs")), (0, 0));
        assert!(room.on_disk().is_empty());
    });
}

#[test]
fn what_nothing_names_is_swept_away_after_a_day_and_not_before() {
    each_room(|room| {
        let kept = room.put(CASE, "一.pdf", pdf("一"));
        room.stage(DRAFT, "二.pdf", pdf("二")).unwrap();
        let late = room.stage(("approvals.draft", "d2"), "三.pdf", pdf("三")).unwrap();
        assert_eq!(room.sweep(0), Swept::default());
        assert_eq!(room.sweep(23), Swept::default());
        let late = room.attach(&late).unwrap();
        let swept = Swept { contents: 1, keys: 1, leftovers: 0 };
        assert_eq!(room.sweep(25), swept);
        assert_eq!(room.count("vault_blobs"), 2);
        assert_eq!(room.on_disk().len(), if room.folder.is_some() { 2 } else { 0 });
        assert_eq!(room.fetch(kept).unwrap().1, pdf("一"));
        assert_eq!(room.fetch(late).unwrap().1, pdf("三"));
        // A content that waited and is staged again waits no longer.
        room.detach(CASE, kept).unwrap();
        room.sweep(26);
        let again = room.stage(CASE, "一.pdf", pdf("一")).unwrap();
        room.sweep(51);
        let again = room.attach(&again).unwrap();
        assert_eq!(room.fetch(again).unwrap().1, pdf("一"));
    });
}

#[test]
fn a_sweep_goes_through_more_than_one_page() {
    each_room(|room| {
        let kept = room.put(CASE, "一.pdf", pdf("一"));
        let fill = |tx: &store::Tx<'_>| {
            for n in 0..1_100 {
                let (id, address) = (format!("k{n:04}"), format!("{n:064}"));
                tx.run(
                    "INSERT INTO vault_keys (id, scope_kind, scope_id, wrapped) VALUES ($1, 'x', $1, NULL)",
                    &[id.into()],
                )?;
                tx.run(
                    "INSERT INTO vault_blobs (address, size) VALUES ($1, 1)",
                    &[address.into()],
                )?;
            }
            Ok(())
        };
        room.store.write_now(fill).expect("filled");
        assert_eq!(room.sweep(0), Swept::default());
        assert_eq!(room.sweep(25), Swept { contents: 1_100, keys: 1_100, leftovers: 0 });
        assert_eq!((room.count("vault_keys"), room.count("vault_blobs")), (1, 1));
        assert_eq!(room.fetch(kept).unwrap().1, pdf("一"));
    });
}

#[test]
fn what_a_crash_left_in_the_folder_is_swept_and_nothing_else() {
    each_room(|room| {
        let Some(folder) = &room.folder else { return };
        let id = room.put(CASE, "一.pdf", pdf("一"));
        let inside = folder.join("ab");
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::write(inside.join("unfinished-0123"), b"half").unwrap();
        std::fs::write(inside.join("c".repeat(62)), b"no row").unwrap();
        std::fs::write(inside.join("README"), b"somebody else's").unwrap();
        assert_eq!(room.sweep(0).leftovers, 2);
        assert!(inside.join("README").exists());
        assert_eq!(room.fetch(id).unwrap().1, pdf("一"));
    });
}

#[test]
fn a_content_that_was_lost_is_there_again_once_it_is_handed_in_again() {
    each_room(|room| {
        let id = room.put(CASE, "一.pdf", pdf("一"));
        match &room.folder {
            Some(folder) => std::fs::remove_dir_all(folder).unwrap(),
            None => room
                .store
                .write_now(|tx| {
                    Ok(tx.run("UPDATE vault_blobs SET content = NULL", &[]).map(drop)?)
                })
                .unwrap(),
        }
        assert!(room.fetch(id).is_err());
        room.put(CASE, "一.pdf", pdf("一"));
        assert_eq!(room.fetch(id).unwrap().1, pdf("一"));
    });
}

#[test]
fn an_erased_scope_keeps_its_list_and_loses_its_contents() {
    each_room(|room| {
        let id = room.put(CASE, "一.pdf", pdf("一"));
        let before = room.stage(CASE, "二.pdf", pdf("二")).unwrap();
        let erase = |tx: &store::Tx<'_>| vault::erase(tx, CASE.0, CASE.1, "甲〔2026〕1号");
        assert_eq!(room.store.write_now(erase).unwrap(), 1);
        assert_eq!(room.store.write_now(erase).unwrap(), 0, "twice is once");
        assert_eq!(code(room.fetch(id).unwrap_err()), "vault.erased");
        assert_eq!(code(room.attach(&before).unwrap_err()), "vault.erased");
        let files = room.files(CASE);
        assert!(files.len() == 1 && files[0].name == "已删除的文件", "{files:?}");
        assert_eq!(files[0].erased.as_deref(), Some("甲〔2026〕1号"));
        assert_eq!(room.runtime.block_on(room.vault.remove_erased()).unwrap(), 1);
        assert_eq!(room.runtime.block_on(room.vault.remove_erased()).unwrap(), 0);
        if room.folder.is_some() {
            assert_eq!(
                room.on_disk().len(),
                1,
                "what was staged and not named stays for the sweep"
            );
        }
        assert!(room.runtime.block_on(room.vault.missing()).unwrap().is_empty());
        let new = room.put(CASE, "三.pdf", pdf("三"));
        assert_eq!(room.fetch(new).unwrap().1, pdf("三"));
    });
}

#[test]
fn a_content_that_was_changed_or_exchanged_does_not_open() {
    each_room(|room| {
        let ids = ["一", "二"].map(|words| room.put(CASE, "一.pdf", pdf(words)));
        let Some(_) = &room.folder else { return };
        let paths = room.on_disk();
        let contents = [0, 1].map(|n| std::fs::read(&paths[n]).unwrap());
        std::fs::write(&paths[0], &contents[1]).unwrap();
        std::fs::write(&paths[1], &contents[0]).unwrap();
        for id in ids {
            assert!(matches!(room.fetch(id), Err(Stop::Failed(_))));
        }
        std::fs::remove_file(&paths[0]).unwrap();
        assert!(ids.iter().all(|id| matches!(room.fetch(*id), Err(Stop::Failed(_)))));
    });
}

#[test]
fn a_content_or_a_key_that_was_changed_is_found() {
    each_room(|room| {
        room.put(DRAFT, "一.pdf", pdf("one"));
        let two = room.stage(CASE, "二.pdf", pdf("two")).unwrap();
        room.attach(&two).unwrap();
        let found = room.runtime.block_on(room.vault.open_all()).unwrap();
        assert_eq!((found.opened, found.damaged), (4, 0), "two keys, two contents");

        let address = two.address().to_owned();
        match &room.folder {
            Some(folder) => {
                let path = folder.join(&address[..2]).join(&address[2..]);
                let mut sealed = std::fs::read(&path).unwrap();
                sealed[20] ^= 1;
                std::fs::write(&path, sealed).unwrap();
            }
            None => {
                let at = address.clone();
                let change = move |tx: &store::Tx<'_>| {
                    let mut sealed: Vec<u8> = tx.one(
                        "SELECT content FROM vault_blobs WHERE address = $1",
                        &[at.as_str().into()],
                    )?;
                    sealed[20] ^= 1;
                    let params = [(&sealed).into(), at.as_str().into()];
                    Ok(tx.run("UPDATE vault_blobs SET content = $1 WHERE address = $2", &params)?)
                };
                room.store.write_now(change).unwrap();
            }
        }
        let found = room.runtime.block_on(room.vault.open_all()).unwrap();
        let told = seal::Damage { table: "vault_blobs", column: "content", key: address };
        assert_eq!((found.opened, found.damaged, found.told), (3, 1, vec![told]));
    });
}
