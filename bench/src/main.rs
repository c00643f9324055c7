#![doc = include_str!("../README.md")]

use std::{env, fs, path::Path};

use anyhow::{Context as _, bail};
use data_encoding::BASE64URL_NOPAD;
use domain::{
    clock::Clock as _,
    ids::{ApplicationId, TenantId},
    policy::{Environment, KeyPolicy, PolicySnapshot, RequestLimit, TenantPolicy, TenantState},
    scope::Scopes,
};
use seal::{
    api_key::{Pepper, PlainKey},
    entropy::SystemEntropy,
    pki::{API_NAME, Authority, CONTROL_PLANE_NAME, CertifiedKey, GATEWAY_NAME, Usage},
    policy::divide,
    token::SigningKey,
};
use serve::clock::SystemClock;
use time::Duration;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["pki", folder] => make_pki(Path::new(folder)),
        ["policy", folder, keys, rate] => make_policy(
            Path::new(folder),
            keys.parse().context("how many keys?")?,
            rate.parse().context("how many requests a second?")?,
        ),
        _ => bail!("usage: bench pki FOLDER | bench policy FOLDER KEYS RATE"),
    }
}

/// Makes the files that the harness would make itself, with a server certificate that also has our part's name.
fn make_pki(folder: &Path) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let (authority, stored) = Authority::generate(now)?;
    let server = ["localhost", "127.0.0.1", API_NAME, CONTROL_PLANE_NAME].map(str::to_owned);
    let client = [GATEWAY_NAME.to_owned()];
    for (name, certified) in [
        ("ca", stored),
        ("server", authority.issue(&server, Usage::Server, now, Duration::days(30))?),
        ("client", authority.issue(&client, Usage::Client, now, Duration::days(30))?),
    ] {
        let CertifiedKey { certificate_pem, key_pem } = certified;
        write(folder, &format!("{name}.pem"), &certificate_pem)?;
        write(folder, &format!("{name}.key"), &key_pem)?;
    }
    Ok(())
}

/// Makes secrets and a signed policy of `keys` keys with `rate` requests a second each; `key` holds one of them.
fn make_policy(folder: &Path, keys: usize, rate: u32) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let signing_key = secret(folder, "policy-signing-key")?;
    secret(folder, "context-key")?;
    let pepper = secret(folder, "key-pepper")?;
    let signing_key = SigningKey::from_seed(&signing_key)?;
    write(folder, "policy-public-key", signing_key.verifying_key().to_text())?;
    let pepper = Pepper::new(&pepper)?;
    let tenant = TenantPolicy {
        id: TenantId::new(now, &SystemEntropy),
        state: TenantState::Active,
        key_limit: RequestLimit { requests: rate, window_seconds: 1 },
        tenant_limit: RequestLimit { requests: u32::MAX, window_seconds: 1 },
    };
    let application = ApplicationId::new(now, &SystemEntropy);
    let mut policies = Vec::with_capacity(keys);
    for number in 0..keys {
        let plain = PlainKey::generate(Environment::Live, &SystemEntropy);
        if number == keys / 2 {
            write(folder, "key", plain.reveal())?;
        }
        policies.push(KeyPolicy {
            id: plain.id().to_owned(),
            hash: pepper.hash(&plain).to_text(),
            application,
            tenant: tenant.id,
            environment: Environment::Live,
            scopes: Scopes::all(),
            expires_at: None,
            revoked: false,
            exposed: false,
            networks: Vec::new(),
        });
    }
    let policy = PolicySnapshot {
        version: 1,
        issued_at: now.unix_timestamp(),
        tenants: vec![tenant],
        keys: policies,
        limits: Vec::new(),
    };
    let (index, pages) = divide(&policy);
    for page in pages {
        write(&folder.join("policy-snapshot.pages"), &page.digest.to_string(), &page.json)?;
    }
    write(folder, "policy-snapshot", index.sign(&signing_key))
}

fn secret(folder: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let seed = SigningKey::new_seed(&SystemEntropy);
    write(folder, name, BASE64URL_NOPAD.encode(&*seed))?;
    Ok(seed.to_vec())
}

fn write(folder: &Path, name: &str, contents: impl AsRef<[u8]>) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::write(&path, contents).with_context(|| path.display().to_string())
}
