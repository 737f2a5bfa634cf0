//! The identity platforms of the configuration, with their secrets.

use std::path::Path;

use base::{Outcome, Refusal, RefusalKind};
use frame::IdentityProvider;

use crate::config::{Proves, Provider};
use crate::files;

/// Reads the platforms; what cannot be is said before the city opens.
pub fn known(configured: &[Provider], data: &Path) -> Outcome<Vec<IdentityProvider>> {
    let mut known: Vec<IdentityProvider> = Vec::new();
    for provider in configured {
        check(provider)?;
        if known.iter().any(|other| other.id == provider.id) {
            return Err(refuse(&format!("身份认证平台 {} 写了两次", provider.id)).into());
        }
        let secret = match &provider.secret {
            Some(file) => {
                let path = data.join(file);
                let read = std::fs::read_to_string(&path);
                Some(read.map_err(|error| files::unreadable(&path, &error))?.trim().to_owned())
            }
            None => None,
        };
        known.push(IdentityProvider {
            id: provider.id.clone(),
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            secret,
            scopes: provider.scopes.clone(),
            name_claim: provider.name_claim.clone(),
            number_claim: provider.number_claim.clone(),
            proves: provider.proves == Proves::Number,
            staff: provider.staff,
        });
    }
    Ok(known)
}

fn check(provider: &Provider) -> Result<(), Refusal> {
    let id = &provider.id;
    let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if id.is_empty() || id.len() > 30 || !id.bytes().all(slug) {
        return Err(refuse("身份认证平台的 id 只用小写字母、数字和减号，30 个以内"));
    }
    let here = ["http://127.0.0.1:", "http://[::1]:"];
    let safe = provider.issuer.starts_with("https://")
        || here.iter().any(|here| provider.issuer.starts_with(here));
    if !safe {
        let words = format!("身份认证平台 {id} 的 issuer 要以 https:// 开头");
        return Err(refuse(&words));
    }
    if !provider.scopes.iter().any(|scope| scope == "openid") {
        return Err(refuse(&format!("身份认证平台 {id} 的 scopes 里要有 openid")));
    }
    if provider.proves == Proves::Number && provider.number_claim.is_none() {
        return Err(refuse(&format!("身份认证平台 {id} 核实身份证号码，要写 number_claim")));
    }
    Ok(())
}

fn refuse(words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "hall.providers", words).remedy("请改正 cityhall.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(more: &str) -> String {
        let text = format!("[[identity_providers]]\nname = \"省平台\"\nclient_id = \"x\"\n{more}");
        let config = crate::Config::parse(&text).unwrap();
        let known = known(&config.identity_providers, Path::new("/nowhere"));
        known.err().map(|stop| stop.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_platform_that_cannot_be_is_told_before_the_city_opens() {
        let good = "id = \"province\"\nissuer = \"https://id.example.gov.cn\"\n";
        assert_eq!(told(good), "");
        assert!(told("id = \"A b\"\nissuer = \"https://x\"").contains("小写字母"));
        assert!(told("id = \"a\"\nissuer = \"http://id.example.gov.cn\"").contains("https://"));
        assert!(
            told("id = \"a\"\nissuer = \"http://127.0.0.1.evil.example\"").contains("https://")
        );
        assert!(told(&format!("{good}scopes = [\"profile\"]")).contains("openid"));
        assert!(told(&format!("{good}proves = \"number\"")).contains("number_claim"));
        assert!(told(&format!("{good}secret = \"gone\"")).contains("gone"));
    }
}
