//! One text a dietitian wrote before, as everything after ingest sees it.

use domain::{
    content::{ContentType, Language},
    ids::SamplesId,
};
use serde::{Deserialize, Serialize};

use crate::slot::SlottedText;

/// One text of a dietitian, with its facts turned into slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The set it arrived with.
    pub id: SamplesId,
    /// Its place in that set, from 0.
    pub index: u16,
    /// What kind of text it is.
    pub content_type: ContentType,
    /// What language it is in.
    pub language: Language,
    /// What it says.
    pub text: SlottedText,
}
