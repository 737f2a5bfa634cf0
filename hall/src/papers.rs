//! Papers drawn from the list of offices: who may come where, and the catalogue of acts. Each is
//! kept in `docs/` and compared by a test.

use access::{Permission, ROLES};
use frame::Need;

use crate::offices::OFFICES;

/// `docs/permissions.md`: every route, and the roles that may come.
pub fn permissions() -> String {
    let mut paper = String::from(
        "# Who may come where\n\nDrawn from the offices' descriptors by a test; `make bless` writes \
         it anew. The act behind a route authorises again, over the very thing.\n",
    );
    for office in OFFICES {
        paper.push_str(&format!("\n## {} {}\n\n", office.name, office.title));
        paper.push_str("| route | permission | roles in a new city |\n| --- | --- | --- |\n");
        for route in office.routes {
            let (needs, roles) = match route.need {
                Need::Anyone => ("—".to_owned(), "任何人".to_owned()),
                Need::Owing(_) => {
                    ("—".to_owned(), "登录的人，还没有完成登录要求的也可以".to_owned())
                }
                Need::SignedIn => ("—".to_owned(), "登录的人".to_owned()),
                Need::May(permission) => (permission.name.to_owned(), roles_of(permission)),
            };
            let method = route.method.to_uppercase();
            paper.push_str(&format!("| `{method} {}` | {needs} | {roles} |\n", route.path));
        }
    }
    paper
}

fn roles_of(permission: &Permission) -> String {
    let title = |name: &str| ROLES.iter().find(|role| role.name == name).map_or("?", |r| r.title);
    let roles: Vec<String> = permission
        .roles
        .iter()
        .map(|(role, reach)| format!("{}（{}）", title(role), reach.as_str()))
        .collect();
    roles.join("、")
}

/// `docs/acts.md`: every kind of act that any office records.
pub fn acts() -> String {
    let mut paper = String::from(
        "# The catalogue of acts\n\nDrawn from the offices' descriptors by a test; `make bless` \
         writes it anew. A person who does a decisive act signs it with their own certificate.\n\n\
         | act | 说法 | office | decisive |\n| --- | --- | --- | --- |\n",
    );
    for office in OFFICES {
        for act in office.acts {
            let decisive = if office.decisive.contains(&act.name) { "yes" } else { "" };
            let (name, title) = (act.name, act.title);
            paper.push_str(&format!("| `{name}` | {title} | {} | {decisive} |\n", office.name));
        }
    }
    paper
}
