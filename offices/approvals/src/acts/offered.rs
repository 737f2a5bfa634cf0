//! What a page offers: nothing that the rules would refuse to this person now. They are asked themselves.

use access::Over;
use base::Outcome;
use flow::Doer;
use frame::Cx;

use crate::acts::Seen;
use crate::acts::handle::permission;

/// The steps that lead a case on, in their order. They stand before those that hold it up, send it
/// back or end it otherwise.
const ONWARD: &[&str] = &[
    "take",
    "accept",
    "correct",
    "resume",
    "examine",
    "grant_extension",
    "deny_extension",
    "grant",
    "deny",
    "issue",
    "deliver",
];

/// What one person may do with a case now.
pub struct Offered {
    /// The commands, by name, the likeliest first.
    pub names: Vec<String>,
    /// Whose stage it is: 审查人员.
    pub post: &'static str,
}

impl Offered {
    /// Whether this command is offered.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// What the rules would allow now to the person who is signed in, by the rights they hold over this.
pub async fn offered(cx: &Cx, seen: &Seen, over: Over) -> Outcome<Offered> {
    let (actor, case) = (cx.actor().clone(), &seen.case);
    let (name, version) = (case.definition.clone(), case.definition_version);
    let (definition, permits) = cx
        .read(move |r| {
            let definition = flow::definition(r, &name, version)?;
            // Holding the permission somewhere is not holding it here.
            Ok((definition, access::permits_over(r, &actor, &over)?))
        })
        .await?;
    let today = cx.now().day();
    let rights: Vec<Doer> = permits.iter().map(Doer::of).collect();
    let may = |name: &str| {
        let allowed = |by| flow::may(&definition, case, &seen.events, name, by, today).is_ok();
        rights.iter().any(allowed)
    };
    let desk = case.handler_account.as_ref();
    let mine = desk.is_some() && rights.iter().any(|by| by.account.as_ref() == desk);
    let mut names: Vec<String> = Vec::new();
    for step in definition.commands_in(&case.state) {
        let name = step.command.as_str();
        let lies_here = name == "take" && mine;
        if !lies_here && !names.iter().any(|known| known == name) && may(name) {
            names.push(name.to_owned());
        }
    }
    names.sort_by_key(|name| ONWARD.iter().position(|step| step == name).unwrap_or(ONWARD.len()));
    let stage = definition.step("take", &case.state);
    let needed = stage.and_then(|step| permission(step.permissions.first()?));
    let role = needed.and_then(|permission| permission.roles.first());
    Ok(Offered { names, post: role.map(|(role, _)| access::role_title(role)).unwrap_or_default() })
}
