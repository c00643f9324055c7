//! Measures how well authors are told apart by style, on a folder of texts.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use domain::content::Language;
use serde_json::json;
use voice::eval::{self, Author};

use crate::terminal;

#[derive(Args)]
pub(crate) struct Options {
    /// A folder with one folder per author, each with text files.
    #[arg(long)]
    corpus: PathBuf,
    /// The language of the texts: en, es, pt-BR, fr, de, it or pl.
    #[arg(long, default_value = "en")]
    language: Language,
    /// How many texts of each author make the profile.
    #[arg(long, default_value_t = 5)]
    profile_samples: usize,
    /// How many words a piece has that is to be recognised.
    #[arg(long, default_value_t = 80)]
    words: usize,
    /// Answer with JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let authors = read(&options.corpus)?;
    let report = eval::evaluate(
        &authors,
        eval::Options {
            language: options.language,
            profile_samples: options.profile_samples,
            words: options.words,
        },
    );
    if options.json {
        terminal::say(&json!(report).to_string());
    } else {
        let eval::Report { authors, pieces, trials, auc, top1 } = report;
        terminal::say(&format!(
            "{authors} authors, {pieces} pieces of {} words, {trials} comparisons",
            options.words
        ));
        terminal::say(&format!("verification AUC  {auc:.3}   (0.5 is guessing, 1 is always right)"));
        terminal::say(&format!(
            "top-1 attribution {top1:.3}   (guessing: {:.3})",
            1.0 / authors.max(1) as f64
        ));
    }
    Ok(())
}

fn read(corpus: &PathBuf) -> anyhow::Result<Vec<Author>> {
    let mut authors = Vec::new();
    let mut folders = entries(corpus)?;
    folders.retain(|path| path.is_dir());
    for folder in folders {
        let mut files = entries(&folder)?;
        files.retain(|path| path.is_file());
        let texts = files
            .iter()
            .map(|path| fs::read_to_string(path).with_context(|| path.display().to_string()))
            .collect::<Result<_, _>>()?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        authors.push(Author { name, texts });
    }
    ensure!(authors.len() >= 2, "{} must hold a folder for each of two or more authors", corpus.display());
    Ok(authors)
}

/// Returns what is in `folder`, in an order that does not depend on the file system.
fn entries(folder: &PathBuf) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
