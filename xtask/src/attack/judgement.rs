//! Judges what was found by `attack/judgements.tsv`, and writes `attack/report.md`.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};

use crate::attack::finding::{Finding, Found};
use crate::env::Workspace;
use crate::report::say;

/// Why findings of a kind may stay.
#[derive(Debug)]
struct Judgement {
    tool: String,
    id: String,
    place: String,
    text: String,
    reason: String,
}

impl Judgement {
    fn covers(&self, tool: &str, finding: &Finding) -> bool {
        self.tool == tool
            && fits(&self.id, &finding.id)
            && fits(&self.place, &finding.place)
            && fits(&self.text, &finding.text)
    }
}

/// Tells whether `text` is `pattern`, in which a star stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = first.len() == pattern.len();
    for part in parts {
        let Some(place) = rest.find(part) else { return false };
        rest = &rest[place + part.len()..];
        last = part.is_empty();
    }
    last && (rest.is_empty() || pattern.ends_with('*')) || rest.is_empty()
}

fn read(text: &str) -> anyhow::Result<Vec<Judgement>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [tool, id, place, text, reason] =
                fields.try_into().map_err(|_| anyhow::anyhow!("a judgement without five fields: {line}"))?;
            if reason.trim().is_empty() {
                bail!("a judgement without a reason: {line}");
            }
            Ok(Judgement { tool, id, place, text, reason })
        })
        .collect()
}

/// Says what is judged and what is not; with `write`, the report is written anew. Returns whether all is judged.
pub(crate) fn judge(workspace: &Workspace, found: &[Found], write: bool) -> anyhow::Result<bool> {
    let folder = workspace.root.join("attack");
    let text = std::fs::read_to_string(folder.join("judgements.tsv")).context("no attack/judgements.tsv")?;
    let judgements = read(&text)?;
    let (report, unjudged) = report(found, &judgements);
    if write {
        std::fs::write(folder.join("report.md"), &report).context("cannot write attack/report.md")?;
    }
    say(&format!("\n{report}"));
    let used = |judgement: &&Judgement| {
        found.iter().any(|found| found.findings.iter().any(|finding| judgement.covers(found.tool, finding)))
    };
    for idle in judgements.iter().filter(|judgement| write && !used(judgement)) {
        say(&format!("nothing was found for the judgement of {} {} {}", idle.tool, idle.id, idle.place));
    }
    Ok(unjudged == 0)
}

fn report(found: &[Found], judgements: &[Judgement]) -> (String, usize) {
    let mut report = String::from(
        "# Attack report\n\nWritten by `cargo xtask attack`; [README.md](README.md) says how.\n\n\
         | attack | version | what was done | s | findings | unjudged |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut all_unjudged = 0;
    let mut details = String::new();
    for Found { tool, version, summary, seconds, findings } in found {
        let judged = |finding: &&Finding| judgements.iter().find(|judgement| judgement.covers(tool, finding));
        let unjudged = findings.iter().filter(|finding| judged(finding).is_none()).count();
        all_unjudged += unjudged;
        let _ = writeln!(
            report,
            "| {tool} | {version} | {summary} | {seconds} | {} | {unjudged} |",
            findings.len()
        );
        for finding in findings {
            let verdict = judged(&finding).map_or("**unjudged**", |judgement| &judgement.reason);
            let Finding { id, place, text } = finding;
            let _ =
                writeln!(details, "| {tool} | {id} | {place} | {} | {verdict} |", text.replace('|', "\\|"));
        }
    }
    if !details.is_empty() {
        report.push_str("\n## Findings\n\n| attack | finding | where | what | judgement |\n| --- | --- | --- | --- | --- |\n");
        report.push_str(&details);
    }
    (report, all_unjudged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text) in
            [("*", ""), ("*", "a"), ("a*", "abc"), ("*c", "abc"), ("a*c", "abc"), ("a", "a")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "ab"), ("*b", "abc"), ("b*", "abc"), ("a*d*", "abc")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn what_nobody_judged_is_counted_and_shown() {
        let judgements = read("# why\ntool\tid\t*\tsome*\tit is so\n").unwrap();
        let finding = |id: &str| Finding::new(id, "here", "something");
        let found =
            Found { tool: "tool", findings: vec![finding("id"), finding("other")], ..Found::default() };
        let (report, unjudged) = report(&[found], &judgements);
        assert_eq!(unjudged, 1);
        assert!(report.contains("| id | here | something | it is so |"), "{report}");
        assert!(report.contains("| other | here | something | **unjudged** |"), "{report}");
    }

    #[test]
    fn a_judgement_has_a_reason() {
        assert!(read("tool\tid\t*\t*\t \n").is_err());
        assert!(read("tool\tid\t*\t*\n").is_err());
    }
}
