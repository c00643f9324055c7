//! Lays a draft out as text, in the paragraphs of its skeleton.

use super::Draft;
use crate::composer::manner::lowercased;

impl Draft<'_> {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut first = true;
        if let Some((greeting, _)) = &self.greeting {
            text.push_str(greeting);
        }
        for block in self.blocks.iter().filter(|block| !block.pieces.is_empty()) {
            for (at, piece) in block.pieces.iter().enumerate() {
                let mut sentence = piece.text.clone();
                if first && self.greeting.is_some() {
                    if at == 0 && !self.greeting.as_ref().is_some_and(|(_, inline)| *inline) {
                        text.push_str(if block.after_gap || self.gap_after_greeting() {
                            "\n\n"
                        } else {
                            "\n"
                        });
                    } else {
                        text.push(' ');
                    }
                    let comma = text.trim_end().ends_with(',');
                    if comma && (self.lower_start || text.ends_with(' ')) {
                        match lowercased(&sentence, self.request.phrases, self.request.brief.language) {
                            Some(lower) => sentence = lower,
                            None => {
                                let (end, space) =
                                    (text.trim_end().len(), text[text.trim_end().len()..].to_owned());
                                text.truncate(end - 1);
                                text.push('!');
                                text.push_str(&space);
                            }
                        }
                    }
                } else if at > 0 {
                    // A line of a sample may end without a mark; run into the next sentence, both would read as one.
                    if text.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '}' | ',' | ';'))
                    {
                        text.truncate(text.trim_end_matches([',', ';']).len());
                        text.push('.');
                    }
                    text.push(' ');
                } else if !text.is_empty() {
                    text.push_str(if block.after_gap { "\n\n" } else { "\n" });
                }
                first = false;
                text.push_str(&sentence);
            }
        }
        for (gap, line) in &self.sign_off {
            if !text.is_empty() {
                text.push_str(if *gap { "\n\n" } else { "\n" });
            }
            text.push_str(line);
        }
        text
    }

    /// Tells whether an empty line follows the greeting: when the first body line was dropped, the next one's break counts.
    pub(super) fn gap_after_greeting(&self) -> bool {
        self.blocks.iter().skip_while(|block| block.pieces.is_empty()).any(|block| block.after_gap)
            && self.blocks.iter().take_while(|block| block.pieces.is_empty()).any(|block| block.after_gap)
    }
}
