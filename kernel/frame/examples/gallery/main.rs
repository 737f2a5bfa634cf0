//! Writes a page of every kind, with made-up content, into a folder: to look at the design, and for
//! the browser's checks. `cargo run -p kernel-frame --example gallery -- build/gallery`

mod desk;
mod parts;
mod site;

use std::path::PathBuf;

use kernel_frame::parts::Markup;
use kernel_frame::{City, Door, Prefs};

/// What the pages have in common.
pub struct Stage {
    /// A made-up city.
    pub city: City,
    /// Its doors.
    pub doors: Vec<Door>,
    /// How the pages look.
    pub prefs: Prefs,
}

type Page = fn(&Stage) -> Markup;

const PAGES: &[(&str, Page)] = &[
    ("home", site::home),
    ("guide", site::guide),
    ("question", site::question),
    ("errors", site::errors),
    ("answers", site::answers),
    ("receipt", site::receipt),
    ("tasks", site::tasks),
    ("list", site::list),
    ("article", site::article),
    ("progress", site::progress),
    ("sign-in", site::sign_in),
    ("fault", site::fault),
    ("paper", site::paper_page),
    ("parts", parts::all),
    ("desk-queue", desk::queue),
    ("desk-case", desk::case),
    ("desk-day", desk::day),
    ("desk-empty", desk::empty_queue),
    ("board", desk::board),
];

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| "build/gallery".into(), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let looks = [
        ("", Prefs::default()),
        (".larger", Prefs { elder: false, larger: 2 }),
        (".elder", Prefs { elder: true, larger: 0 }),
    ];
    for (ending, prefs) in looks {
        let stage = Stage { city: city(), doors: doors(), prefs };
        for (name, page) in PAGES {
            let file = folder.join(format!("{name}{ending}.html"));
            std::fs::write(file, page(&stage).into_string())?;
        }
    }
    Ok(())
}

fn city() -> City {
    City {
        name: "鄂州市".into(),
        site: "鄂州市人民政府门户网站".into(),
        division: "420700".into(),
        url: "https://www.ezhou.example".into(),
        demo: true,
    }
}

fn doors() -> Vec<Door> {
    vec![
        Door { title: "看信息", path: "/info", place: 1 },
        Door { title: "办事情", path: "/services", place: 2 },
        Door { title: "说意见", path: "/voices", place: 3 },
    ]
}
