//! Makes a new office in the form of the house.

use std::io;
use std::path::Path;

/// The files of a new office: path inside its folder, and text. A room appears with its first line.
fn files(name: &str) -> [(&'static str, String); 3] {
    let readme = format!(
        "# {name}\n\nWhat the city asked: \n\nWho uses it: \n\nLegal ground: \n\n## Invariants\n\n- \n"
    );
    let manifest = format!(
        "[package]\nname = \"office-{name}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n\
         [lints]\nworkspace = true\n\n[dependencies]\nframe.workspace = true\n"
    );
    let lib = format!(
        "//! The {name} office.\n\
         \n\
         #![cfg_attr(\n    test,\n    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)\n)]\n\
         \n\
         use frame::Office;\n\
         \n\
         /// What the hall knows of this office.\n\
         pub static OFFICE: Office = Office::named(\"{name}\", \"\", \"\");\n"
    );
    [("README.md", readme), ("Cargo.toml", manifest), ("src/lib.rs", lib)]
}

/// Makes `offices/NAME`; answers with what is left to do by hand.
pub fn make(root: &Path, name: &str) -> Result<String, String> {
    let letters = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase());
    if !letters {
        return Err(format!(
            "`{name}`: an office has one English word in small letters for its name"
        ));
    }
    let folder = root.join("offices").join(name);
    if folder.exists() {
        return Err(format!("offices/{name} is there already"));
    }
    write(&folder, name).map_err(|e| format!("offices/{name}: {e}"))?;
    Ok(format!(
        "offices/{name} is made. What is left:\n\
         - its title and one sentence in src/lib.rs, its half page in README.md;\n\
         - in the root Cargo.toml: office-{name} = {{ path = \"offices/{name}\" }}\n\
         - in hall/Cargo.toml: office-{name}.workspace = true\n\
         - in the hall's list of offices: &office_{name}::OFFICE,\n\
         - an address for each route that is read in hall/tests/city/queries/samples.rs;\n\
         - the first room (terms.rs), and `mod terms;` in src/lib.rs."
    ))
}

fn write(folder: &Path, name: &str) -> io::Result<()> {
    for (path, text) in files(name) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn a_new_office_passes_tidy_and_is_not_made_twice() {
        let root = std::env::temp_dir().join(format!("xtask-office-{}", std::process::id()));
        assert!(make(&root, "letters").expect("an office").contains("office_letters::OFFICE"));
        let tree = Tree::read(&root).expect("the tree");
        assert_eq!(tree.files.len(), 3);
        assert!(crate::rooms::check(&tree).is_empty());
        assert!(crate::openings::check(&tree).is_empty());
        assert!(make(&root, "letters").is_err());
        assert!(make(&root, "../hall").is_err());
        std::fs::remove_dir_all(&root).expect("the end");
    }
}
