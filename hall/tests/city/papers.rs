//! Papers that are drawn from the code and kept in `docs/`.

use std::path::Path;

pub fn golden(name: &str, drawn: &str) {
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

/// Each column of each table, with the table, in order.
pub fn columns(reader: &store::Reader<'_>) -> base::Outcome<Vec<(String, String)>> {
    let sql = match reader.dialect() {
        store::Dialect::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.name"
        }
        store::Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT)
             FROM information_schema.columns WHERE table_schema = 'public'
             ORDER BY table_name, column_name"
        }
    };
    Ok(reader.all(sql, &[])?)
}

/// Every table with its columns, as a database of this kind has them.
fn schema(city: &testkit::City) -> String {
    let rows = city.hall.store.read_now(columns).expect("the schema");
    let mut paper = String::from(
        "# The schema\n\nThe sum of all migrations, drawn by a test; `make bless` writes it anew.\n",
    );
    let mut last = String::new();
    // The store's own tables differ: PostgreSQL keeps a record of commits to settle lost answers.
    for (table, column) in rows.iter().filter(|(table, _)| !table.starts_with("store_")) {
        if *table != last {
            paper.push_str(&format!("\n## {table}\n\n"));
            last.clone_from(table);
        }
        paper.push_str(&format!("- {column}\n"));
    }
    paper
}

#[test]
fn the_sum_of_migrations_is_as_written_on_both_databases() {
    testkit::each_city(hall::OFFICES, async |city| {
        let drawn = tokio::task::spawn_blocking(move || {
            let twice = city.hall.clone();
            twice.install(city.now()).expect("a second installation changes nothing");
            schema(&city)
        });
        golden("schema.md", &drawn.await.expect("the schema"));
    });
}
