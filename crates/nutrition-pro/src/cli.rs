//! The commands and their options.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use control_plane::networks::{self, IpNet};
use domain::{
    Timestamp,
    ids::{ApplicationId, TenantId, WebhookId},
    policy::{Environment, Measure},
    scope::Scope,
};
use seal::pki::Part;
use time::format_description::well_known::Rfc3339;

use crate::{
    acl, authority, doctor, evaluation, limits, migrate, onboarding, roles, terminal, up, variables, webhooks,
};

/// AI Nutrition-Pro: diet texts in each dietitian's own voice.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// Tells whether the command talks to people on a terminal rather than to a log collector.
    pub(crate) const fn people_watch(&self) -> bool {
        !matches!(self.command, Command::Gateway | Command::Api | Command::ControlPlane)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Start everything in one process, with embedded databases and a demo.
    Up(up::Options),
    /// Run the API gateway alone; everything is configured by environment variables.
    Gateway,
    /// Run the API application alone.
    Api,
    /// Run the control plane alone.
    ControlPlane,
    /// Bring a database to the current schema, as its owner.
    Migrate(migrate::Options),
    /// Keep tenants.
    #[command(subcommand)]
    Tenant(Tenant),
    /// Keep applications of tenants.
    #[command(subcommand)]
    App(App),
    /// Keep API keys of applications.
    #[command(subcommand)]
    Key(Key),
    /// Keep webhooks: where tenants are told what happened.
    #[command(subcommand)]
    Webhook(Webhook),
    /// Look at what happened to keys and tenants.
    #[command(subcommand)]
    Event(Event),
    /// Change limits for a while.
    #[command(subcommand)]
    Limit(Limit),
    /// Keep the policy that gateways enforce.
    #[command(subcommand)]
    Policy(Policy),
    /// Ask who may do what.
    #[command(subcommand)]
    Acl(Acl),
    /// Let parts ask for certificates.
    #[command(subcommand)]
    Authority(Authority),
    /// Look at everything that the roles stand on: exit code 1 if something failed, 0 otherwise.
    ///
    /// Certificates with the time left, who may read secrets, databases, ports, the policy and its age, clocks, the
    /// language model. Run it where the role runs, with its environment.
    Doctor(doctor::Options),
    /// Measure voices.
    #[command(subcommand)]
    Voice(Voice),
    /// Print the OpenAPI document of the public API.
    Openapi,
    /// Print every setting as the table that the README holds.
    Settings,
}

/// Where the control-plane database is, and how to answer.
#[derive(Args)]
pub(crate) struct Target {
    /// The data directory of `up`; where there is none, the environment says where the database is.
    #[arg(long, env = "ANP_DATA_DIR", default_value = "data")]
    pub(crate) data_dir: PathBuf,
    /// Answer with JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Tenant {
    /// Add a tenant.
    Add {
        /// The company's name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        target: Target,
    },
    /// List all tenants.
    List {
        #[command(flatten)]
        target: Target,
    },
    /// Change how a tenant's keys are kept; what is not said stays.
    Set {
        /// The tenant's id.
        tenant: TenantId,
        /// After how many days a key ends at the latest, 1 to 90; keys that there are are shortened.
        #[arg(long)]
        key_max_age_days: Option<u32>,
        /// Whether a key that was seen in a URL is revoked at once (`true`), or flagged only (`false`).
        #[arg(long)]
        revoke_exposed: Option<bool>,
        #[command(flatten)]
        target: Target,
    },
    /// Refuse all keys of a tenant from now on.
    Suspend {
        /// The tenant's id.
        tenant: TenantId,
        #[command(flatten)]
        target: Target,
    },
    /// Let the keys of a suspended tenant work again.
    Resume {
        /// The tenant's id.
        tenant: TenantId,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum App {
    /// Add an application to a tenant.
    Add {
        /// The tenant's id.
        #[arg(long)]
        tenant: TenantId,
        /// The application's name.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        target: Target,
    },
    /// List applications.
    List {
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Issue a key; its text is shown once.
    Issue {
        /// The application's id.
        #[arg(long)]
        app: ApplicationId,
        /// `live` or `test`.
        #[arg(long, default_value = "live", value_parser = environment)]
        environment: Environment,
        /// What it may do, such as `generations:write`; several with commas. All scopes if not given.
        #[arg(long, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// How many days it lives; as many as the tenant's keys may, at most 90, if not given.
        #[arg(long)]
        days: Option<u16>,
        /// A network from which it works, such as `203.0.113.0/24`; several times for several. Everywhere if not given.
        #[arg(long = "network", value_parser = network)]
        networks: Vec<IpNet>,
        #[command(flatten)]
        target: Target,
    },
    /// List keys, without their secrets.
    List {
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        #[command(flatten)]
        target: Target,
    },
    /// Issue a successor; the key works on for the overlap.
    Rotate {
        /// The key's id: the part between the second and the third underscore.
        key: String,
        /// For how many hours both work, 0 to 168.
        #[arg(long, default_value_t = 24)]
        overlap_hours: u16,
        #[command(flatten)]
        target: Target,
    },
    /// Let a key work from these networks only, in place of those before.
    Restrict {
        /// The key's id.
        key: String,
        /// A network from which it works, such as `203.0.113.0/24`; several times for several.
        #[arg(long = "network", value_parser = network, required_unless_present = "everywhere")]
        networks: Vec<IpNet>,
        /// Let it work from everywhere again.
        #[arg(long, conflicts_with = "networks")]
        everywhere: bool,
        #[command(flatten)]
        target: Target,
    },
    /// Refuse a key from now on.
    Revoke {
        /// The key's id.
        key: String,
        #[command(flatten)]
        target: Target,
    },
    /// Show what happened to keys: the newest thousand events, oldest first.
    Events {
        /// Only those of this key.
        #[arg(long)]
        key: Option<String>,
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Webhook {
    /// Add a webhook; the secret that signs what it is told is shown once.
    Add {
        /// The tenant that is told.
        #[arg(long)]
        tenant: TenantId,
        /// Where: `https://`, with the name of a public host.
        #[arg(long)]
        url: String,
        #[command(flatten)]
        target: Target,
    },
    /// List webhooks, with how many events were told, wait, and were given up.
    List {
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        #[command(flatten)]
        target: Target,
    },
    /// Tell a webhook nothing any more.
    Remove {
        /// The webhook's id.
        webhook: WebhookId,
        #[command(flatten)]
        target: Target,
    },
    /// Have the running control plane tell a webhook of a test, and say how that went: exit code 1 if it failed.
    Test {
        /// The webhook's id.
        webhook: WebhookId,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Event {
    /// Show the newest thousand events, oldest first, and who was told.
    List {
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        /// Only those of this key.
        #[arg(long)]
        key: Option<String>,
        #[command(flatten)]
        target: Target,
    },
}

/// Whose limit, and which.
#[derive(Args)]
pub(crate) struct LimitOf {
    #[command(flatten)]
    pub(crate) subject: LimitSubject,
    /// `requests`, `bytes` (of bodies, in a minute), `concurrency`, or of a tenant `dietitian-requests`.
    #[arg(long, value_parser = measure)]
    pub(crate) measure: Measure,
}

/// One of the three.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct LimitSubject {
    /// All keys of this tenant together.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// Each key of this application.
    #[arg(long)]
    pub(crate) app: Option<ApplicationId>,
    /// This key, by its id.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Limit {
    /// Put another limit in place of the usual one, until it ends by itself.
    Set {
        #[command(flatten)]
        of: LimitOf,
        /// How much: requests or bytes in the usual window, or requests at the same time.
        #[arg(long)]
        value: u64,
        /// When it ends, such as `2026-12-31T00:00:00Z`; a day alone stands for its beginning in UTC.
        #[arg(long, value_parser = moment)]
        until: Timestamp,
        /// Why, for those who read the record later.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    /// List the limits that differ at the moment.
    List {
        #[command(flatten)]
        target: Target,
    },
    /// End a limit that differs at once.
    Clear {
        #[command(flatten)]
        of: LimitOf,
        /// Why, for those who read the record later.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    /// Show who got which limit, when and why: the newest thousand changes, oldest first.
    Changes {
        /// Only those of this tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Policy {
    /// After a restore from a backup: let gateways take this policy, although they hold a newer one.
    Advance {
        /// The version that they hold; the control plane logs it.
        #[arg(long)]
        above: u64,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Acl {
    /// Say what the gateway decides about a request, and why: exit code 0 if it is allowed, 1 if it is refused.
    ///
    /// It decides by the policy as it would be published now. What is allowed goes on to the limits and to the filter of
    /// queries and bodies, about which nothing is said here.
    Explain {
        /// The key's id; never the key itself.
        key: String,
        /// The method, such as `GET`.
        method: String,
        /// The path, such as `/api/v1/usage`.
        path: String,
        /// The address that it comes from; one from which the key works if not given.
        #[arg(long, value_name = "IP")]
        network: Option<IpAddr>,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
pub(crate) enum Authority {
    /// Print what lets a part ask for its first certificate: a secret, for one use within the hour if nothing else is said.
    ///
    /// With `--reusable` it serves every process of the part until it ends: what an orchestrator needs that starts them by
    /// itself. Needs the control plane's master key, not the control plane.
    Enrol {
        /// `gateway` or `api`.
        #[arg(value_parser = authority::part)]
        part: Part,
        /// For how many minutes.
        #[arg(long, conflicts_with = "days")]
        minutes: Option<u32>,
        /// For how many days.
        #[arg(long)]
        days: Option<u16>,
        /// Let it serve more than once.
        #[arg(long)]
        reusable: bool,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Subcommand)]
enum Voice {
    /// Measure how well authors are told apart by style.
    Eval(evaluation::Options),
}

fn environment(text: &str) -> Result<Environment, String> {
    text.parse().map_err(|_| format!("there is no environment `{text}`; a key is `live` or `test`"))
}

fn measure(text: &str) -> Result<Measure, String> {
    text.parse().map_err(|_| {
        let known = Measure::ALL.map(Measure::as_str).join(", ");
        format!("there is no measure `{text}`; the measures are {known}")
    })
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let day = format!("{text}T00:00:00Z");
    Timestamp::parse(text, &Rfc3339)
        .or_else(|_| Timestamp::parse(&day, &Rfc3339))
        .map_err(|_| format!("`{text}` is no moment; write it as 2026-12-31T00:00:00Z or 2026-12-31"))
}

fn network(text: &str) -> Result<IpNet, String> {
    networks::parse(text).map_err(|error| error.to_string())
}

fn scope(text: &str) -> Result<Scope, String> {
    text.trim().parse().map_err(|_| {
        let known: Vec<_> = Scope::ALL.iter().skip(1).map(|scope| scope.as_str()).collect();
        format!("there is no scope `{text}`; the scopes are {}", known.join(", "))
    })
}

/// Does what the command line says.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Up(options) => up::run(options).await,
        Command::Gateway => roles::run(roles::Role::Gateway).await,
        Command::Api => roles::run(roles::Role::Api).await,
        Command::ControlPlane => roles::run(roles::Role::ControlPlane).await,
        Command::Migrate(options) => migrate::run(options).await,
        Command::Tenant(command) => onboarding::tenant(command).await,
        Command::App(command) => onboarding::app(command).await,
        Command::Key(command) => onboarding::key(command).await,
        Command::Webhook(command) => webhooks::run(command).await,
        Command::Event(command) => webhooks::events(command).await,
        Command::Limit(command) => limits::run(command).await,
        Command::Policy(command) => onboarding::policy(command).await,
        Command::Acl(command) => acl::run(command).await,
        Command::Authority(command) => authority::run(&command),
        Command::Doctor(options) => doctor::run(options).await,
        Command::Voice(Voice::Eval(options)) => evaluation::run(&options),
        Command::Openapi => {
            terminal::say(api::openapi().trim_end());
            Ok(())
        }
        Command::Settings => {
            terminal::say_part(&variables::table());
            Ok(())
        }
    }
}
