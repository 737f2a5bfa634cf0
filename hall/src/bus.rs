//! The bus behind the exchange's queues, where the configuration names one.

use std::path::Path;
use std::sync::Arc;

use base::{Outcome, Refusal, RefusalKind};
use bus::Settings;
use frame::Hall;

use crate::config;
use crate::line::aside;
use crate::secret;

/// A bus as the configuration has it.
pub struct Told {
    settings: Settings,
    patience_seconds: i64,
}

/// Reads what `[bus]` says and names; its own mistakes are told at the start. Whether the servers are there is not asked:
/// a city opens without them.
pub fn told(config: Option<&config::Bus>, data: &Path) -> Outcome<Option<Told>> {
    let Some(told) = config else { return Ok(None) };
    let wrong = |words: String| Refusal::new(RefusalKind::Invalid, "hall.bus", words);
    let login = match (&told.user, &told.password_file) {
        (Some(user), Some(file)) => {
            Some((user.clone(), secret::read(&data.join(file))?.to_string()))
        }
        (None, None) => None,
        _ => return Err(wrong("[bus] 的 user 和 password_file 要一起写".into()).into()),
    };
    let certificate = match (&told.tls_certificate, &told.tls_key) {
        (Some(certificate), Some(key)) => Some((data.join(certificate), data.join(key))),
        (None, None) => None,
        _ => return Err(wrong("[bus] 的 tls_certificate 和 tls_key 要一起写".into()).into()),
    };
    let settings = Settings {
        servers: told.servers.clone(),
        login,
        root: told.tls_root.as_ref().map(|path| data.join(path)),
        certificate,
        stream: told.stream.clone(),
        replicas: told.replicas,
        letters_max: told.letters_max,
        bytes_max: told.bytes_max,
    };
    if let Some(words) = settings.wrong() {
        return Err(wrong(format!("[bus] 写得不对：{words}")).into());
    }
    if told.away_seconds_max < 0 {
        return Err(wrong("[bus] 的 away_seconds_max 不能小于 0".into()).into());
    }
    Ok(Some(Told { settings, patience_seconds: told.away_seconds_max }))
}

/// Carries letters until the process ends; without a bus, sees to it that none is left behind.
pub async fn follow(hall: Arc<Hall>, told: Option<Told>) {
    match told {
        Some(told) => exchange::carry(hall, told.settings, told.patience_seconds, aside).await,
        None => exchange::without_bus(hall, aside).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn words(text: &str, data: &Path) -> Result<Settings, String> {
        let config = Config::parse(text).map_err(|fault| fault.chain().to_string())?;
        let told = told(config.bus.as_ref(), data).map_err(|stop| stop.to_string())?;
        Ok(told.expect("a bus").settings)
    }

    #[test]
    fn a_bus_that_is_written_down_wrong_is_told_before_the_city_opens() {
        let home = tempfile::tempdir().unwrap();
        let server = "[bus]\nservers = [\"nats://127.0.0.1:4222\"]\n";
        let settings = words(server, home.path()).unwrap();
        assert_eq!((settings.stream.as_str(), settings.replicas), ("exchange", 3));
        for (more, said) in [
            ("user = \"a\"", "一起写"),
            ("tls_key = \"a\"", "一起写"),
            ("stream = \"a b\"", "stream"),
            ("replicas = 9", "replicas"),
            ("away_seconds_max = -1", "away_seconds_max"),
            ("user = \"a\"\npassword_file = \"none\"", "none"),
            ("server = 1", "server"),
        ] {
            let told = words(&format!("{server}{more}"), home.path()).unwrap_err();
            assert!(told.contains(said), "{more}: {told}");
        }
        let open = words("[bus]\nservers = [\"nats://10.0.0.1:4222\"]", home.path()).unwrap_err();
        assert!(open.contains("tls://"), "{open}");
    }
}
