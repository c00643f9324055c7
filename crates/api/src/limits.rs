//! The limits that the schemas state and `/content-types` tells. A test compares the two.

use voice::facts::Length;

/// Samples that arrive together.
pub(crate) const SAMPLES_PER_SET: usize = 50;
/// The shortest sample, in characters.
pub(crate) const SAMPLE_LENGTH_MIN: usize = 20;
/// The longest sample, in characters.
pub(crate) const SAMPLE_LENGTH_MAX: usize = 4_000;
/// The texts of one voice that are learned from: the newest.
pub(crate) const VOICE_TEXTS: usize = 200;
/// And how long they are together at most, in bytes: what a voice is read from bounds what one text costs.
pub(crate) const VOICE_BYTES: usize = 120_000;
/// How much of its stored sets is opened to find them, in bytes: values and names of slots take room beside the texts.
pub(crate) const VOICE_BYTES_STORED: usize = 8 * VOICE_BYTES;
/// The longest note for one text, in characters.
pub(crate) const BRIEF_LENGTH: usize = 500;
/// How long a text becomes when the caller does not say.
pub(crate) const TEXT_LENGTH: Length = Length { min: 80, max: 1_500 };
/// The longest text that can be asked for, in characters.
pub(crate) const TEXT_LENGTH_MAX: u32 = 6_000;
/// Texts that one request can ask for.
pub(crate) const VARIANTS: u8 = 3;
