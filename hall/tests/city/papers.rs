//! Papers that are drawn from the code and kept in `docs/`.

use std::path::Path;

fn golden(name: &str, drawn: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, drawn).expect("the paper is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "docs/{name} is not what the code says: run `cargo xtask bless`");
}

#[test]
fn who_may_come_where_is_as_written() {
    golden("permissions.md", &hall::papers::permissions());
}

#[test]
fn the_catalogue_of_acts_is_as_written() {
    golden("acts.md", &hall::papers::acts());
}

#[test]
fn every_route_of_the_workbench_needs_a_permission_or_a_session() {
    for route in hall::OFFICES.iter().flat_map(|office| office.routes) {
        let open = matches!(route.need, frame::Need::Anyone);
        assert!(!(open && route.path.starts_with("/desk")), "{} is open", route.path);
    }
}

#[test]
fn every_act_and_permission_has_one_owner() {
    let mut names: Vec<&str> = hall::OFFICES
        .iter()
        .flat_map(|office| office.acts.iter().map(|act| act.name))
        .chain(hall::OFFICES.iter().flat_map(|office| office.permissions.iter().map(|p| p.name)))
        .collect();
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    // A permission and an act may share a name only if they are the same word of the same office.
    assert!(before - names.len() < 3, "names are used twice");
}
