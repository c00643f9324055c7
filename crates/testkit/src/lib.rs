//! x

pub mod real_llm;
pub mod scripted_llm;
